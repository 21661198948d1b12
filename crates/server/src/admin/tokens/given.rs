//! What a body may say of a new token, and whose it becomes.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::answer::Instant;
use crate::admin::body::instant;
use crate::admin::call::Call;
use crate::admin::permission::{Access, Over};
use crate::admin::place;
use crate::app::Refusal;
use crate::auth::AdminRole;
use crate::edge::Problem;

/// A token of a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewConnectionToken)]
pub(super) struct ForConnection {
    pub(super) kind: ConnectionKind,
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<Instant>)]
    pub(super) expires_at: Option<i64>,
}

/// What it opens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConnectionTokenKind)]
pub(super) enum ConnectionKind {
    Scim,
    SignIn,
}

/// A token of the product or of an administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(super) struct ForOthers {
    pub(super) kind: OtherKind,
    pub(super) role: Option<RoleWord>,
    pub(super) company: Option<String>,
    pub(super) organization: Option<String>,
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<Instant>)]
    pub(super) expires_at: Option<i64>,
}

/// What it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenKind)]
pub(super) enum OtherKind {
    Admin,
    Product,
}

/// What an administrator may do, before it is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AdministratorRole)]
pub(super) enum RoleWord {
    Operator,
    CompanyOwner,
    OrganizationOwner,
    Auditor,
}

/// The role of a new administrator, once it is known that the caller may give it.
pub(super) async fn role(call: &Call, given: &ForOthers) -> Result<AdminRole, Problem> {
    let (company, organization) = (given.company.as_deref(), given.organization.as_deref());
    let wrong = |expected: &str| Problem::from(Refusal::Invalid(format!("a token of an {expected}")));
    match (given.role, company, organization) {
        (None, ..) => Err(wrong("administrator needs a `role`")),
        (Some(RoleWord::Operator), None, None) => {
            call.may(Access::Change, Over::Installation, "token")?;
            Ok(AdminRole::Operator)
        }
        (Some(RoleWord::Auditor), None, None) => {
            call.may(Access::Change, Over::Installation, "token")?;
            Ok(AdminRole::Auditor(None))
        }
        (Some(RoleWord::Auditor), Some(name), None) => {
            Ok(AdminRole::Auditor(Some(place::company(call, name, Access::Change).await?.id)))
        }
        (Some(RoleWord::CompanyOwner), Some(name), None) => {
            Ok(AdminRole::CompanyOwner(place::company(call, name, Access::Change).await?.id))
        }
        (Some(RoleWord::OrganizationOwner), company, Some(name)) => {
            let found = place::organization(call, name, Access::Change).await?;
            let reader = call.state.directory.read();
            let named = reader.company(found.company).await?.map(|company| company.name);
            if company.is_some_and(|company| Some(company) != named.as_deref()) {
                return Err(Refusal::NotFound("organization").into());
            }
            Ok(AdminRole::OrganizationOwner(found.company, found.id))
        }
        (Some(RoleWord::Operator), ..) => Err(wrong("operator has neither `company` nor `organization`")),
        (Some(RoleWord::Auditor), ..) => Err(wrong("auditor has a `company` at most, and no `organization`")),
        (Some(RoleWord::CompanyOwner), ..) => {
            Err(wrong("owner of a company names the `company`, and no `organization`"))
        }
        (Some(RoleWord::OrganizationOwner), ..) => Err(wrong("owner of an organization names the `organization`")),
    }
}
