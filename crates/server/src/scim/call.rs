//! One SCIM request: who calls, through which connection, and what the headers and the query ask for.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use rollcall_directory::DirectoryUser;
use rollcall_scim::etag::Preconditions;
use rollcall_scim::filter;
use rollcall_scim::list::{ListLimits, parse_query, single};
use rollcall_scim::projection::Projection;
use rollcall_scim::{ScimError, Tolerance, Tolerances};

use super::{BASE, ScimCaller, ScimRejection};
use crate::app::Provider;
use crate::journal::Noted;
use crate::metrics::Metrics;
use crate::state::AppState;

/// One authenticated SCIM request, without its body.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) state: AppState,
    pub(super) provider: Provider,
    tolerances: Reported,
    noted: Noted,
    pub(super) parameters: Vec<(String, String)>,
    headers: HeaderMap,
}

impl Call {
    /// Which deviations the connection accepts.
    pub(super) fn tolerances(&self) -> &Tolerances {
        &self.tolerances.switches
    }

    /// What SCIM URLs in answers begin with.
    pub(super) fn base_url(&self) -> &str {
        &self.provider.base_url
    }

    /// Tells the journal whom the request is about.
    pub(super) fn concerns(&self, user: &DirectoryUser) {
        self.noted.person(user.into());
    }

    /// How much a list may ask for.
    pub(super) fn list_limits(&self) -> ListLimits {
        let limits = &self.state.config.scim;
        ListLimits {
            default_count: limits.default_page,
            max_count: limits.max_results,
            filter: filter::Limits::default(),
        }
    }

    /// `If-Match` and `If-None-Match`.
    pub(super) fn preconditions(&self) -> Result<Preconditions, ScimError> {
        Preconditions::parse(
            self.header(&header::IF_MATCH)?.as_deref(),
            self.header(&header::IF_NONE_MATCH)?.as_deref(),
        )
    }

    /// `attributes` and `excludedAttributes` (F-30).
    pub(super) fn projection(&self) -> Result<Projection, ScimError> {
        let parameter = |name| single(&self.parameters, name, self.tolerances());
        Projection::from_parameters(parameter("attributes")?, parameter("excludedAttributes")?, self.tolerances())
    }

    /// All lines of one header as one value, as RFC 9110 §5.3 lets them be.
    fn header(&self, name: &HeaderName) -> Result<Option<String>, ScimError> {
        let lines: Result<Vec<&str>, _> = self.headers.get_all(name).iter().map(|line| line.to_str()).collect();
        let lines = lines.map_err(|_| ScimError::invalid_value(format!("the header `{name}` is no plain text")))?;
        Ok((!lines.is_empty()).then(|| lines.join(", ")))
    }
}

impl FromRequestParts<AppState> for Call {
    type Rejection = ScimRejection;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ScimRejection> {
        let caller = ScimCaller::from_request_parts(parts, state).await?;
        let noted = parts.extensions.get::<Noted>().cloned().unwrap_or_default();
        let (switches, metrics) = (caller.tolerances(), state.metrics.clone());
        let tolerances = Reported { switches, metrics, noted: noted.clone() };
        let provider = Provider::new(caller.connection, caller.token, state.base_url.join(BASE));
        if parts.extensions.get::<LowerCase>().is_some() && !tolerances.switches.allow(Tolerance::EndpointCase) {
            let detail = "there is nothing at this path; endpoints are written `/Users` and `/Groups`";
            return Err(ScimError::status_only(404, detail).into());
        }
        let parameters = parse_query(parts.uri.query().unwrap_or_default())?;
        Ok(Self { state: state.clone(), provider, tolerances, noted, parameters, headers: parts.headers.clone() })
    }
}

/// The switches of one request; what was used of them is counted when the request is over.
#[derive(Debug)]
struct Reported {
    switches: Tolerances,
    metrics: Metrics,
    noted: Noted,
}

impl Drop for Reported {
    fn drop(&mut self) {
        let used = self.switches.used();
        if !used.is_empty() {
            let names: Vec<&str> = used.iter().map(|tolerance| tolerance.as_str()).collect();
            tracing::debug!(tolerances = names.join(","), "Accepted deviations of the client");
            self.metrics.tolerances(&used);
            self.noted.tolerances(used);
        }
    }
}

/// The endpoint was written in lower case.
#[derive(Clone, Copy, Debug)]
struct LowerCase;

/// Layer around the lower-case routes.
pub(super) async fn note_lower_case(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(LowerCase);
    next.run(request).await
}
