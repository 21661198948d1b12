//! What a filter means for one resource type: a test on its search document (E-12 to E-24).
//!
//! A condition is resolved once, from a [`Filter`](crate::filter::Filter), and then evaluated here or compiled to SQL.
//! Both only compare strings bytewise: folding, instants and numbers are already in the strings.
//!
//! Names are keys of the search document: lower-cased attribute names (`username`, `meta` with sub `lastmodified`,
//! `$ref`), extension attributes with their lower-cased URN in front. A multi-valued attribute, simple or complex, is
//! only ever reached through [`Condition::Element`]; a simple one has the sub-attribute `value`.

mod comparison;
mod evaluate;
mod resolve;

pub use resolve::{resolve, resolve_element, resolve_root};

/// A test on a search document. Absent values satisfy no [`Test`], so `Not` is a plain complement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always or never.
    Constant(bool),
    /// All of them hold; true when empty.
    All(Vec<Self>),
    /// One of them holds; false when empty.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The value of a field passes a test.
    Value {
        /// Where the value stands.
        field: Field,
        /// What it must pass.
        test: Test,
    },
    /// Some element of a multi-valued attribute satisfies the whole condition.
    Element {
        /// Search document key of the attribute.
        attribute: String,
        /// Holds for one element; inside, [`Field::name`] is the sub-attribute and [`Field::sub`] is `None`.
        condition: Box<Self>,
    },
}

impl Condition {
    /// All of them, constants folded.
    pub fn all(conditions: Vec<Self>) -> Self {
        if conditions.contains(&Self::Constant(false)) {
            return Self::Constant(false);
        }
        let rest: Vec<_> = conditions.into_iter().filter(|it| *it != Self::Constant(true)).collect();
        if rest.is_empty() { Self::Constant(true) } else { Self::All(rest) }
    }

    /// One of them, constants folded.
    pub fn any(conditions: Vec<Self>) -> Self {
        if conditions.contains(&Self::Constant(true)) {
            return Self::Constant(true);
        }
        let rest: Vec<_> = conditions.into_iter().filter(|it| *it != Self::Constant(false)).collect();
        if rest.is_empty() { Self::Constant(false) } else { Self::Any(rest) }
    }

    /// The complement; twice is nothing.
    pub fn negated(condition: Self) -> Self {
        match condition {
            Self::Constant(constant) => Self::Constant(!constant),
            Self::Not(inner) => *inner,
            other @ (Self::All(_) | Self::Any(_) | Self::Value { .. } | Self::Element { .. }) => {
                Self::Not(Box::new(other))
            }
        }
    }
}

/// A place in a search document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Key of the attribute.
    pub name: String,
    /// Key of the sub-attribute of a singular complex attribute.
    pub sub: Option<String>,
}

/// A bytewise test on one string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// There and not empty.
    Present,
    /// The same.
    Equal(String),
    /// Contains it.
    Contains(String),
    /// Starts with it.
    StartsWith(String),
    /// Ends with it.
    EndsWith(String),
    /// Greater.
    Greater(String),
    /// Greater or the same.
    GreaterOrEqual(String),
    /// Less.
    Less(String),
    /// Less or the same.
    LessOrEqual(String),
}
