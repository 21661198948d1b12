//! Invitations as administrators send them: by address or by username, with a link that lives for a while.

use super::Invitation;
use super::invitation::{InvitationState, invitation_columns, record as invitation_record};
use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, CompanyId, InvitationId, OrganizationId};

/// An invitation and how it went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentInvitation {
    /// The invitation. One by username has no address.
    pub invitation: Invitation,
    /// The username that was invited, if it was one.
    pub username: Option<String>,
    /// Whose username it is. Nobody's reads the same to whoever invites (RC-10).
    pub account: Option<AccountId>,
    /// Since when its link is good, in UTC microseconds.
    pub sent_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            invitation_columns!(),
            ", i.username, i.account_id, COALESCE(i.sent_at, i.created_at) AS sent FROM invitation i ",
            $rest
        )
    };
}

pub(super) fn record(row: &Row) -> Result<SentInvitation, DirectoryError> {
    Ok(SentInvitation {
        invitation: invitation_record(row)?,
        username: row.get("username")?,
        account: row.optional_id("account_id")?,
        sent_at: row.get("sent")?,
    })
}

impl Reader {
    /// The company of an invitation: whoever accepts it names it by id alone.
    pub async fn company_of_invitation(&self, id: InvitationId) -> Result<Option<CompanyId>, DirectoryError> {
        let sql = "SELECT i.company_id FROM invitation i WHERE i.id = ?";
        self.query_one_as(sql, values![id], |row| row.id("company_id")).await
    }

    /// An invitation by its id, with how it went out.
    pub async fn sent_invitation(
        &self,
        company: CompanyId,
        id: InvitationId,
    ) -> Result<Option<SentInvitation>, DirectoryError> {
        self.query_one_as(select!("WHERE i.company_id = ? AND i.id = ?"), values![company, id], record).await
    }

    /// An organization's invitations by id, those after `after`; only those of a state, if one is given.
    pub async fn sent_invitations(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        state: Option<InvitationState>,
        after: Option<InvitationId>,
        limit: u64,
    ) -> Result<Vec<SentInvitation>, DirectoryError> {
        let after = after.unwrap_or(InvitationId::from_u128(0));
        let Some(state) = state else {
            let sql = select!("WHERE i.company_id = ? AND i.organization_id = ? AND i.id > ? ORDER BY i.id LIMIT ?");
            return self.query_as(sql, values![company, organization, after, limit], record).await;
        };
        let sql = select!(
            "WHERE i.company_id = ? AND i.organization_id = ? AND i.state = ? AND i.id > ? ORDER BY i.id LIMIT ?"
        );
        self.query_as(sql, values![company, organization, state, after, limit], record).await
    }

    /// The pending invitation into an organization that went to this folded address. Those by username are not found:
    /// whose address is whose is nothing that an inviter may learn (RC-10).
    pub async fn invitation_to_address(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        email_folded: &str,
    ) -> Result<Option<SentInvitation>, DirectoryError> {
        let sql = select!(
            "WHERE i.email_folded = ? AND i.company_id = ? AND i.organization_id = ? AND i.state = 'pending' \
             AND i.username IS NULL ORDER BY i.id"
        );
        self.query_one_as(sql, values![email_folded, company, organization], record).await
    }

    /// The pending invitation into an organization that went to this username.
    pub async fn invitation_to_username(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        username: &str,
    ) -> Result<Option<SentInvitation>, DirectoryError> {
        let sql = select!(
            "WHERE i.company_id = ? AND i.organization_id = ? AND i.state = 'pending' AND i.username = ? ORDER BY i.id"
        );
        self.query_one_as(sql, values![company, organization, username], record).await
    }
}

impl Unit {
    /// Stores a new invitation that was sent.
    pub fn insert_sent_invitation(&self, sent: &SentInvitation) {
        self.insert_invitation(&sent.invitation);
        let (company, id) = (sent.invitation.company, sent.invitation.id);
        self.execute(
            "UPDATE invitation SET username = ?, account_id = ?, sent_at = ? WHERE company_id = ? AND id = ?",
            values![&sent.username, sent.account, sent.sent_at, company, id],
        );
    }

    /// Sends an invitation again: it is pending, with a fresh link. If it is not `from` any more, the unit runs again.
    pub fn resend_invitation(&self, company: CompanyId, id: InvitationId, from: InvitationState, at: i64) {
        self.guard(
            "UPDATE invitation SET state = 'pending', sent_at = ? WHERE company_id = ? AND id = ? AND state = ?",
            values![at, company, id, from],
            1,
        );
    }
}
