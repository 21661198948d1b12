//! What a filter means for one resource type: a test on its search document (E-12 to E-24).
//!
//! A condition is resolved once, from a [`Filter`](crate::filter::Filter), and then evaluated here or compiled to SQL.
//! Both only compare strings bytewise: folding, instants and numbers are already in the strings.
//!
//! Names are keys of the search document: lower-cased attribute names (`username`, `meta` with sub `lastmodified`,
//! `$ref`), extension attributes with their lower-cased URN in front. A multi-valued attribute, simple or complex, is
//! only ever reached through [`Condition::Element`]; a simple one has the sub-attribute `value`.

mod evaluate;

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
