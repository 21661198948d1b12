//! Reading the tree of a response. Names are compared with their namespaces, attributes are those without a namespace,
//! and texts are whole or not at all.

use bergshamra::xml::{Document, NodeId, NodeKind};

use crate::sso::refused::Refused;

/// An element.
#[derive(Clone, Copy)]
pub(super) struct Node<'t, 'x> {
    tree: &'t Document<'x>,
    id: NodeId,
}

/// A child that an element may have: its namespace, its name, and how often it stands there, at least and at most.
pub(super) type Child = (&'static str, &'static str, usize, usize);

impl<'t, 'x> Node<'t, 'x> {
    pub(super) fn root(tree: &'t Document<'x>) -> Option<Self> {
        tree.document_element().map(|id| Self { tree, id })
    }

    pub(super) fn id(self) -> NodeId {
        self.id
    }

    pub(super) fn parent(self) -> Option<NodeId> {
        self.tree.parent(self.id)
    }

    /// The name without its namespace.
    pub(super) fn local_name(self) -> &'t str {
        self.tree.element(self.id).map_or("", |element| &element.name.local_name)
    }

    pub(super) fn is(self, namespace: &str, name: &str) -> bool {
        self.tree.element(self.id).is_some_and(|element| element.matches_name_ns(namespace, name))
    }

    /// An attribute in no namespace.
    pub(super) fn attribute(self, name: &str) -> Option<&'t str> {
        let attributes = &self.tree.element(self.id)?.attributes;
        let found =
            attributes.iter().find(|given| given.name.namespace_uri.is_none() && given.name.local_name == name)?;
        Some(&found.value)
    }

    /// The names of all attributes, each with whether it is in a namespace.
    pub(super) fn attribute_names(self) -> impl Iterator<Item = (&'t str, bool)> {
        let attributes = self.tree.element(self.id).map(|element| element.attributes.as_slice()).unwrap_or_default();
        attributes.iter().map(|given| (given.name.local_name.as_ref(), given.name.namespace_uri.is_some()))
    }

    /// Child elements.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let Self { tree, id } = self;
        tree.children_iter(id).filter(move |child| tree.element(*child).is_some()).map(move |id| Self { tree, id })
    }

    /// All elements below this one, in document order.
    pub(super) fn descendants(self) -> impl Iterator<Item = Self> {
        let Self { tree, id } = self;
        let below = tree.descendants(id).into_iter();
        below.filter(move |node| tree.element(*node).is_some()).map(move |id| Self { tree, id })
    }

    pub(super) fn all(self, namespace: &'static str, name: &'static str) -> impl Iterator<Item = Self> {
        self.elements().filter(move |child| child.is(namespace, name))
    }

    /// The first child of this name: the only one, once [`Node::has_only`] has held.
    pub(super) fn child(self, namespace: &'static str, name: &'static str) -> Option<Self> {
        self.all(namespace, name).next()
    }

    /// The same where a response without it proves nothing.
    pub(super) fn needed(self, namespace: &'static str, name: &'static str) -> Result<Self, Refused> {
        self.child(namespace, name).ok_or_else(|| missing(self.local_name(), name))
    }

    /// Whether the element has these children and no others.
    pub(super) fn has_only(self, children: &[Child]) -> Result<(), Refused> {
        for &(namespace, name, least, most) in children {
            let count = self.all(namespace, name).count();
            if count < least {
                return Err(missing(self.local_name(), name));
            }
            if count > most {
                let detail = format!("`{}` may hold `{name}` at most {most} times", self.local_name());
                return Err(Refused::Invalid(detail));
            }
        }
        let known = |child: Self| children.iter().any(|(namespace, name, ..)| child.is(namespace, name));
        if self.elements().all(known) {
            return Ok(());
        }
        Err(Refused::Invalid(format!("`{}` holds an element that does not belong there", self.local_name())))
    }

    /// The whole text, without space around it. An element within it makes it none: nothing may cut a text short.
    pub(super) fn text(self) -> Result<String, Refused> {
        let mut whole = String::new();
        for child in self.tree.children_iter(self.id) {
            match self.tree.node_kind(child) {
                Some(NodeKind::Text(part) | NodeKind::CData(part)) => whole.push_str(part),
                _ => return Err(Refused::Invalid(format!("`{}` must hold text and nothing else", self.local_name()))),
            }
        }
        Ok(whole.trim().to_owned())
    }
}

fn missing(parent: &str, name: &str) -> Refused {
    Refused::Invalid(format!("`{parent}` has no `{name}`"))
}
