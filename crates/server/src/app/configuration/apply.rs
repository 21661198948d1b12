//! Carrying out what a file asks for: through the use cases that administrators use, and plans where a policy changes.

use std::collections::BTreeMap;

use rollcall_directory::{Company, Connection, Organization};
use rollcall_policy::plan::Summary;
use rollcall_scim::etag::Preconditions;
use rollcall_scim::fold::fold;
use serde_json::{Value, json};

use super::check::settings;
use super::difference::{Difference, Reading, Step};
use super::{Entity, Given, Key, Kind};
use crate::app::connections::create::NewConnection;
use crate::app::connections::placement::Wanted;
use crate::app::connections::policy::PolicyChange;
use crate::app::connections::{Settings, change, create, delete};
use crate::app::domains::auto_provisioning;
use crate::app::domains::name::DomainName;
use crate::app::domains::{DomainError, add, remove, trust};
use crate::app::plans::{self, Applied, Wish};
use crate::app::{Doer, Nullable, Refusal, companies, organizations, teams};
use crate::state::Parts;

/// What changes only through a plan.
const PLANNED: &[&str] = &[
    "jit",
    "scim",
    "group_mapping",
    "domains",
    "organizations",
    "default_organization",
    "default_team",
    "enforce_sso",
    "strict",
];

/// Where carrying out stopped. What was done before stays.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct Stopped {
    /// At what.
    pub key: Key,
    /// Why.
    pub problem: String,
}

/// A change of policy that is waiting to be made, and whom it hits.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The connection.
    pub key: Key,
    /// Absent where it can be judged only once other steps were made.
    pub summary: Option<Summary>,
}

/// Judges each change of policy of connections that are there, without changing or storing anything.
pub async fn foresee(app: &Parts, doer: Doer<'_>, found: &Difference) -> Result<Vec<Foreseen>, Stopped> {
    let added: Vec<&Key> = found.steps.iter().filter(|step| matches!(step, Step::Add(_))).map(Step::key).collect();
    let mut all = Vec::new();
    for (key, values) in changes_of_connections(found) {
        if !PLANNED.iter().any(|name| values.values.contains_key(*name)) {
            continue;
        }
        let new = |name: &String| added.iter().any(|one| one.company == key.company && one.name == *name);
        let mut names = [values.texts("domains"), values.texts("organizations")].concat();
        names.extend(values.text("default_organization").map(str::to_owned));
        // What the change needs may be made by other steps of the same file.
        let waits = values.value("default_team").is_some() || names.iter().any(new) || trusted(found, &key.company);
        let summary = if waits { None } else { Some(judged(app, doer, &key, &values).await?) };
        all.push(Foreseen { key, summary });
    }
    Ok(all)
}

fn trusted(found: &Difference, company: &str) -> bool {
    found
        .steps
        .iter()
        .any(|step| matches!(step, Step::Change { key, name, .. } if key.company == company && name == "state"))
}

async fn judged(app: &Parts, doer: Doer<'_>, key: &Key, values: &Entity) -> Result<Summary, Stopped> {
    let stop = |refusal: Refusal| stopped(key, refusal);
    let (_, connection) = find(app, key).await.map_err(stop)?;
    match policies(values, &connection).first() {
        Some(change) => plans::foresee(app, Wish { doer, connection: &connection, change }).await.map_err(stop),
        None => Ok(Summary::default()),
    }
}

