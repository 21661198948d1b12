//! Why nothing was done about a domain.

use rollcall_directory::DirectoryError;

use super::name::{DomainName, NameError};
use super::verify::Unproven;

/// Each sentence says what was wrong, and what to do instead. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    /// The name is none of a mail domain.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The company has it already.
    #[error("the company has the domain `{0}` already; its record is the one that was shown when it was added")]
    Exists(DomainName),
    /// Too many are not proven.
    #[error("{0} domains of the company wait for their record; verify or remove some before adding more")]
    TooMany(u64),
    /// The company does not have it.
    #[error("the company has no domain `{0}`; add it first")]
    Unknown(DomainName),
    /// It was removed, or removed and added again, while the name server was asked.
    #[error("the domain `{0}` was changed meanwhile; look at its record and verify it again")]
    Moved(DomainName),
    /// It is another than the caller has seen.
    #[error("the domain was changed by somebody else since you read it; read it again, and then decide")]
    Seen,
    /// The record is not there, or could not be looked up.
    #[error(transparent)]
    Unproven(#[from] Unproven),
    /// Another company was faster. Told only to those who have proven the domain, or who run the server (P/D-7).
    #[error(
        "the record is there, but another company has the domain `{0}` verified already; whoever runs this server can \
         move it with `rollcall domain transfer {0} --to COMPANY`"
    )]
    Taken(DomainName),
    /// P/A-1.
    #[error(
        "the domain `{0}` is not verified; people join by their address only in verified domains, so verify it first"
    )]
    NotVerified(DomainName),
    /// P/A-10.
    #[error("the company has no organization `{0}`; name one of its own")]
    NoOrganization(String),
    /// P/A-10, P4-30.
    #[error("the company has several organizations; say with `organization` which of them people of this domain join")]
    WhichOrganization,
    /// P4-28.
    #[error("the domain `{name}` is attached to {}; take it off there first", .connections.join(", "))]
    Attached {
        /// Which domain.
        name: DomainName,
        /// Names of the connections.
        connections: Vec<String>,
    },
    /// The database.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}
