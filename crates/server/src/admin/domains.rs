//! `/companies/{company}/domains` and `/domains/{domain}`.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::{Domain, DomainState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Created, Instant, Tagged};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, delete, get, patch, post};
use super::{BASE, place};
use crate::app::domains::auto_provisioning::{self, Wanted};
use crate::app::domains::seen::{self, Seen};
use crate::app::domains::{Attached, DomainError, add, remove, verify, version};
use crate::dns::Dns;
use crate::edge::{Failure, Problem};

pub(super) fn routes() -> Vec<Route> {
    let list_and_create = [
        get("/companies/{company}/domains", list)
            .says(Who::Company, "A company's domains by name.")
            .lists::<DomainBody>(),
        post("/companies/{company}/domains", create)
            .says(Who::Company, "Claims a domain: pending until its TXT record is found.")
            .takes::<NewDomain>()
            .creates::<DomainBody>()
            .refuses(409, "taken", "the company has it already")
            .refuses(409, "too_many", "the company has as many domains as it may"),
    ];
    let named = [
        get("/domains/{domain}", one).says(Who::Company, "One domain.").gives::<DomainBody>().versioned(),
        patch("/domains/{domain}", change)
            .says(Who::Company, "Turns auto-provisioning on or off.")
            .takes::<ChangedDomain>()
            .gives::<DomainBody>()
            .versioned()
            .ruled(),
        delete("/domains/{domain}", give_up)
            .says(Who::Company, "Gives a domain up.")
            .gives_nothing()
            .versioned()
            .ruled(),
        post("/domains/{domain}/verify", look_up)
            .says(Who::Company, "Looks the TXT record up now.")
            .gives::<DomainBody>()
            .versioned()
            .refuses(409, "domain_not_proven", "the record is not there")
            .refuses(409, "moved", "it was changed or removed meanwhile")
            .ruled(),
    ];
    let named = named.map(|route| route.query("company", "Whose, if several companies have the domain."));
    about("Domains", list_and_create.into_iter().chain(named))
}

/// A domain to be claimed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDomain {
    name: String,
}

/// Whether people of a verified domain join by themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DomainChange)]
struct ChangedDomain {
    auto_provisioning: bool,
    /// Name of the organization that they join; needed if the company has several.
    organization: Option<String>,
}

/// A domain of addresses that a company has, or says that it has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Domain)]
struct DomainBody {
    name: String,
    /// `pending` or `verified`.
    state: &'static str,
    /// Where the TXT record goes: exactly the domain itself (P/D-3).
    txt_name: String,
    txt_value: String,
    created_at: Instant,
    verified_at: Option<Instant>,
    auto_provisioning: bool,
    /// Name of the organization that people of the domain join.
    organization: Option<String>,
    /// Names of the connections that have it; while there is one, it decides, and nobody is auto-provisioned (P4-6).
    connections: Vec<String>,
    /// The last look-up that Rollcall made by itself.
    last_check: Option<Check>,
    /// The next one; `null` when none is to come.
    next_check_at: Option<Instant>,
}

/// A look-up of the record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DomainCheck)]
struct Check {
    at: Instant,
    /// `no_record`, `other_records`, `no_such_name`, `server_failure`, `timeout`, `unreachable` or `taken`.
    found: Option<String>,
}

impl From<Seen> for DomainBody {
    fn from(seen: Seen) -> Self {
        let Seen { domain, connections, organization, checks } = seen;
        Self {
            state: domain.state.code(),
            txt_name: domain.name.clone(),
            name: domain.name,
            txt_value: domain.txt_value,
            created_at: Instant(domain.created_at),
            verified_at: domain.verified_at.map(Instant),
            auto_provisioning: domain.auto_provisioning,
            organization,
            connections,
            last_check: checks.checked_at.map(|at| Check { at: Instant(at), found: checks.found }),
            next_check_at: checks.next_at.filter(|_| domain.state == DomainState::Pending).map(Instant),
        }
    }
}

/// A company's domains by name.
async fn list(call: Call, InPath(company): InPath<String>) -> Result<Json<Items<DomainBody>>, Problem> {
    let company = place::company(&call, &company, Access::Read).await?;
    let page = call.page(&[])?;
    let directory = &call.state.directory;
    let rows = directory.read().domains(company.id, page.after_name(), page.fetch()).await?;
    let rows = seen::complete(directory, company.id, rows).await?;
    Ok(Json(page.items(rows, |seen| seen.domain.name.clone(), DomainBody::from)))
}

/// A new domain, pending (P/D-1).
async fn create(call: Call, InPath(company): InPath<String>, body: Body) -> Result<Created<DomainBody>, Problem> {
    let company = place::company(&call, &company, Access::Change).await?;
    let NewDomain { name } = body.read()?;
    let name = name.parse().map_err(DomainError::Name)?;
    let domain = add::add(&call.state.directory, company.id, &name, call.doer()).await?;
    Ok(Created { location: format!("{BASE}/domains/{name}"), body: shown(&call, domain).await? })
}

/// One domain.
async fn one(call: Call, InPath(name): InPath<String>) -> Result<Tagged<Json<DomainBody>>, Problem> {
    let (_, domain) = place::domain(&call, &name, Access::Read).await?;
    tagged(&call, domain).await
}

/// Auto-provisioning on or off (P/A-1, P/A-10).
async fn change(call: Call, InPath(name): InPath<String>, body: Body) -> Result<Tagged<Json<DomainBody>>, Problem> {
    let (name, domain) = place::domain(&call, &name, Access::Change).await?;
    let ChangedDomain { auto_provisioning, organization } = body.read()?;
    let wanted = Wanted { on: auto_provisioning, organization: organization.as_deref() };
    let (directory, seen) = (&call.state.directory, call.seen()?);
    let changed = auto_provisioning::set(directory, domain.company, &name, (&seen, wanted), call.doer()).await?;
    held(&call, changed).await
}

/// Looks the record up now (P/D-2).
async fn look_up(call: Call, InPath(name): InPath<String>) -> Result<Tagged<Json<DomainBody>>, Problem> {
    let (name, domain) = place::domain(&call, &name, Access::Change).await?;
    let dns = Dns::new(&call.state.config.dns);
    let verified = verify::verify(&call.state.directory, &dns, domain.company, &name, call.doer()).await?;
    held(&call, verified).await
}

/// Gives the domain up (P/D-8).
async fn give_up(call: Call, InPath(name): InPath<String>) -> Result<StatusCode, Problem> {
    let (name, domain) = place::domain(&call, &name, Access::Change).await?;
    remove::remove(&call.state.directory, domain.company, &name, &call.seen()?, call.doer()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was changed holds on this instance at once.
async fn held(call: &Call, changed: Attached) -> Result<Tagged<Json<DomainBody>>, Problem> {
    changed.connections.iter().for_each(|connection| call.state.authenticator.forget_connection(connection.id));
    tagged(call, changed.domain).await
}

async fn tagged(call: &Call, domain: Domain) -> Result<Tagged<Json<DomainBody>>, Problem> {
    let version = version(&domain);
    Ok(Tagged { version, body: Json(shown(call, domain).await?) })
}

async fn shown(call: &Call, domain: Domain) -> Result<DomainBody, Problem> {
    let name = domain.name.clone();
    let seen = seen::complete(&call.state.directory, domain.company, vec![domain]).await?;
    let gone = || Failure::new(StatusCode::NOT_FOUND, "not_found", format!("there is no domain `{name}` any more"));
    Ok(seen.into_iter().next().ok_or_else(gone)?.into())
}
