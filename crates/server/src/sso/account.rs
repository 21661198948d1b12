//! Evidence of type `account`: the product signs somebody in without SSO, by password for instance.

use rollcall_policy::{Folded, TokenId};
use rollcall_scim::fold::fold;
use serde::Deserialize;
use utoipa::ToSchema;

use super::refused::Refused;
use crate::app::account_sign_in::AccountEvidence;
use crate::app::address;

/// What the product says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountEvidence)]
pub(super) struct Account {
    email: String,
    email_verified: bool,
}

/// Reads it. It is trusted: whoever holds the product's key speaks for the product.
pub(super) fn check(given: &Account, token: TokenId) -> Result<AccountEvidence, Refused> {
    let email = Folded::new(&given.email, fold);
    if !address::is_address(&email.text) {
        return Err(Refused::Malformed(format!("`email` must be {}", address::EXPECTED)));
    }
    Ok(AccountEvidence { token, email, email_verified: given.email_verified })
}
