//! The order of a job: what an operation refers to comes before it, everything else in request order (H-9, H-12, H-13).
#![expect(clippy::indexing_slicing, reason = "all indexes are operations of the one job that sized the vectors")]

use std::collections::BTreeSet;

/// One entry of the plan; indexes are operations in request order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// Run the operation. `cycle` numbers the circle of references it belongs to.
    Execute { index: usize, cycle: Option<usize> },
    /// Give a created resource the references that were missing when it was created.
    Link { index: usize, cycle: usize },
    /// If the circle failed, take the creation back.
    Close { index: usize, cycle: usize },
    /// The outcome of the operation is final: count it.
    Settle { index: usize },
}

/// Plans a job in which operation `i` refers to the operations `references[i]`.
pub(super) fn plan(references: &[Vec<usize>]) -> Vec<Planned> {
    let mut search = Search::new(references);
    let mut plan = Vec::new();
    let mut cycle = 0;
    for index in 0..references.len() {
        for component in search.components_from(index) {
            match component.as_slice() {
                [single] if !references[*single].contains(single) => {
                    plan.push(Planned::Execute { index: *single, cycle: None });
                }
                circle => {
                    plan_circle(circle, cycle, references, &mut plan);
                    cycle += 1;
                }
            }
        }
        plan.push(Planned::Settle { index });
    }
    plan
}

/// Creates in request order, then links what was created before something it refers to.
fn plan_circle(circle: &[usize], cycle: usize, references: &[Vec<usize>], plan: &mut Vec<Planned>) {
    let members: BTreeSet<usize> = circle.iter().copied().collect();
    let incomplete = |index: usize| references[index].iter().any(|other| *other >= index && members.contains(other));
    plan.extend(members.iter().map(|&index| Planned::Execute { index, cycle: Some(cycle) }));
    plan.extend(members.iter().filter(|&&index| incomplete(index)).map(|&index| Planned::Link { index, cycle }));
    plan.extend(members.iter().rev().map(|&index| Planned::Close { index, cycle }));
}

/// Tarjan's search for strongly connected components, without recursion: a job may be one long chain.
struct Search<'a> {
    references: &'a [Vec<usize>],
    /// Order of discovery; `None` if not discovered yet.
    number: Vec<Option<usize>>,
    /// The earliest discovered operation on the stack that can be reached from here.
    low: Vec<usize>,
    /// Discovered, and its component not complete yet.
    open: Vec<bool>,
    stack: Vec<usize>,
    discovered: usize,
}

impl<'a> Search<'a> {
    fn new(references: &'a [Vec<usize>]) -> Self {
        let length = references.len();
        Self {
            references,
            number: vec![None; length],
            low: vec![0; length],
            open: vec![false; length],
            stack: Vec::new(),
            discovered: 0,
        }
    }

    /// The components that are reached from here and not given out yet, each after those it refers to.
    fn components_from(&mut self, root: usize) -> Vec<Vec<usize>> {
        let mut components = Vec::new();
        if self.number[root].is_some() {
            return components;
        }
        self.discover(root);
        // Operations on the way, each with the number of references already followed.
        let mut way = vec![(root, 0)];
        while let Some((index, followed)) = way.last_mut() {
            let index = *index;
            if let Some(&other) = self.references[index].get(*followed) {
                *followed += 1;
                match self.number[other] {
                    None => {
                        self.discover(other);
                        way.push((other, 0));
                    }
                    Some(number) if self.open[other] => self.low[index] = self.low[index].min(number),
                    Some(_) => {}
                }
                continue;
            }
            way.pop();
            if let Some(&(parent, _)) = way.last() {
                self.low[parent] = self.low[parent].min(self.low[index]);
            }
            if self.number[index] == Some(self.low[index]) {
                components.push(self.complete(index));
            }
        }
        components
    }

    fn discover(&mut self, index: usize) {
        self.number[index] = Some(self.discovered);
        self.low[index] = self.discovered;
        self.discovered += 1;
        self.open[index] = true;
        self.stack.push(index);
    }

    fn complete(&mut self, first: usize) -> Vec<usize> {
        let start = self.stack.iter().rposition(|index| *index == first).unwrap_or(0);
        let component = self.stack.split_off(start);
        for &index in &component {
            self.open[index] = false;
        }
        component
    }
}
