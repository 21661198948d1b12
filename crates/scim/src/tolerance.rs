//! Where we are more lenient than the RFCs, one named switch each (K-47).
//!
//! Identity providers deviate in known ways. Each deviation that we accept has a name, can be refused per connection
//! and is reported when it was used, so that an administrator sees what a provider really sends.

use std::sync::atomic::{AtomicU32, Ordering};

/// One deviation that may be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tolerance {
    /// `"True"` for `true`, in bodies, PATCH values and filters (Entra).
    BooleanAsString,
    /// `Add`, `Replace`, `Remove` (Entra).
    OperationCase,
    /// `remove` on `members` with a `value` array removes those members only (Entra).
    RemoveWithValue,
    /// `add` or `replace` on a value path that matches nothing creates the element (Entra).
    CreateOnNoMatch,
    /// Dotted and URN-prefixed keys in a path-less PATCH value (Entra).
    DottedKeys,
    /// One object where a list is expected, and a list of one where one value is expected.
    ObjectForArray,
    /// A bare string for a complex attribute: `manager`, members, emails (Entra).
    BareStringForComplex,
    /// Attributes that no schema has are dropped from bodies.
    UnknownAttribute,
    /// Schema URNs that the resource type does not have are dropped.
    UnknownSchema,
    /// The same URN twice in `schemas`.
    DuplicateSchema,
    /// A body without `schemas`.
    MissingSchemas,
    /// Extension data whose URN is not listed in `schemas`.
    ExtensionNotListed,
    /// `Operations: []` changes nothing.
    EmptyOperations,
    /// A word without quotes after an operator in a filter (authentik).
    BareWordInFilter,
    /// Runs of spaces and `TRUE` in a filter.
    FilterSpelling,
    /// Both `attributes` and `excludedAttributes`: the first wins.
    BothProjections,
    /// A country that is no ISO 3166-1 alpha-2 code is stored as it came (C-3).
    CountryCode,
    /// A value outside `canonicalValues` is stored as it came.
    CanonicalValue,
    /// `password` in a body is dropped, since passwords are not ours to keep (C-13).
    PasswordIgnored,
    /// Member names of messages in another case (`operations`).
    MessageCase,
    /// `id` of a PUT body that differs from the URL is ignored.
    ForeignId,
    /// `attr.sub` without a filter on a multi-valued attribute sets every element (GE-41).
    UnfilteredSubAttribute,
    /// A bare array of operations as `data` of a bulk PATCH (H-16).
    BulkPatchArray,
    /// Endpoint names in another case: `/users`.
    EndpointCase,
    /// A comma-separated string for `attributes` in a search body (F-30).
    CommaSeparatedAttributes,
    /// A member's `type` that contradicts the resource it names is corrected (D-3).
    MemberType,
    /// `emails[type eq "work"].value eq "x"` in a filter (Entra).
    SubAttributeAfterBrackets,
}

impl Tolerance {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 27] = [
        Self::BooleanAsString,
        Self::OperationCase,
        Self::RemoveWithValue,
        Self::CreateOnNoMatch,
        Self::DottedKeys,
        Self::ObjectForArray,
        Self::BareStringForComplex,
        Self::UnknownAttribute,
        Self::UnknownSchema,
        Self::DuplicateSchema,
        Self::MissingSchemas,
        Self::ExtensionNotListed,
        Self::EmptyOperations,
        Self::BareWordInFilter,
        Self::FilterSpelling,
        Self::BothProjections,
        Self::CountryCode,
        Self::CanonicalValue,
        Self::PasswordIgnored,
        Self::MessageCase,
        Self::ForeignId,
        Self::UnfilteredSubAttribute,
        Self::BulkPatchArray,
        Self::EndpointCase,
        Self::CommaSeparatedAttributes,
        Self::MemberType,
        Self::SubAttributeAfterBrackets,
    ];

    /// The stable name in configuration, journal and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BooleanAsString => "boolean_as_string",
            Self::OperationCase => "operation_case",
            Self::RemoveWithValue => "remove_with_value",
            Self::CreateOnNoMatch => "create_on_no_match",
            Self::DottedKeys => "dotted_keys",
            Self::ObjectForArray => "object_for_array",
            Self::BareStringForComplex => "bare_string_for_complex",
            Self::UnknownAttribute => "unknown_attribute",
            Self::UnknownSchema => "unknown_schema",
            Self::DuplicateSchema => "duplicate_schema",
            Self::MissingSchemas => "missing_schemas",
            Self::ExtensionNotListed => "extension_not_listed",
            Self::EmptyOperations => "empty_operations",
            Self::BareWordInFilter => "bare_word_in_filter",
            Self::FilterSpelling => "filter_spelling",
            Self::BothProjections => "both_projections",
            Self::CountryCode => "country_code",
            Self::CanonicalValue => "canonical_value",
            Self::PasswordIgnored => "password_ignored",
            Self::MessageCase => "message_case",
            Self::ForeignId => "foreign_id",
            Self::UnfilteredSubAttribute => "unfiltered_sub_attribute",
            Self::BulkPatchArray => "bulk_patch_array",
            Self::EndpointCase => "endpoint_case",
            Self::CommaSeparatedAttributes => "comma_separated_attributes",
            Self::MemberType => "member_type",
            Self::SubAttributeAfterBrackets => "sub_attribute_after_brackets",
        }
    }

    /// The switch of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tolerance| tolerance.as_str() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The switches of one request, and which of them were used.
#[derive(Debug)]
pub struct Tolerances {
    allowed: u32,
    used: AtomicU32,
}

impl Clone for Tolerances {
    /// The same switches, none of them used yet: each request has its own copy.
    fn clone(&self) -> Self {
        Self { allowed: self.allowed, used: AtomicU32::new(0) }
    }
}

impl Tolerances {
    /// Everything is accepted: the default of a connection.
    pub const fn lenient() -> Self {
        Self { allowed: u32::MAX, used: AtomicU32::new(0) }
    }

    /// Nothing is accepted that the RFCs do not allow.
    pub const fn strict() -> Self {
        Self { allowed: 0, used: AtomicU32::new(0) }
    }

    /// The same switches with one of them set.
    #[must_use]
    pub fn with(mut self, tolerance: Tolerance, allowed: bool) -> Self {
        if allowed {
            self.allowed |= tolerance.bit();
        } else {
            self.allowed &= !tolerance.bit();
        }
        self
    }

    /// Whether the deviation is accepted. Asking counts as using it: ask only when the deviation is there.
    pub fn allow(&self, tolerance: Tolerance) -> bool {
        let allowed = self.allowed & tolerance.bit() != 0;
        if allowed {
            self.used.fetch_or(tolerance.bit(), Ordering::Relaxed);
        }
        allowed
    }

    /// The deviations that were met and accepted so far.
    pub fn used(&self) -> Vec<Tolerance> {
        let used = self.used.load(Ordering::Relaxed);
        Tolerance::ALL.into_iter().filter(|tolerance| used & tolerance.bit() != 0).collect()
    }
}
