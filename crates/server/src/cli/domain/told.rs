//! What the command says of domains.

use rollcall_directory::{Account, Domain, DomainState};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::json;

use crate::app::domains::seen::Seen;
use crate::app::domains::{Attached, audit};
use crate::cli::output::Output;
use crate::cli::table::Table;

/// Of the list.
pub(super) const COLUMNS: [&str; 5] = ["NAME", "STATE", "CONNECTIONS", "EXPECTS", "LAST FOUND"];

pub(super) fn added(domain: &Domain, output: &mut Output) {
    let line = json!({
        "name": domain.name, "state": domain.state.code(), "txt_name": domain.name, "txt_value": domain.txt_value,
    });
    output.say(&line, || {
        format!(
            "{0} waits for its record. Have this published, then it is verified by itself (or `rollcall domain verify \
             {0}`):\n  {0}. TXT \"{1}\"",
            domain.name, domain.txt_value
        )
    });
}

pub(super) fn verified(attached: &Attached, output: &mut Output) {
    let connections: Vec<&str> = attached.connections.iter().map(|connection| connection.name.as_str()).collect();
    let name = &attached.domain.name;
    output.say(&json!({"name": name, "state": attached.domain.state.code(), "connections": connections}), || {
        match connections.as_slice() {
            [] => format!("{name} is verified. No connection has it yet."),
            connections => format!("{name} is verified, for {}.", connections.join(", ")),
        }
    });
}

pub(super) fn listed(seen: &Seen, table: &mut Table<'_>) {
    let Seen { domain, connections, organization, checks } = seen;
    let line = json!({
        "name": domain.name,
        "state": domain.state.code(),
        "txt_value": domain.txt_value,
        "verified_at": domain.verified_at.map(to_rfc3339),
        "auto_provisioning": domain.auto_provisioning,
        "organization": organization,
        "connections": connections,
        "checked_at": checks.checked_at.map(to_rfc3339),
        "found": checks.found,
        "next_check_at": checks.next_at.map(to_rfc3339),
    });
    table.row(&line, || {
        let (state, expects) = match domain.state {
            DomainState::Verified if domain.auto_provisioning => ("verified, auto-provisioning", String::new()),
            DomainState::Verified => ("verified", String::new()),
            DomainState::Pending => ("pending", domain.txt_value.clone()),
        };
        let found = checks.found.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![domain.name.clone(), state.to_owned(), connections.join(", "), expects, found]
    });
}

/// The line with the names of the columns; JSON lines need none.
pub(super) fn audit_begins(output: &mut Output) {
    if !output.is_json() {
        output.say(&(), || audit::CSV_HEADER.trim_end().to_owned());
    }
}

pub(super) fn audited(accounts: &[Account], output: &mut Output) {
    for account in accounts {
        let line = json!({
            "id": account.id, "email": account.email, "username": account.username, "full_name": account.full_name,
        });
        output.say(&line, || audit::csv(std::slice::from_ref(account)).trim_end().to_owned());
    }
}
