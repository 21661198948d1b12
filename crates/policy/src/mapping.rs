//! Where somebody is to be put: group names and the organization, team and role attributes (G-1, R-1 to R-5, RC-17).

use serde::{Deserialize, Serialize};

use crate::{facts::ConnectionFacts, folded::Folded, ids::OrganizationId, membership::Role, rule::Rule};

/// The longest team name, in characters (RC-17).
pub const LONGEST_TEAM_NAME: usize = 100;

/// Organization, team and role as an assertion or a pushed user's extension carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The organization's name.
    pub organization: Option<Folded>,
    /// The team's name.
    pub team: Option<Folded>,
    /// The role as sent.
    pub role: Option<String>,
}

impl Attributes {
    /// These attributes, each one that is missing taken from `alias` (the documented alias of our extension).
    #[must_use]
    pub fn or(self, alias: Self) -> Self {
        Self {
            organization: self.organization.or(alias.organization),
            team: self.team.or(alias.team),
            role: self.role.or(alias.role),
        }
    }

    /// The role, `Err` with the text if it is none of R-1. Case and surrounding blanks do not matter.
    pub(crate) fn role(&self) -> Result<Option<Role>, &str> {
        let Some(text) = self.role.as_deref() else { return Ok(None) };
        Role::from_code(&text.trim().to_ascii_lowercase()).map(Some).ok_or(text)
    }

    /// Where these attributes put somebody: the defaults fill what is missing.
    pub(crate) fn target(&self, connection: &ConnectionFacts) -> Result<Target, Misplaced> {
        let named = self.organization.as_ref().map(|name| {
            connection.organization_named(&name.key).ok_or_else(|| Misplaced::Organization(name.text.clone()))
        });
        let team = self.team.as_ref().map(checked_team).transpose()?;
        Ok(match (named.transpose()?, team) {
            (None, None) => Target::default_of(connection),
            (Some(organization), None) => Target { organization: organization.id, team: None, rule: Rule::R3 },
            (None, Some(team)) => {
                Target { organization: connection.default_organization, team: Some(team), rule: Rule::R4 }
            }
            (Some(organization), Some(team)) => {
                Target { organization: organization.id, team: Some(team), rule: Rule::R5 }
            }
        })
    }
}

/// An organization, perhaps a team in it, and the rule that chose them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) organization: OrganizationId,
    pub(crate) team: Option<Folded>,
    pub(crate) rule: Rule,
}

impl Target {
    /// The connection's default organization and team.
    pub(crate) fn default_of(connection: &ConnectionFacts) -> Self {
        Self { organization: connection.default_organization, team: connection.default_team.clone(), rule: Rule::R2 }
    }
}

/// Attributes that name no place of this connection; the text is the name as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    Organization(String),
    Team(String),
}

/// A group name of the form `organization:team` (G-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupName {
    /// What stands before the first colon.
    pub organization: Folded,
    /// What stands after it.
    pub team: Folded,
}

impl GroupName {
    /// Splits at the first colon and trims both parts; `Err` if a part is missing or no team name (G-6, RC-17).
    pub fn parse(name: &Folded) -> Result<Self, MalformedGroup> {
        let (organization, team) = name.split_at_colon().ok_or(MalformedGroup)?;
        if organization.key.is_empty() || !is_team_name(&team.text) {
            return Err(MalformedGroup);
        }
        Ok(Self { organization, team })
    }
}

/// The name is not `organization:team`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedGroup;

/// Whether a text can be a team's name: 1 to 100 characters, none of them a control character (RC-17).
pub fn is_team_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= LONGEST_TEAM_NAME && !text.chars().any(char::is_control)
}

fn checked_team(name: &Folded) -> Result<Folded, Misplaced> {
    if is_team_name(&name.text) { Ok(name.clone()) } else { Err(Misplaced::Team(name.text.clone())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<(&str, &str)>) {
        let got = GroupName::parse(&Folded::new(name, str::to_lowercase)).ok();
        let got = got.as_ref().map(|group| (group.organization.key.as_str(), group.team.key.as_str()));
        assert_eq!(got, expected, "{name:?}");
    }

    #[test]
    fn group_names_are_organization_and_team() {
        check("Acme:Dev", Some(("acme", "dev"))); // G-1
        check(" acme : Dev Ops ", Some(("acme", "dev ops"))); // RC-17: both parts are trimmed and compared folded
        check("acme:dev:eu", Some(("acme", "dev:eu"))); // RC-17: the first colon splits
        for malformed in ["", "acme", ":dev", "acme:", " : ", "acme:de\u{7}v"] {
            check(malformed, None); // G-6
        }
        check(&format!("acme:{}", "t".repeat(100)), Some(("acme", &"t".repeat(100))));
        check(&format!("acme:{}", "t".repeat(101)), None); // RC-17
    }
}
