//! Invitations that wait for whoever has an address now (RC-10).
//!
//! One by address waits for whoever has that address, be they whoever they are. One by username waits for one account, under
//! whatever address that has now, and never for the next holder of an address that the account once had.

use super::SentInvitation;
use super::sent_invitation::record;
use crate::bind::values;
use crate::{DirectoryError, Reader};
use rollcall_policy::CompanyId;

/// Of one by username the address is the account's of now. `$scope` is asked before the address in both halves.
macro_rules! select {
    ($scope:literal) => {
        concat!(
            "SELECT i.company_id, i.id, i.organization_id, i.email, i.email_folded, i.team_id, i.role, i.state, \
             i.created_at, i.username, i.account_id, COALESCE(i.sent_at, i.created_at) AS sent FROM invitation i WHERE ",
            $scope,
            "i.email_folded = ? AND i.username IS NULL AND i.state = 'pending' UNION ALL \
             SELECT i.company_id, i.id, i.organization_id, i.email, a.email_folded, i.team_id, i.role, i.state, \
             i.created_at, i.username, i.account_id, COALESCE(i.sent_at, i.created_at) AS sent \
             FROM account a JOIN invitation i ON i.account_id = a.id WHERE ",
            $scope,
            "a.email_folded = ? AND i.state = 'pending' ORDER BY id"
        )
    };
}

impl Reader {
    /// The pending invitations, in a company, of whoever has a folded address, oldest first. Those by username say in
    /// `account` whose they are.
    pub async fn pending_invitations(
        &self,
        company: CompanyId,
        email_folded: &str,
    ) -> Result<Vec<SentInvitation>, DirectoryError> {
        let sql = select!("i.company_id = ? AND ");
        self.query_as(sql, values![company, email_folded, company, email_folded], record).await
    }

    /// The same in all companies: for a sign-in without SSO.
    pub async fn pending_invitations_anywhere(
        &self,
        email_folded: &str,
    ) -> Result<Vec<SentInvitation>, DirectoryError> {
        self.query_as(select!(""), values![email_folded, email_folded], record).await
    }
}
