//! Who an assertion is about: subject, addresses and attributes (design.md 7; provisioning-rules 2.11).

use std::collections::BTreeMap;

use rollcall_policy::Assertion;
use rollcall_policy::assertion::EMAIL_ATTRIBUTES;
use rollcall_policy::email::is_address;
use rollcall_scim::fold::fold;

use super::Expected;
use super::names::{ASSERTION, EMAIL_ADDRESS, TRANSIENT, UNSPECIFIED};
use super::tree::Node;
use crate::sso::attributes::is_subject;
use crate::sso::refused::Refused;

const NAME_IDENTIFIER: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
/// Entra: the person, and the tenant that says so.
const OBJECT_IDENTIFIER: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
/// Entra: more than 150 groups, so that none are sent (idp-behaviour 15.2).
const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

type Values = BTreeMap<String, Vec<String>>;

/// The name that the provider uses for somebody.
struct NameId {
    value: String,
    format: String,
    qualifiers: [String; 2],
}

/// A stable name, as it is kept, and as a push would spell it.
struct Subject {
    kept: String,
    plain: String,
    /// It is no stable name but an address.
    weak: bool,
}

impl Subject {
    fn of(kept: String, plain: String) -> Self {
        let weak = is_address(&plain);
        Self { kept, plain, weak }
    }
}

/// Reads the assertion that was verified.
pub(super) fn read(assertion: Node<'_, '_>, expected: &Expected<'_>) -> Result<Assertion, Refused> {
    let name_id = name_id(assertion.needed(ASSERTION, "Subject")?, expected)?;
    let mut values = values(assertion)?;
    let subject = subject(&values, name_id.as_ref(), expected)?;
    if !is_subject(&subject.kept) {
        return Err(invalid("the subject must be at most 1024 bytes and without control characters"));
    }
    let address = name_id.filter(|name_id| name_id.format != TRANSIENT).map(|name_id| name_id.value);
    let mut candidates = EMAIL_ATTRIBUTES.iter().filter_map(|name| values.get(*name)).flatten();
    let only_candidate = address.as_ref().is_some_and(|address| candidates.all(|candidate| candidate == address));
    let groups_incomplete = values.contains_key(GROUPS_LINK);
    if let Some(address) = address {
        values.entry(NAME_IDENTIFIER.to_owned()).or_default().insert(0, address);
    }
    let attributes = values.into_iter().map(|(name, values)| (name, values.into_iter().collect())).collect();
    let read = Assertion::from_attributes(subject.kept, &attributes, fold);
    Ok(Assertion {
        subject_weak: subject.weak,
        external_id: Some(subject.plain),
        nameid_not_email: read.email.is_none() && only_candidate,
        groups_incomplete,
        ..read
    })
}

/// The first of: the attribute that the connection names, Entra's object id, the `NameID`.
///
/// What is kept says which of them it was, so that no value of one can pass for another's.
fn subject(values: &Values, name_id: Option<&NameId>, expected: &Expected<'_>) -> Result<Subject, Refused> {
    if let Some(name) = &expected.settings.subject_attribute {
        let plain = only(values, name).ok_or_else(|| {
            Refused::Invalid(format!(
                "the attribute `{name}`, which holds the subject at this connection, needs one value"
            ))
        })?;
        return Ok(Subject::of(format!("attribute {name} {plain}"), plain));
    }
    if let (Some(tenant), Some(plain)) = (only(values, TENANT_ID), only(values, OBJECT_IDENTIFIER)) {
        return Ok(Subject::of(format!("entra {tenant} {plain}"), plain));
    }
    let name_id =
        name_id.ok_or_else(|| invalid("the assertion has neither a `NameID` nor an attribute for the subject"))?;
    if name_id.format == TRANSIENT {
        let detail = "the `NameID` is transient, so nobody would be known again; send a persistent one, or set \
            `saml.subject_attribute` to an attribute with a stable identifier";
        return Err(invalid(detail));
    }
    let [by, at] = &name_id.qualifiers;
    let subject = Subject::of(format!("{} {by} {at} {}", name_id.format, name_id.value), name_id.value.clone());
    Ok(Subject { weak: subject.weak || name_id.format == EMAIL_ADDRESS, ..subject })
}

fn only(values: &Values, name: &str) -> Option<String> {
    match values.get(name)?.as_slice() {
        [value] => Some(value.clone()),
        _ => None,
    }
}

/// The `NameID`, if there is one. A qualifier that only repeats provider or product is left out (SAML core 8.3.7).
fn name_id(subject: Node<'_, '_>, expected: &Expected<'_>) -> Result<Option<NameId>, Refused> {
    subject.has_only(&[(ASSERTION, "NameID", 0, 1), (ASSERTION, "SubjectConfirmation", 1, usize::MAX)])?;
    let Some(node) = subject.child(ASSERTION, "NameID") else { return Ok(None) };
    let value = node.text()?;
    let format = node.attribute("Format").unwrap_or(UNSPECIFIED).to_owned();
    let qualifier = |name, usual: &str| match node.attribute(name) {
        Some(other) if other != usual => other.to_owned(),
        Some(_) | None => String::new(),
    };
    let settings = expected.settings;
    let by = qualifier("NameQualifier", &settings.idp_entity_id);
    let at = qualifier("SPNameQualifier", &settings.audience);
    if value.is_empty() || [&format, &by, &at].into_iter().any(|part| part.contains(' ')) {
        return Err(invalid("the `NameID` is empty, or its format or a qualifier holds a space"));
    }
    Ok(Some(NameId { value, format, qualifiers: [by, at] }))
}

/// All values of all attributes, by the attributes' names. What is no text, as a `NameID` within a value, is passed over.
fn values(assertion: Node<'_, '_>) -> Result<Values, Refused> {
    let mut all = Values::new();
    for statement in assertion.all(ASSERTION, "AttributeStatement") {
        statement.has_only(&[(ASSERTION, "Attribute", 0, usize::MAX)])?;
        for attribute in statement.all(ASSERTION, "Attribute") {
            let name = attribute.attribute("Name").ok_or_else(|| invalid("an `Attribute` has no `Name`"))?;
            let texts = attribute.all(ASSERTION, "AttributeValue").filter(|value| value.elements().next().is_none());
            let texts = texts.map(Node::text).collect::<Result<Vec<_>, _>>()?;
            all.entry(name.to_owned()).or_default().extend(texts.into_iter().filter(|text| !text.is_empty()));
        }
    }
    Ok(all)
}

fn invalid(detail: &str) -> Refused {
    Refused::Invalid(detail.to_owned())
}
