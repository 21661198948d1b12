//! Invitations into organizations.

use crate::bind::{Bind, values};
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, InvitationId, OrganizationId, Role, TeamId};
use sea_orm::Value;

/// Somebody asked into an organization, by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The tenant.
    pub company: CompanyId,
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub organization: OrganizationId,
    /// As given.
    pub email: String,
    /// Under `scim::fold`.
    pub email_folded: String,
    /// A team to begin with.
    pub team: Option<TeamId>,
    /// A role to begin with.
    pub role: Option<Role>,
    /// Where it stands.
    pub state: InvitationState,
    /// UTC microseconds.
    pub created_at: i64,
}

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvitationState {
    /// Waits for an answer and uses a seat.
    Pending,
    /// They came.
    Accepted,
    /// They said no; it can be sent again.
    Declined,
    /// Taken back.
    Withdrawn,
}

impl InvitationState {
    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Declined, Self::Withdrawn].into_iter().find(|state| state.code() == code)
    }
}

crate::bind::bind_codes!(InvitationState);

/// The columns that [`record`] reads, of `invitation i`.
macro_rules! invitation_columns {
    () => {
        "i.company_id, i.id, i.organization_id, i.email, i.email_folded, i.team_id, i.role, i.state, i.created_at"
    };
}
pub(super) use invitation_columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", invitation_columns!(), " FROM invitation i ", $rest)
    };
}

pub(super) fn record(row: &Row) -> Result<Invitation, DirectoryError> {
    Ok(Invitation {
        company: row.id("company_id")?,
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        email: row.get("email")?,
        email_folded: row.get("email_folded")?,
        team: row.optional_id("team_id")?,
        role: row.optional_code("role", Role::from_code)?,
        state: row.code("state", InvitationState::from_code)?,
        created_at: row.get("created_at")?,
    })
}

impl Reader {
    /// An invitation by its id.
    pub async fn invitation(&self, company: CompanyId, id: InvitationId) -> Result<Option<Invitation>, DirectoryError> {
        self.query_one_as(select!("WHERE i.company_id = ? AND i.id = ?"), values![company, id], record).await
    }

    /// An organization's invitations by id, those after `after`.
    pub async fn invitations(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        after: Option<InvitationId>,
        limit: u64,
    ) -> Result<Vec<Invitation>, DirectoryError> {
        let sql = select!("WHERE i.company_id = ? AND i.organization_id = ? AND i.id > ? ORDER BY i.id LIMIT ?");
        let after = after.unwrap_or(InvitationId::from_u128(0));
        self.query_as(sql, values![company, organization, after, limit], record).await
    }
}

impl Unit {
    /// Stores a new invitation.
    pub fn insert_invitation(&self, invitation: &Invitation) {
        self.execute(
            "INSERT INTO invitation (company_id, id, organization_id, email, email_folded, team_id, role, state, \
             created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                invitation.company,
                invitation.id,
                invitation.organization,
                &invitation.email,
                &invitation.email_folded,
                invitation.team,
                invitation.role,
                invitation.state,
                invitation.created_at,
            ],
        );
    }

    /// Moves an invitation on; if it is not `from` any more, the unit runs again.
    pub fn set_invitation_state(
        &self,
        company: CompanyId,
        id: InvitationId,
        from: InvitationState,
        to: InvitationState,
    ) {
        self.guard(
            "UPDATE invitation SET state = ? WHERE company_id = ? AND id = ? AND state = ?",
            values![to, company, id, from],
            1,
        );
    }
}
