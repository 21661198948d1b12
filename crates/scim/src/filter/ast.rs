//! The parsed form of a filter (RFC 7644 §3.4.2.2).

use serde_json::Number;

/// One boolean expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them hold; at least two.
    And(Vec<Self>),
    /// One of them holds; at least two.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// `path pr`: there is a non-empty value.
    Present(AttributePath),
    /// `path operator literal`.
    Compare {
        /// What is compared.
        path: AttributePath,
        /// How.
        operator: CompareOperator,
        /// With what.
        value: Literal,
    },
    /// `path[filter]`: one element of a multi-valued attribute satisfies the whole filter (E-17).
    Element {
        /// The multi-valued attribute.
        path: AttributePath,
        /// A filter over its sub-attributes.
        filter: Box<Self>,
    },
}

/// An attribute as it was written: `[urn:]name[.sub]`, spelling kept.
///
/// `urn` is whatever stood before the last colon; whether such a schema exists is found out when the filter is
/// resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributePath {
    /// Schema URN in front of the name.
    pub urn: Option<String>,
    /// Attribute name.
    pub name: String,
    /// Sub-attribute name.
    pub sub: Option<String>,
}

/// An operator with a value on its right (RFC 7644 table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOperator {
    /// `eq`: the same.
    Equal,
    /// `ne`: not the same; holds for an absent value, too (K-4).
    NotEqual,
    /// `co`: contains.
    Contains,
    /// `sw`: starts with.
    StartsWith,
    /// `ew`: ends with.
    EndsWith,
    /// `gt`: greater.
    Greater,
    /// `ge`: greater or the same.
    GreaterOrEqual,
    /// `lt`: less.
    Less,
    /// `le`: less or the same.
    LessOrEqual,
}

impl CompareOperator {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The keyword in a filter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// The operator of that keyword, in any case (E-7).
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.as_str().eq_ignore_ascii_case(keyword))
    }
}

/// The right side of a comparison (E-6).
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A JSON string, or a tolerated bare word.
    String(String),
    /// A JSON number.
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
}

/// How large a filter may be (E-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the decoded text.
    pub length: usize,
    /// Parentheses and brackets inside each other.
    pub depth: usize,
    /// Comparisons and `pr` tests.
    pub terms: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { length: 8192, depth: 32, terms: 200 }
    }
}
