//! What an event carries: ids, and what a receiver needs to act. No secrets, no names or addresses of people.

use rollcall_directory::Membership;
use rollcall_policy::{AccountId, ConnectionId, InvitationId, MembershipState, Role, SuspendedBy, TokenId, WebhookId};
use rollcall_scim::timestamp::to_rfc3339;
use serde::Serialize;
use serde_json::Value;

/// The data of an event; each kind has its own members ([`super::Kind::members`]), others are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Data {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The permanent name of the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The connection by which it happened, or that it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// The role in the organization, afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Where the membership stands afterwards: `active`, `suspended`, `held` or `removed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MembershipState>,
    /// Why, in one word that stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The name of the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Accounts that came into the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Vec<AccountId>>,
    /// Accounts that left it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<Vec<AccountId>>,
    /// Names of what changed, never values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<Vec<String>>,
    /// The new values of a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Value>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// The domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What administrators call the connection or token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The token, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// The webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookId>,
    /// Where the webhook sends to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it ends, or when the time to answer is over (RFC 3339); see [`Data::expiring`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

impl Data {
    /// About a person.
    pub fn of(account: AccountId) -> Self {
        Self { account: Some(account), ..Self::default() }
    }

    /// About a membership as it is now, in the organization of that name.
    pub fn membership(membership: &Membership, organization: &str) -> Self {
        Self {
            organization: Some(organization.to_owned()),
            role: Some(membership.role),
            state: Some(membership.state),
            reason: membership.suspended_by.map(|by: SuspendedBy| by.code().to_owned()),
            ..Self::of(membership.account)
        }
    }

    /// About somebody who joined a team, or left it.
    pub fn team(organization: &str, team: &str, added: &[AccountId], removed: &[AccountId]) -> Self {
        Self {
            organization: Some(organization.to_owned()),
            team: Some(team.to_owned()),
            added: Some(added.to_vec()),
            removed: Some(removed.to_vec()),
            ..Self::default()
        }
    }

    /// About a domain.
    pub fn domain(name: &str) -> Self {
        Self { domain: Some(name.to_owned()), ..Self::default() }
    }

    /// For this reason.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    /// By way of this connection.
    #[must_use]
    pub fn by(self, connection: ConnectionId) -> Self {
        Self { connection: Some(connection), ..self }
    }

    /// With an end (UTC microseconds).
    #[must_use]
    pub fn expiring(self, at: i64) -> Self {
        Self { expires_at: Some(to_rfc3339(at)), ..self }
    }

    pub(super) fn into_json(self) -> String {
        // Plain words, ids and JSON: it can always be written.
        serde_json::to_string(&self).unwrap_or_else(|error| {
            tracing::error!(%error, "the data of an event cannot be written");
            "{}".to_owned()
        })
    }
}
