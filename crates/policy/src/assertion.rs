//! What is left of evidence once it is verified, and reading it from attributes (SI-10, provisioning-rules 2.11).

mod attribute;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use attribute::AttributeValue;

use crate::{
    email::is_address,
    folded::Folded,
    mapping::{Attributes, GroupName, is_team_name},
    person_name::full_name,
};

/// Bytes of a name; the longest known ones are far shorter.
const LONGEST_NAME: usize = 1_024;

/// Names of attributes that may hold an address, the first usable one wins (2.11). A SAML `NameID` counts as the first.
pub const EMAIL_ATTRIBUTES: &[&str] = &[
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "email",
];

/// Attribute names by meaning, the first usable one wins (2.11, design.md 6).
mod names {
    pub(super) const NAME: &[&str] = &["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name"];
    pub(super) const GIVEN: &[&str] =
        &["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "given_name"];
    pub(super) const FAMILY: &[&str] =
        &["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "family_name"];
    pub(super) const GROUPS: &[&str] = &[
        "http://schemas.xmlsoap.org/claims/Group",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
        "Groups",
        "groups",
    ];
    pub(super) const ORGANIZATION: &[&str] = &["organization", "dockerOrg"];
    pub(super) const TEAM: &[&str] = &["team", "dockerTeam"];
    pub(super) const ROLE: &[&str] = &["role", "dockerRole"];
    pub(super) const SESSION_MINUTES: &[&str] = &["session_minutes", "sessionMinutes", "dockerSessionMinutes"];
    pub(super) const EMAIL_VERIFIED: &[&str] = &["email_verified"];
}

/// Verified evidence: who somebody is, in their provider's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// The stable name at this connection: issuer and `sub`, Entra `tid` and `oid`, a SAML identifier. Compared exactly.
    pub subject: String,
    /// The subject is no stable identifier but an address, as an e-mail `NameID` is (design.md 7).
    #[serde(default)]
    pub subject_weak: bool,
    /// What the `externalId` of the same person's push would be, if that differs from `subject` (RC-13).
    pub external_id: Option<String>,
    /// The address, if there is one.
    pub email: Option<Folded>,
    /// There is no address, and the only candidate for one was a `NameID` that is none (design.md 7).
    #[serde(default)]
    pub nameid_not_email: bool,
    /// The provider's own word about the address, if it gave one. Whatever is not plainly yes is no.
    pub email_verified: Option<bool>,
    /// The full name, if there is one.
    pub full_name: Option<String>,
    /// Group names as sent, in their order.
    pub groups: Vec<Folded>,
    /// The provider left groups out because there are too many (overage): `groups` says nothing about who is in none.
    #[serde(default)]
    pub groups_incomplete: bool,
    /// Organization, team and role attributes.
    pub attributes: Attributes,
    /// Session minutes as sent; judged by SS-3.
    pub session_minutes: Option<String>,
}

impl Assertion {
    /// Reads an assertion from attributes; unusable values are passed over, unknown names ignored.
    ///
    /// `fold` is the one fold of all comparisons. Whether an e-mail is required is decided later (SI-10).
    pub fn from_attributes(
        subject: impl Into<String>,
        attributes: &BTreeMap<String, AttributeValue>,
        fold: impl Fn(&str) -> String,
    ) -> Self {
        let first = |names: &[&str], usable: fn(&str) -> bool| values(attributes, names).find(|value| usable(value));
        let filled = |value: &str| !value.is_empty();
        let folded = |value: &str| Folded::new(value, &fold);
        let name = full_name(first(names::NAME, is_name), first(names::GIVEN, is_name), first(names::FAMILY, is_name));
        Self {
            subject: subject.into(),
            subject_weak: false,
            external_id: None,
            email: first(EMAIL_ATTRIBUTES, is_address).map(folded),
            nameid_not_email: false,
            email_verified: email_verified(attributes),
            full_name: name,
            groups: groups(attributes).into_iter().map(folded).collect(),
            groups_incomplete: false,
            attributes: Attributes {
                organization: first(names::ORGANIZATION, filled).map(folded),
                team: first(names::TEAM, filled).map(folded),
                role: first(names::ROLE, filled).map(str::to_owned),
            },
            session_minutes: first(names::SESSION_MINUTES, filled).map(str::to_owned),
        }
    }

    /// Folded names of all teams that this assertion names: those to look up for the facts.
    pub fn team_keys(&self) -> BTreeSet<String> {
        let grouped = self.groups.iter().filter_map(|name| GroupName::parse(name).ok()).map(|group| group.team.key);
        let single = self.attributes.team.as_ref().filter(|team| is_team_name(&team.text)).map(|team| team.key.clone());
        grouped.chain(single).collect()
    }
}

/// Whether every value says yes; `None` if there is none at all. Providers write this claim in many ways, and none of them
/// but the known ones may pass for a proven address.
fn email_verified(attributes: &BTreeMap<String, AttributeValue>) -> Option<bool> {
    let mut given = values(attributes, names::EMAIL_VERIFIED).peekable();
    given.peek()?;
    Some(given.all(|value| value == "1" || value.eq_ignore_ascii_case("true")))
}

/// Part of a person's name: not empty, of a length that somebody may have, without control characters.
fn is_name(value: &str) -> bool {
    !value.is_empty() && value.len() <= LONGEST_NAME && !value.chars().any(char::is_control)
}

/// All values under the names, in the order of the names; trimmed.
fn values<'a>(
    attributes: &'a BTreeMap<String, AttributeValue>,
    names: &[&str],
) -> impl Iterator<Item = &'a str> + use<'a> {
    let present: Vec<&AttributeValue> = names.iter().filter_map(|name| attributes.get(*name)).collect();
    present.into_iter().flat_map(AttributeValue::values).map(str::trim)
}

/// The groups under the first name that has any.
fn groups(attributes: &BTreeMap<String, AttributeValue>) -> Vec<&str> {
    let under = |name: &&str| values(attributes, &[name]).filter(|value| !value.is_empty()).collect::<Vec<_>>();
    names::GROUPS.iter().map(under).find(|groups| !groups.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
