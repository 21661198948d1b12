//! How commands speak of what several of them show.

use rollcall_directory::Account;
use serde_json::{Value, json};

/// Somebody, as in the answers of the administration.
pub(super) fn person(account: &Account) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "full_name": account.full_name,
    })
}

/// `yes` or `no`, for a column.
pub(super) fn yes(whether: bool) -> String {
    if whether { "yes" } else { "no" }.to_owned()
}
