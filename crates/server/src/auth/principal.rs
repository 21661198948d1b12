//! Who calls outside of SCIM: a product's sign-in, or an administrator.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use rollcall_directory::{Connection, TokenKind};
use rollcall_policy::{CompanyId, OrganizationId, TokenId};

use super::Denied;
use crate::edge::Problem;
use crate::state::AppState;

/// Who asks about a sign-in.
#[derive(Clone, Debug)]
pub enum SignInCaller {
    /// Somebody with a connection's sign-in key: evidence of that connection only.
    Connection {
        /// The key.
        token: TokenId,
        /// Whose evidence it may bring.
        connection: Arc<Connection>,
    },
    /// The product itself, with its own key.
    Product {
        /// The key.
        token: TokenId,
    },
}

impl FromRequestParts<AppState> for SignInCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let authenticator = &state.authenticator;
        let token = authenticator.token(parts).await?;
        match (token.kind, token.company.zip(token.connection)) {
            (TokenKind::Product, _) => Ok(Self::Product { token: token.id }),
            (TokenKind::SignIn, Some((company, connection))) => {
                match authenticator.connection(company, connection).await? {
                    Some(connection) => Ok(Self::Connection { token: token.id, connection }),
                    None => Err(authenticator.refuse(Denied::Invalid, parts).into()),
                }
            }
            (TokenKind::SignIn | TokenKind::Scim | TokenKind::Admin, _) => {
                Err(authenticator.refuse(Denied::Insufficient("sign_in"), parts).into())
            }
        }
    }
}

/// An administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminCaller {
    /// The token.
    pub token: TokenId,
    /// What it may do.
    pub role: AdminRole,
    /// When it ends, in UTC microseconds, if it ever does.
    pub expires_at: Option<i64>,
}

/// What an administrator may do. Stored as one word, with what it is limited to in the token's company and behind a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminRole {
    /// Everything.
    Operator,
    /// Everything of one company.
    CompanyOwner(CompanyId),
    /// Everything of one organization.
    OrganizationOwner(CompanyId, OrganizationId),
    /// Reads everything, or all of one company, and changes nothing.
    Auditor(Option<CompanyId>),
}

impl AdminRole {
    /// From the columns of a token; `None` for words that this version does not know.
    pub fn from_columns(role: &str, company: Option<CompanyId>) -> Option<Self> {
        match (role, role.strip_prefix("organization_owner:"), company) {
            ("operator", _, None) => Some(Self::Operator),
            ("company_owner", _, Some(company)) => Some(Self::CompanyOwner(company)),
            ("auditor", _, company) => Some(Self::Auditor(company)),
            (_, Some(organization), Some(company)) => {
                Some(Self::OrganizationOwner(company, organization.parse().ok()?))
            }
            _ => None,
        }
    }

    /// The column `role`.
    pub fn word(&self) -> String {
        match self {
            Self::Operator => "operator".to_owned(),
            Self::CompanyOwner(_) => "company_owner".to_owned(),
            Self::OrganizationOwner(_, organization) => format!("organization_owner:{organization}"),
            Self::Auditor(_) => "auditor".to_owned(),
        }
    }

    /// The column `company_id`.
    pub const fn company(&self) -> Option<CompanyId> {
        match self {
            Self::Operator => None,
            Self::CompanyOwner(company) | Self::OrganizationOwner(company, _) => Some(*company),
            Self::Auditor(company) => *company,
        }
    }
}

impl FromRequestParts<AppState> for AdminCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = state.authenticator.token(parts).await?;
        let role = token.role.as_deref().and_then(|role| AdminRole::from_columns(role, token.company));
        match (token.kind, role) {
            (TokenKind::Admin, Some(role)) => Ok(Self { token: token.id, role, expires_at: token.expires_at }),
            (TokenKind::Admin | TokenKind::Scim | TokenKind::SignIn | TokenKind::Product, _) => {
                Err(state.authenticator.refuse(Denied::Insufficient("admin"), parts).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_survives_the_way_through_its_columns() {
        let (company, organization) = (CompanyId::from_u128(1), OrganizationId::from_u128(2));
        for role in [
            AdminRole::Operator,
            AdminRole::CompanyOwner(company),
            AdminRole::OrganizationOwner(company, organization),
            AdminRole::Auditor(None),
            AdminRole::Auditor(Some(company)),
        ] {
            assert_eq!(AdminRole::from_columns(&role.word(), role.company()), Some(role));
        }
        // An operator's token that names a company, or an owner's that names none, opens nothing.
        assert_eq!(AdminRole::from_columns("operator", Some(company)), None);
        assert_eq!(AdminRole::from_columns("company_owner", None), None);
        assert_eq!(AdminRole::from_columns("emperor", None), None);
    }
}
