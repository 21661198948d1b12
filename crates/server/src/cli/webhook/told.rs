//! What the command says of webhooks and deliveries.

use rollcall_directory::{Delivery, Webhook};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::json;

use crate::cli::output::Output;
use crate::cli::table::Table;

/// Columns of the list of webhooks.
pub(super) const WEBHOOKS: [&str; 4] = ["WEBHOOK", "URL", "STATE", "EVENTS"];
/// Columns of the list of deliveries.
pub(super) const DELIVERIES: [&str; 6] = ["DELIVERY", "EVENT", "STATE", "ATTEMPTS", "NEXT", "PROBLEM"];

pub(super) fn added(webhook: &Webhook, output: &mut Output) {
    let line = json!({"id": webhook.id, "url": webhook.url, "events": events(webhook), "secret": webhook.secret});
    output.say(&line, || {
        format!(
            "Events go to {} from now on (webhook {}). Give the receiver this secret, it is not shown again:\n  {}",
            webhook.url, webhook.id, webhook.secret
        )
    });
}

pub(super) fn listed(webhook: &Webhook, table: &mut Table<'_>) {
    let line = json!({
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "events": events(webhook),
        "enabled": webhook.disabled.is_none(),
        "disabled_because": webhook.disabled.map(|(_, because)| because.code()),
        "created_at": to_rfc3339(webhook.created_at),
    });
    table.row(&line, || {
        let state = webhook.disabled.map_or_else(|| "on".to_owned(), |(_, because)| format!("off: {}", because.code()));
        let kinds = events(webhook).map_or_else(|| "all".to_owned(), |kinds| kinds.join(" "));
        vec![webhook.id.to_string(), webhook.url.clone(), state, kinds]
    });
}

pub(super) fn delivery(delivery: &Delivery, table: &mut Table<'_>) {
    let line = json!({
        "id": delivery.id,
        "type": delivery.kind,
        "timestamp": to_rfc3339(delivery.at),
        "state": delivery.state.code(),
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_at.map(to_rfc3339),
        "last_attempt_at": delivery.tried_at.map(to_rfc3339),
        "last_status": delivery.status,
        "last_error": delivery.problem,
    });
    table.row(&line, || {
        vec![
            delivery.id.to_string(),
            delivery.kind.clone(),
            delivery.state.code().to_owned(),
            delivery.attempts.to_string(),
            delivery.next_at.map(to_rfc3339).unwrap_or_default(),
            delivery.problem.clone().unwrap_or_default(),
        ]
    });
}

/// `None`: all of them.
fn events(webhook: &Webhook) -> Option<&[String]> {
    Some(webhook.kinds.as_slice()).filter(|kinds| !kinds.is_empty())
}
