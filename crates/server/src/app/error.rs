//! The two kinds of failure, never mixed: the client's, which is shown, and ours, which is logged.

use rollcall_directory::DirectoryError;
use rollcall_scim::ScimError;

/// Why a use case did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The request cannot be fulfilled as it is.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The same, because an organization is full; its owners hear of that ([`super::events::tell_if_full`]).
    #[error("{refusal}")]
    NoSeat {
        /// The organization's name.
        organization: String,
        /// What the client reads.
        refusal: ScimError,
    },
    /// The directory could not read or write.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}
