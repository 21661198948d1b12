//! Schemas and the characteristics of their attributes, as data (RFC 7643 §2 and §7).

use std::borrow::Cow;

pub mod common;
pub mod discovery;
pub mod enterprise;
pub mod group;
pub mod rollcall;
pub mod user;

/// Data type of an attribute (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text without U+0000 and other control characters.
    String,
    /// `true` or `false`.
    Boolean,
    /// A JSON number.
    Decimal,
    /// A JSON number without fraction or exponent, in 64 bits.
    Integer,
    /// An `xsd:dateTime`.
    DateTime,
    /// Base64 (RFC 4648 §4).
    Binary,
    /// A URI; compared exactly whatever `caseExact` says.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// Who may change an attribute, and when (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// The client, at any time.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, and nobody reads it.
    WriteOnly,
}

/// When an attribute is in an answer (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Whatever the projection says.
    Always,
    /// In no answer.
    Never,
    /// Unless the projection leaves it out.
    Default,
    /// Only if the projection names it.
    Request,
}

/// Who else may have the same value (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// Anybody.
    None,
    /// Nobody behind the same endpoint.
    Server,
    /// Nobody anywhere.
    Global,
}

/// What a value must look like beyond its type. Not part of the served schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Whatever the type allows.
    Plain,
    /// Text in which tab, CR and LF may stand.
    MultiLine,
    /// An ISO 3166-1 alpha-2 code (C-3).
    CountryCode,
    /// Base64 of exactly one DER certificate (C-5).
    Certificate,
}

/// An attribute or sub-attribute definition (RFC 7643 §7).
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Canonical spelling.
    pub name: Cow<'static, str>,
    /// Data type.
    pub kind: Type,
    /// A list of values?
    pub multi_valued: bool,
    /// One sentence for people.
    pub description: Cow<'static, str>,
    /// Must a resource have it?
    pub required: bool,
    /// Are `A` and `a` different values?
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is in an answer.
    pub returned: Returned,
    /// Who else may have the same value.
    pub uniqueness: Uniqueness,
    /// Suggested values; empty if there are none.
    pub canonical_values: Vec<Cow<'static, str>>,
    /// What a reference may point at: resource type names, `external` or `uri`.
    pub reference_types: Vec<Cow<'static, str>>,
    /// Sub-attributes of a complex attribute; empty for all others.
    pub sub_attributes: Vec<Attribute>,
    /// What a value must look like beyond its type.
    pub format: Format,
}

impl Attribute {
    /// An optional, readWrite, single attribute returned by default, compared without case unless its type is exact.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: Type, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: description.into(),
            required: false,
            case_exact: matches!(kind, Type::Reference | Type::Binary),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
            format: Format::Plain,
        }
    }

    /// A complex attribute of these sub-attributes.
    pub fn complex(
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
        sub_attributes: Vec<Self>,
    ) -> Self {
        Self { sub_attributes, ..Self::new(name, Type::Complex, description) }
    }

    /// Makes it a list.
    #[must_use]
    pub fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// Makes it required.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Makes `A` and `a` different values.
    #[must_use]
    pub fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    /// Says who may change it; holds for the sub-attributes, too, when it is `ReadOnly` or `Immutable`.
    #[must_use]
    pub fn mutability(mut self, mutability: Mutability) -> Self {
        if matches!(mutability, Mutability::ReadOnly | Mutability::Immutable) {
            self.sub_attributes = self.sub_attributes.into_iter().map(|sub| sub.mutability(mutability)).collect();
        }
        self.mutability = mutability;
        self
    }

    /// Says what a value must look like beyond its type.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Says when it is in an answer.
    #[must_use]
    pub fn returned(mut self, returned: Returned) -> Self {
        self.returned = returned;
        self
    }

    /// Says who else may have the same value.
    #[must_use]
    pub fn uniqueness(mut self, uniqueness: Uniqueness) -> Self {
        self.uniqueness = uniqueness;
        self
    }

    /// Suggests values.
    #[must_use]
    pub fn canonical(mut self, values: &[&'static str]) -> Self {
        self.canonical_values = values.iter().copied().map(Cow::Borrowed).collect();
        self
    }

    /// Says what a reference may point at.
    #[must_use]
    pub fn refers_to(mut self, types: &[&'static str]) -> Self {
        self.reference_types = types.iter().copied().map(Cow::Borrowed).collect();
        self
    }

    /// Is it the password, which is accepted and never kept (C-13)?
    pub fn is_password(&self) -> bool {
        self.mutability == Mutability::WriteOnly && self.name == "password"
    }

    /// The sub-attribute of that name, in any case.
    pub fn sub_attribute(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

/// A schema (RFC 7643 §7).
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// URN.
    pub id: Cow<'static, str>,
    /// Short name.
    pub name: Cow<'static, str>,
    /// One sentence for people.
    pub description: Cow<'static, str>,
    /// Top-level attributes, without the common ones (`id`, `externalId`, `meta`, `schemas`).
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute of that name, in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

/// An extension of a resource type (RFC 7643 §6).
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// Its schema.
    pub schema: Schema,
    /// Must every resource have it?
    pub required: bool,
}

/// A resource type (RFC 7643 §6): an endpoint, its schema and its extensions.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceType {
    /// Unique, case-exact: `User`.
    pub name: Cow<'static, str>,
    /// Below the base URI: `/Users`.
    pub endpoint: Cow<'static, str>,
    /// One sentence for people.
    pub description: Cow<'static, str>,
    /// The base schema.
    pub schema: Schema,
    /// Extensions, required or not.
    pub extensions: Vec<Extension>,
}
