//! Reading ahead for sign-ins that are judged one after another in the same unit: a few statements for hundreds of people.

use crate::people::{membership, pending_invitation, person};
use crate::scim::traces;
use crate::{DirectoryError, Scope, Unit};

/// Somebody who would sign in through a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// Their folded address.
    pub email: &'a str,
    /// What the provider calls them.
    pub subject: &'a str,
}

impl Unit {
    /// Reads ahead what judging these sign-ins will ask, and keeps all further answers, until something is written. Nobody
    /// is locked: this is for units that are dropped.
    pub async fn foresee(&self, scope: Scope, arrivals: &[Arrival<'_>]) -> Result<(), DirectoryError> {
        self.flush().await?;
        self.foreseen().begin();
        if arrivals.is_empty() {
            return Ok(());
        }
        let emails: Vec<&str> = arrivals.iter().map(|arrival| arrival.email).collect();
        let accounts = person::foresee(self, scope, arrivals).await?;
        let accounts: Vec<_> = accounts.into_iter().collect();
        membership::foresee(self, scope, &accounts).await?;
        pending_invitation::foresee(self, scope.company, &emails).await?;
        traces::ahead::foresee(self, scope, &emails, &accounts).await
    }
}