/// Makes every step, in the order in which they need each other; `told` hears of each that was made.
pub async fn apply(
    app: &Parts,
    doer: Doer<'_>,
    found: &Difference,
    reading: Reading,
    told: &mut (dyn FnMut(String) + Send),
) -> Result<(), Stopped> {
    for kind in [Kind::Company, Kind::Organization, Kind::Domain, Kind::Connection] {
        for step in &found.steps {
            if let Step::Add(entity) = step
                && entity.key.kind == kind
            {
                make(app, doer, entity, reading).await.map_err(|refusal| stopped(&entity.key, refusal))?;
                told(format!("made {}", entity.key));
            }
        }
        for (key, values) in changes_of(found, kind) {
            let changed = change_one(app, doer, &values, reading).await;
            changed.map_err(|refusal| stopped(&key, refusal))?;
            told(format!("changed {key}"));
        }
    }
    // Domains join people to organizations once connections have them.
    for step in &found.steps {
        match step {
            Step::Add(entity) if entity.key.kind == Kind::Domain => {
                joining(app, doer, entity).await.map_err(|refusal| stopped(&entity.key, refusal))?;
            }
            Step::Add(_) | Step::Change { .. } => {}
            Step::Remove(key) => {
                end(app, doer, key).await.map_err(|refusal| stopped(key, refusal))?;
                told(format!("removed {key}"));
            }
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn stopped(key: &Key, refusal: Refusal) -> Stopped {
    Stopped { key: key.clone(), problem: refusal.to_string() }
}

/// Changed values of each connection.
fn changes_of_connections(found: &Difference) -> Vec<(Key, Entity)> {
    changes_of(found, Kind::Connection)
}

fn changes_of(found: &Difference, kind: Kind) -> Vec<(Key, Entity)> {
    let mut all: BTreeMap<Key, Entity> = BTreeMap::new();
    for step in &found.steps {
        if let Step::Change { key, name, to, line, .. } = step
            && key.kind == kind
        {
            let empty = || Entity { key: key.clone(), line: *line, values: BTreeMap::new() };
            let given = Given { line: *line, value: to.clone() };
            all.entry(key.clone()).or_insert_with(empty).values.insert(name.clone(), given);
        }
    }
    all.into_iter().collect()
}

async fn company(app: &Parts, key: &Key) -> Result<Company, Refusal> {
    app.directory.read().company_by_name(&key.company).await?.ok_or(Refusal::NotFound("company"))
}

async fn organization(app: &Parts, key: &Key) -> Result<Organization, Refusal> {
    let company = company(app, key).await?;
    let found = app.directory.read().organization_by_name(&key.name).await?;
    found.filter(|found| found.company == company.id).ok_or(Refusal::NotFound("organization"))
}

async fn find(app: &Parts, key: &Key) -> Result<(Company, Connection), Refusal> {
    let company = company(app, key).await?;
    let reader = app.directory.read();
    let record = reader.connection_by_name(company.id, &key.name).await?.ok_or(Refusal::NotFound("connection"))?;
    let connection = reader.connection(company.id, record.id).await?.ok_or(Refusal::NotFound("connection"))?;
    Ok((company, connection))
}

fn domain_name(key: &Key) -> Result<DomainName, Refusal> {
    key.name.parse().map_err(|error: crate::app::domains::name::NameError| Refusal::Invalid(error.to_string()))
}

fn of_domain(error: DomainError) -> Refusal {
    if let DomainError::Directory(error) = error { error.into() } else { Refusal::Invalid(error.to_string()) }
}

fn seats(value: Option<&Value>) -> Nullable<u64> {
    match value {
        None => Nullable::Absent,
        Some(value) => value.as_u64().map_or(Nullable::Null, Nullable::Value),
    }
}

fn text(entity: &Entity, name: &str) -> Option<String> {
    entity.text(name).map(str::to_owned)
}

async fn make(app: &Parts, doer: Doer<'_>, entity: &Entity, reading: Reading) -> Result<(), Refusal> {
    let directory = &app.directory;
    match entity.key.kind {
        Kind::Company => companies::create(directory, doer, &entity.key.name).await.map(drop),
        Kind::Organization => {
            let company = company(app, &entity.key).await?;
            let new = organizations::NewOrganization {
                name: entity.key.name.clone(),
                display_name: text(entity, "display_name"),
                seats: seats(entity.value("seats")).over(None),
            };
            let made = organizations::create(directory, doer, company.id, new).await?;
            make_teams(app, doer, &made, &entity.texts("teams")).await
        }
        Kind::Domain => {
            let company = company(app, &entity.key).await?;
            let name = domain_name(&entity.key)?;
            if reading.trust_domains && entity.text("state") == Some("verified") {
                trust::trust(directory, company.id, &name, doer).await.map(drop).map_err(of_domain)
            } else {
                add::add(directory, company.id, &name, doer).await.map(drop).map_err(of_domain)
            }
        }
        Kind::Connection => make_connection(app, doer, entity).await,
    }
}

async fn make_connection(app: &Parts, doer: Doer<'_>, entity: &Entity) -> Result<(), Refusal> {
    let company = company(app, &entity.key).await?;
    let protocol = entity.text("protocol").and_then(rollcall_policy::Protocol::from_code);
    let new = NewConnection {
        protocol: protocol.ok_or(Refusal::NotFound("protocol"))?,
        settings: settings(entity)?,
        wanted: Wanted {
            domains: entity.texts("domains"),
            organizations: entity.texts("organizations"),
            default_organization: text(entity, "default_organization"),
            default_team: text(entity, "default_team"),
        },
        jit: None,
        scim: None,
        group_mapping: entity.value("group_mapping").and_then(Value::as_bool),
    };
    create::create(&app.directory, doer, company.id, &new).await?;
    let mut rest = entity.clone();
    // All but the authority is as wanted; JIT is on and SCIM off so far.
    rest.values.retain(|name, given| {
        (name == "jit" && given.value == json!(false)) || (name == "scim" && given.value == json!(true))
    });
    plan(app, doer, &rest).await
}

async fn make_teams(app: &Parts, doer: Doer<'_>, organization: &Organization, names: &[String]) -> Result<(), Refusal> {
    for name in names {
        teams::create(&app.directory, doer, organization, name).await?;
    }
    Ok(())
}

async fn change_one(app: &Parts, doer: Doer<'_>, values: &Entity, reading: Reading) -> Result<(), Refusal> {
    match values.key.kind {
        Kind::Company => Ok(()),
        Kind::Organization => change_organization(app, doer, values, reading).await,
        Kind::Domain => {
            if values.text("state") == Some("verified") {
                let company = company(app, &values.key).await?;
                let name = domain_name(&values.key)?;
                trust::trust(&app.directory, company.id, &name, doer).await.map_err(of_domain)?;
            }
            joining(app, doer, values).await
        }
        Kind::Connection => {
            let (_, connection) = find(app, &values.key).await?;
            let scope =
                rollcall_directory::Scope { company: connection.record.company, connection: connection.record.id };
            // Those of the protocol are read over what is stored; the rest says nothing where it is absent.
            // `strict` goes with the policy.
            let settings = Settings { name: None, strict: None, ..settings(values)? };
            plan(app, doer, values).await?;
            change::change(&app.directory, doer, scope, &Preconditions::none(), &settings).await
        }
    }
}

async fn change_organization(app: &Parts, doer: Doer<'_>, values: &Entity, reading: Reading) -> Result<(), Refusal> {
    let found = organization(app, &values.key).await?;
    if values.value("display_name").is_some() || values.value("seats").is_some() {
        let display_name = text(values, "display_name");
        let change = organizations::OrganizationChange { display_name, seats: seats(values.value("seats")) };
        organizations::change(&app.directory, doer, (found.company, found.id), change).await?;
    }
    if values.value("teams").is_none() {
        return Ok(());
    }
    let wanted = values.texts("teams");
    let reader = app.directory.read();
    let mut missing = Vec::new();
    for name in &wanted {
        if reader.team_by_name(found.company, found.id, &fold(name)).await?.is_none() {
            missing.push(name.clone());
        }
    }
    make_teams(app, doer, &found, &missing).await?;
    if !reading.prune {
        return Ok(());
    }
    let wanted: Vec<String> = wanted.iter().map(|name| fold(name)).collect();
    let mut after = String::new();
    loop {
        let page = reader.teams(found.company, found.id, &after, 500).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.name_folded);
        for team in page.iter().filter(|team| !wanted.contains(&team.name_folded)) {
            teams::delete(&app.directory, doer, &found, &team.name).await?;
        }
    }
}

/// Who joins by the domain of their address.
async fn joining(app: &Parts, doer: Doer<'_>, values: &Entity) -> Result<(), Refusal> {
    let (on, target) = (values.value("auto_provisioning").and_then(Value::as_bool), values.text("organization"));
    let company = company(app, &values.key).await?;
    let name = domain_name(&values.key)?;
    let stored = app.directory.read().domain(company.id, name.as_str()).await?.ok_or(Refusal::NotFound("domain"))?;
    let on = on.unwrap_or(stored.auto_provisioning);
    if on == stored.auto_provisioning && target.is_none() {
        return Ok(());
    }
    let wanted = auto_provisioning::Wanted { on, organization: target };
    auto_provisioning::set(&app.directory, company.id, &name, (&Preconditions::none(), wanted), doer)
        .await
        .map(drop)
        .map_err(of_domain)
}

/// Makes the changes that only plans make, one after another.
async fn plan(app: &Parts, doer: Doer<'_>, values: &Entity) -> Result<(), Refusal> {
    let (_, connection) = find(app, &values.key).await?;
    for change in policies(values, &connection) {
        let (_, connection) = find(app, &values.key).await?;
        let plan = plans::make(app, Wish { doer, connection: &connection, change: &change }, |_, _| ()).await?;
        match plans::apply(app, doer, &connection, plan).await? {
            Applied::Done(_) => {}
            Applied::Stale(_) | Applied::Expired => return Err(Refusal::Moved),
        }
    }
    Ok(())
}

/// The changes of policy. Both doors are closed one after the other: N-5 lets nobody do it in one step.
fn policies(values: &Entity, connection: &Connection) -> Vec<PolicyChange> {
    let switch = |name: &str| values.value(name).and_then(Value::as_bool);
    let list = |name: &str| values.value(name).map(|_| values.texts(name));
    let default_team = match values.value("default_team") {
        None => Nullable::Absent,
        Some(_) => text(values, "default_team").map_or(Nullable::Null, Nullable::Value),
    };
    let change = PolicyChange {
        jit: switch("jit"),
        scim: switch("scim"),
        group_mapping: switch("group_mapping"),
        domains: list("domains"),
        organizations: list("organizations"),
        default_organization: text(values, "default_organization"),
        default_team,
        enforce_sso: switch("enforce_sso"),
        strict: switch("strict"),
    };
    if change == PolicyChange::default() {
        return Vec::new();
    }
    let stored = &connection.record.policy;
    let scim = change.scim.unwrap_or(stored.scim);
    if stored.jit && change.jit == Some(false) && !scim {
        let first = PolicyChange { scim: Some(true), ..change };
        return vec![first, PolicyChange { scim: Some(false), ..PolicyChange::default() }];
    }
    vec![change]
}

async fn end(app: &Parts, doer: Doer<'_>, key: &Key) -> Result<(), Refusal> {
    match key.kind {
        Kind::Company | Kind::Organization => Ok(()),
        Kind::Domain => {
            let company = company(app, key).await?;
            let (name, seen) = (domain_name(key)?, Preconditions::none());
            remove::remove(&app.directory, company.id, &name, &seen, doer).await.map_err(of_domain)
        }
        Kind::Connection => {
            let (_, connection) = find(app, key).await?;
            let scope =
                rollcall_directory::Scope { company: connection.record.company, connection: connection.record.id };
            delete::delete(&app.directory, doer, scope, &Preconditions::none()).await
        }
    }
}
