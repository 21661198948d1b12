//! How a connection reads.

use rollcall_directory::Connection;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Map, Value, json};

use crate::app::connections::Brake;
use crate::cli::Failure;
use crate::cli::beside::Beside;
use crate::cli::output::Output;

/// As in the answers of the administration, but for URLs: those are the server's to know.
pub(super) async fn line(beside: &Beside, connection: &Connection) -> Result<Map<String, Value>, Failure> {
    let Connection { record, organizations, domains } = connection;
    let team = match record.default_team {
        Some(team) => beside.directory.read().team(record.company, team).await?.map(|team| team.name),
        None => None,
    };
    let default = organizations.iter().find(|served| served.id == record.default_organization);
    let domains: Vec<&str> = domains.iter().map(|domain| domain.name.as_str()).collect();
    let served: Vec<&str> = organizations.iter().map(|served| served.name.as_str()).collect();
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| line.insert(name.to_owned(), value);
    put("id", json!(record.id));
    put("name", json!(record.name));
    put("protocol", json!(record.protocol));
    put("mode", json!(record.policy.mode()));
    put("domains", json!(domains));
    put("organizations", json!(served));
    put("default_organization", json!(default.map(|served| &served.name)));
    put("default_team", json!(team));
    if let Value::Object(policy) = json!(record.policy) {
        line.extend(policy);
    }
    line.extend(json_defaults());
    line.extend(record.details.clone());
    line.insert("created_at".to_owned(), json!(to_rfc3339(record.created_at)));
    line.insert("updated_at".to_owned(), json!(to_rfc3339(record.updated_at)));
    Ok(line)
}

/// What stands where nothing was set.
fn json_defaults() -> Map<String, Value> {
    let defaults = [
        ("strict", json!(false)),
        ("tolerances", json!({})),
        ("protected_accounts", json!([])),
        ("brake", json!(Brake::default())),
    ];
    defaults.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn cells(connection: &Connection, company: &str) -> Vec<String> {
    let Connection { record, domains, .. } = connection;
    let domains: Vec<&str> = domains.iter().map(|domain| domain.name.as_str()).collect();
    vec![
        record.name.clone(),
        company.to_owned(),
        record.protocol.to_string(),
        record.policy.mode().to_string(),
        domains.join(", "),
        record.id.to_string(),
    ]
}

/// Says all of a connection.
pub(super) async fn say(beside: &Beside, connection: &Connection, output: &mut Output) -> Result<(), Failure> {
    let line = line(beside, connection).await?;
    output.say(&line, || {
        let told = line.iter().map(|(name, value)| format!("{name:<22}  {}", text(value)));
        told.collect::<Vec<String>>().join("\n")
    });
    Ok(())
}

/// Texts without quotes, lists with commas, the rest as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<String>>().join(", "),
        Value::Null => "-".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
