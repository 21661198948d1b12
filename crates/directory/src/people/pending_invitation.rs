//! Invitations that wait for whoever has an address now (RC-10).
//!
//! One by address waits for whoever has that address, be they whoever they are. One by username waits for one account, under
//! whatever address that has now, and never for the next holder of an address that the account once had.

use super::SentInvitation;
use super::sent_invitation::record;
use crate::bind::{Bind, values};
use crate::foreseen;
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::CompanyId;
use std::collections::BTreeMap;

/// Of one by username the address is the account's of now. `$scope` is asked before the address in both halves.
macro_rules! select {
    ($scope:literal) => {
        select!($scope, "= ?")
    };
    ($scope:literal, $address:literal) => {
        concat!(
            "SELECT i.company_id, i.id, i.organization_id, i.email, i.email_folded, i.team_id, i.role, i.state, \
             i.created_at, i.username, i.account_id, COALESCE(i.sent_at, i.created_at) AS sent FROM invitation i WHERE ",
            $scope,
            "i.email_folded ",
            $address,
            " AND i.username IS NULL AND i.state = 'pending' UNION ALL \
             SELECT i.company_id, i.id, i.organization_id, i.email, a.email_folded, i.team_id, i.role, i.state, \
             i.created_at, i.username, i.account_id, COALESCE(i.sent_at, i.created_at) AS sent \
             FROM account a JOIN invitation i ON i.account_id = a.id WHERE ",
            $scope,
            "a.email_folded ",
            $address,
            " AND i.state = 'pending' ORDER BY id"
        )
    };
}

const IN_COMPANY: &str = select!("i.company_id = ? AND ");

/// Reads ahead what [`Reader::pending_invitations`] will be asked for each folded address.
pub(crate) async fn foresee(unit: &Unit, company: CompanyId, emails: &[&str]) -> Result<(), DirectoryError> {
    for chunk in batches(emails) {
        let places = repeated("?", chunk.len());
        let sql = format!(select!("i.company_id = ? AND ", "IN ({places})"), places = places);
        let half = || values![company].into_iter().chain(chunk.iter().map(|email| email.bind()));
        let mut own: BTreeMap<String, Vec<Row>> = chunk.iter().map(|email| ((*email).to_owned(), Vec::new())).collect();
        for row in unit.query(sql, half().chain(half()).collect()).await? {
            own.entry(row.get("email_folded")?).or_default().push(row);
        }
        for (email, rows) in own {
            let question = foreseen::question(
                &IN_COMPANY.into(),
                &[company.bind(), (&email).bind(), company.bind(), (&email).bind()],
            );
            unit.foreseen().keep(question, rows);
        }
    }
    Ok(())
}

impl Reader {
    /// The pending invitations, in a company, of whoever has a folded address, oldest first. Those by username say in
    /// `account` whose they are.
    pub async fn pending_invitations(
        &self,
        company: CompanyId,
        email_folded: &str,
    ) -> Result<Vec<SentInvitation>, DirectoryError> {
        self.query_as(IN_COMPANY, values![company, email_folded, company, email_folded], record).await
    }

    /// The same in all companies: for a sign-in without SSO.
    pub async fn pending_invitations_anywhere(
        &self,
        email_folded: &str,
    ) -> Result<Vec<SentInvitation>, DirectoryError> {
        self.query_as(select!(""), values![email_folded, email_folded], record).await
    }
}
