//! One authenticated request of an administrator, without its body.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use rollcall_policy::{CompanyId, OrganizationId};
use rollcall_scim::etag::Preconditions;
use rollcall_scim::list::parse_query;

use super::body::NULL_CHARACTER;
use super::page::Page;
use super::permission::{Access, Over, Verdict, judge};
use crate::app::{Doer, Refusal};
use crate::auth::{AdminCaller, AdminRole};
use crate::edge::{Failure, Patience, Problem};
use crate::state::AppState;

/// Who asks, and what the query says.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) state: AppState,
    pub(super) role: AdminRole,
    /// When the caller's token ends, in UTC microseconds, if it ever does.
    pub(super) expires_at: Option<i64>,
    /// As it stands in the log: `token:<id>`.
    actor: String,
    parameters: Vec<(String, String)>,
    headers: HeaderMap,
    patience: Patience,
}

impl Call {
    /// 403 where the role may not, 404 where the caller must not know that there is such a `what`.
    pub(super) fn may(&self, access: Access, over: Over, what: &'static str) -> Result<(), Problem> {
        match judge(self.role, access, over) {
            Verdict::Granted => Ok(()),
            Verdict::Forbidden => {
                let detail = format!("the role `{}` may not do this; ask whoever is above it", role_word(self.role));
                Err(Failure::new(StatusCode::FORBIDDEN, "forbidden", detail).into())
            }
            Verdict::Hidden => Err(Refusal::NotFound(what).into()),
        }
    }

    /// Who changes something, for use cases.
    pub(super) fn doer(&self) -> Doer<'_> {
        Doer { actor: &self.actor, ids: &self.state.ids, now: self.state.clock.now() }
    }

    /// The company, and perhaps the organization, to which the caller is limited.
    pub(super) fn own(&self) -> Option<(CompanyId, Option<OrganizationId>)> {
        match self.role {
            AdminRole::Operator | AdminRole::Auditor(None) => None,
            AdminRole::CompanyOwner(company) | AdminRole::Auditor(Some(company)) => Some((company, None)),
            AdminRole::OrganizationOwner(company, organization) => Some((company, Some(organization))),
        }
    }

    /// Which versions the caller has seen: `If-Match`, `If-None-Match`.
    pub(super) fn seen(&self) -> Result<Preconditions, Problem> {
        let header = |name: HeaderName| {
            let lines: Result<Vec<&str>, _> = self.headers.get_all(&name).iter().map(|line| line.to_str()).collect();
            let lines = lines.map_err(|_| Failure::malformed(format!("the header `{name}` is no plain text")))?;
            Ok::<_, Failure>((!lines.is_empty()).then(|| lines.join(", ")))
        };
        let (if_match, if_none_match) = (header(header::IF_MATCH)?, header(header::IF_NONE_MATCH)?);
        Preconditions::parse(if_match.as_deref(), if_none_match.as_deref())
            .map_err(|error| Failure::malformed(error.detail()).into())
    }

    /// Which page of a list is wanted. `further` are the other parameters that this list knows; any others are refused,
    /// since a misspelt filter must not show everything.
    pub(super) fn page(&self, further: &[&str]) -> Result<Page, Problem> {
        self.refuse_parameters_but(|name| matches!(name, "limit" | "cursor") || further.contains(&name))?;
        Page::of(self.parameter("limit")?, self.parameter("cursor")?)
    }

    /// What is read by its id takes no parameters: a filter there would promise something that it does not do.
    pub(super) fn refuse_parameters(&self) -> Result<(), Problem> {
        self.refuse_parameters_but(|_| false)
    }

    fn refuse_parameters_but(&self, known: impl Fn(&str) -> bool) -> Result<(), Problem> {
        match self.parameters.iter().find(|(name, _)| !known(name)) {
            Some((name, _)) => Err(Failure::malformed(format!("there is no query parameter `{name}` here")).into()),
            None => Ok(()),
        }
    }

    /// Whether the answer is to be a table (CSV): `?format=csv`, else where `Accept` names that before JSON. There are no other
    /// parameters then.
    pub(super) fn wants_table(&self) -> Result<bool, Problem> {
        self.refuse_parameters_but(|name| name == "format")?;
        match self.parameter("format")? {
            Some("csv") => Ok(true),
            Some("json") => Ok(false),
            Some(_) => Err(Failure::malformed("`format` is `json` or `csv`").into()),
            None => {
                let lines = self.headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
                let mut types =
                    lines.flat_map(|line| line.split(',')).map(|range| range.split(';').next().unwrap_or(range).trim());
                Ok(types.find(|name| ["text/csv", "application/json"].contains(name)) == Some("text/csv"))
            }
        }
    }

    /// The request may take so long, since it looks at a whole company.
    pub(super) fn may_take(&self, time: std::time::Duration) {
        self.patience.lengthen(time);
    }

    /// A query parameter, given once at most.
    pub(super) fn parameter(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.parameters.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Failure::malformed(format!("the query names `{name}` more than once")).into()),
            (value, None) => Ok(value),
        }
    }
}

/// The role without what it is limited to.
pub(super) fn role_word(role: AdminRole) -> &'static str {
    match role {
        AdminRole::Operator => "operator",
        AdminRole::CompanyOwner(_) => "company_owner",
        AdminRole::OrganizationOwner(..) => "organization_owner",
        AdminRole::Auditor(_) => "auditor",
    }
}

impl FromRequestParts<AppState> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let AdminCaller { token, role, expires_at } = AdminCaller::from_request_parts(parts, state).await?;
        let parameters =
            parse_query(parts.uri.query().unwrap_or_default()).map_err(|error| Failure::malformed(error.detail()))?;
        if parameters.iter().any(|(_, value)| value.contains('\0')) {
            return Err(Failure::malformed(NULL_CHARACTER).into());
        }
        Ok(Self {
            state: state.clone(),
            role,
            expires_at,
            actor: format!("token:{token}"),
            parameters,
            patience: parts.extensions.get::<Patience>().cloned().unwrap_or_default(),
            headers: parts.headers.clone(),
        })
    }
}
