//! The configuration as it is stored.

use rollcall_directory::{Company, Connection, ConnectionRecord, DirectoryError, Reader};
use serde_json::{Value, json};

use super::{Entity, Given, Key, Kind, keys};
use crate::app::connections::Brake;

/// Entities of one query.
const PAGE: u64 = 500;

/// Everything, of one company or of all: each company with what belongs to it, by name.
pub async fn read(reader: &Reader, only: Option<&str>) -> Result<Vec<Entity>, DirectoryError> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = reader.companies(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after.clone_from(&last.name);
        for company in page.iter().filter(|company| only.is_none_or(|only| only == company.name)) {
            all.push(entity(Kind::Company, company, &company.name, Value::Null));
            organizations(reader, company, &mut all).await?;
            domains(reader, company, &mut all).await?;
            connections(reader, company, &mut all).await?;
        }
    }
}

fn entity(kind: Kind, company: &Company, name: &str, values: Value) -> Entity {
    let key = Key { kind, company: company.name.clone(), name: name.to_owned() };
    let values = match values {
        Value::Object(values) => values,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => serde_json::Map::new(),
    };
    let given = |value: Value| Given { line: 0, value };
    let values = keys::specs(kind).iter().filter_map(|spec| {
        let value = values.get(spec.name).filter(|value| !value.is_null())?;
        // What an earlier version stored in another form is shown as it is.
        let value = keys::normal(spec.form, value).unwrap_or_else(|_| value.clone());
        Some((spec.name.to_owned(), given(value)))
    });
    Entity { key, line: 0, values: values.collect() }
}

async fn organizations(reader: &Reader, company: &Company, all: &mut Vec<Entity>) -> Result<(), DirectoryError> {
    let mut after = String::new();
    loop {
        let page = reader.organizations(company.id, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.name);
        for organization in page {
            let mut teams: Vec<String> = Vec::new();
            let mut after = String::new();
            loop {
                let some = reader.teams(company.id, organization.id, &after, PAGE).await?;
                let Some(last) = some.last() else { break };
                after.clone_from(&last.name_folded);
                teams.extend(some.into_iter().map(|team| team.name));
            }
            let seats = organization.seats.map_or_else(|| json!("unlimited"), Value::from);
            let values = json!({"display_name": organization.display_name, "seats": seats, "teams": teams});
            all.push(entity(Kind::Organization, company, &organization.name, values));
        }
    }
}

async fn domains(reader: &Reader, company: &Company, all: &mut Vec<Entity>) -> Result<(), DirectoryError> {
    let mut after = String::new();
    loop {
        let page = reader.domains(company.id, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.name);
        for domain in page {
            let organization = match domain.organization {
                Some(id) => reader.organization(company.id, id).await?.map(|found| found.name),
                None => None,
            };
            let values = json!({
                "state": domain.state.code(),
                "auto_provisioning": domain.auto_provisioning,
                "organization": organization.unwrap_or_default(),
            });
            all.push(entity(Kind::Domain, company, &domain.name, values));
        }
    }
}

async fn connections(reader: &Reader, company: &Company, all: &mut Vec<Entity>) -> Result<(), DirectoryError> {
    let mut after = String::new();
    loop {
        let page = reader.connections(company.id, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.name);
        for record in page {
            let Some(connection) = reader.connection(company.id, record.id).await? else { continue };
            let team = match connection.record.default_team {
                Some(team) => reader.team(company.id, team).await?.map(|team| team.name),
                None => None,
            };
            let values = values(&connection, &team.unwrap_or_default());
            all.push(entity(Kind::Connection, company, &connection.record.name, values));
        }
    }
}

/// Only what is named here is ever written to a file: whatever else stands with a connection may be a secret.
fn values(connection: &Connection, default_team: &str) -> Value {
    let ConnectionRecord { policy, details, protocol, default_organization, .. } = &connection.record;
    let detail = |name: &str| details.get(name).cloned();
    let served = &connection.organizations;
    let default = served.iter().find(|served| served.id == *default_organization);
    json!({
        "protocol": protocol.code(),
        "jit": policy.jit,
        "scim": policy.scim,
        "group_mapping": policy.group_mapping,
        "domains": connection.domains.iter().map(|domain| &domain.name).collect::<Vec<_>>(),
        "organizations": served.iter().map(|served| &served.name).collect::<Vec<_>>(),
        "default_organization": default.map(|served| &served.name),
        "default_team": default_team,
        "enforce_sso": policy.enforce_sso,
        "freeze_name": policy.freeze_name,
        "on_new_subject": policy.on_new_subject.code(),
        "create_denied_accounts": policy.create_denied_accounts,
        "unverified_domains": policy.unverified_domains.code(),
        "strict": detail("strict").unwrap_or(Value::Bool(false)),
        "journal": detail("journal").unwrap_or_else(|| Value::from("")),
        "protected_accounts": detail("protected_accounts").unwrap_or_else(|| json!([])),
        "tolerances": detail("tolerances").unwrap_or_else(|| json!({})),
        "brake": detail("brake").unwrap_or_else(|| json!(Brake::default())),
        "oidc": detail("oidc"),
        "saml": detail("saml"),
    })
}
