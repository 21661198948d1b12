//! What a SCIM request can fail with (RFC 7644 §3.12, RFC 9865 §2.1).

use serde_json::{Value, json};

/// URN of the error message (RFC 7644 §3.12).
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The `scimType` keyword of an error (RFC 7644 table 9, RFC 9865 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScimType {
    /// The filter does not parse, or an attribute and operator do not go together.
    InvalidFilter,
    /// The result is larger than the server is willing to compute.
    TooMany,
    /// Another resource already has this value.
    Uniqueness,
    /// The attribute cannot be changed this way.
    Mutability,
    /// The body is not the message that was expected.
    InvalidSyntax,
    /// The PATCH path does not parse or names no attribute.
    InvalidPath,
    /// The PATCH path selects nothing.
    NoTarget,
    /// A value is missing, of the wrong type or out of range.
    InvalidValue,
    /// The protocol version in the path is not supported.
    InvalidVers,
    /// The request carries personal data where it must not.
    Sensitive,
    /// The cursor is forged, or belongs to another query.
    InvalidCursor,
    /// The cursor is older than its lifetime.
    ExpiredCursor,
    /// The page size may not change while a cursor is followed.
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands in the error body.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    /// The HTTP status that goes with the keyword: 409 for `uniqueness` on every verb (K-2), 403 for `sensitive`.
    pub const fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            Self::Sensitive => 403,
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidVers
            | Self::InvalidCursor
            | Self::ExpiredCursor
            | Self::InvalidCount => 400,
        }
    }
}

/// A failed SCIM request: a status, perhaps a keyword, and a sentence for the person who reads the provider's log.
///
/// Knows RFC 7644 §3.12 and nothing of HTTP libraries. The sentence never carries secrets or another company's data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    status: u16,
    scim_type: Option<ScimType>,
    detail: String,
}

impl ScimError {
    /// An error that a keyword describes; the keyword names the status.
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: scim_type.status(), scim_type: Some(scim_type), detail: detail.into() }
    }

    /// An error that no keyword fits, such as 404, 412, 413 or 501.
    pub fn status_only(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// 400 `invalidSyntax`.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    /// 400 `invalidValue`.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    /// 400 `invalidFilter`.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }

    /// 400 `invalidPath`.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidPath, detail)
    }

    /// 400 `mutability`.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }

    /// 400 `noTarget`.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(ScimType::NoTarget, detail)
    }

    /// 409 `uniqueness`.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Uniqueness, detail)
    }

    /// 404 for a resource that is not there, or not for this caller (I-5: the two read alike).
    pub fn not_found(id: &str) -> Self {
        Self::status_only(404, format!("resource `{id}` not found"))
    }

    /// The same error with words in front of the sentence, such as the index of a failed operation (G-3).
    #[must_use]
    pub fn in_context(mut self, context: &str) -> Self {
        self.detail = format!("{context}: {}", self.detail);
        self
    }

    /// HTTP status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The keyword, where table 9 has one.
    pub const fn scim_type(&self) -> Option<ScimType> {
        self.scim_type
    }

    /// The sentence for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The error body: `status` is a string.
    pub fn to_body(&self) -> Value {
        let mut body = json!({"schemas": [ERROR_URN], "status": self.status.to_string(), "detail": self.detail});
        if let (Some(scim_type), Value::Object(members)) = (self.scim_type, &mut body) {
            members.insert("scimType".to_owned(), Value::from(scim_type.as_str()));
        }
        body
    }
}
