//! Finds the account that an operator means.

use rollcall_directory::{Account, Directory};
use rollcall_policy::AccountId;
use rollcall_scim::fold::fold;

use crate::cli::Failure;

/// By id, address or username.
pub(in crate::cli) async fn find(directory: &Directory, wanted: &str) -> Result<Account, Failure> {
    let reader = directory.read();
    let wanted = wanted.trim();
    let found = if let Ok(id) = wanted.parse::<AccountId>() {
        reader.account(id).await?
    } else if wanted.contains('@') {
        reader.account_by_email(&fold(wanted)).await?
    } else {
        reader.account_by_username(&fold(wanted)).await?
    };
    let missing = || format!("there is no account `{wanted}`; give an address, a username or an id, or make one first");
    found.ok_or_else(|| Failure::failed(missing()))
}
