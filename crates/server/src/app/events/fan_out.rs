//! From the outbox to whoever is told: each event is handed on once, in one unit with all that it becomes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rollcall_directory::{Delivery, DeliveryState, DirectoryError, Event, Unit, Webhook};
use rollcall_policy::CompanyId;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::Value;

use crate::app::letters;
use crate::state::Parts;

/// Events of one unit.
const BATCH: u64 = 200;
/// Units of one turn: webhooks wait for its end.
const UNITS: usize = 10;
/// Recipients of letters after whom a unit takes no further event: each costs statements, and a unit of SQLite holds up all
/// who write.
const RECIPIENTS: usize = 100;
/// Webhooks of a company that are looked at; it cannot have more ([`crate::app::webhooks::MOST`]).
const WEBHOOKS: u64 = 100;

/// Hands on events that wait, as many as one turn may, and answers whether more may wait. Any number of instances may do so
/// at once: an event is marked in the unit that makes its deliveries, so it becomes each of them once.
///
/// Webhooks get deliveries, owners get letters: the unit holds the event, is stored whole or not at all, and asks nobody
/// outside. Sending is somebody else's job, by what the rows say.
pub async fn fan_out(app: &Parts, now: i64) -> Result<bool, DirectoryError> {
    for _ in 0..UNITS {
        if app.directory.read().pending_events(None, 1).await?.is_empty() {
            return Ok(false);
        }
        if app.directory.write(|unit| async move { hand_on(app, &unit, now).await }).await? == 0 {
            // Another instance has them.
            return Ok(false);
        }
    }
    Ok(true)
}

async fn hand_on(app: &Parts, unit: &Unit, now: i64) -> Result<usize, DirectoryError> {
    let mut events = unit.take_pending_events(BATCH).await?;
    let (mut taken, mut recipients) = (0, 0);
    for event in &events {
        recipients += letters::of_event(app, unit, event).await?;
        taken += 1;
        if recipients >= RECIPIENTS {
            break;
        }
    }
    events.truncate(taken);
    unit.insert_deliveries(&to_webhooks(unit, &events, now).await?);
    unit.mark_all_delivered(&events, now);
    Ok(events.len())
}

/// What goes to the webhooks that listen.
async fn to_webhooks(unit: &Unit, events: &[Event], now: i64) -> Result<Vec<Delivery>, DirectoryError> {
    let mut webhooks: BTreeMap<CompanyId, Vec<Webhook>> = BTreeMap::new();
    let mut deliveries = Vec::new();
    for event in events {
        let Some(company) = event.company else { continue };
        let all = match webhooks.entry(company) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(unit.webhooks(company, None, WEBHOOKS).await?),
        };
        let listening = all.iter().filter(|webhook| listens(webhook, &event.kind));
        deliveries.extend(listening.map(|webhook| delivery(webhook, event, now)));
    }
    Ok(deliveries)
}

fn listens(webhook: &Webhook, kind: &str) -> bool {
    webhook.disabled.is_none() && (webhook.kinds.is_empty() || webhook.kinds.iter().any(|wanted| wanted == kind))
}

/// An event on its way to a webhook, due at once.
pub(in crate::app) fn delivery(webhook: &Webhook, event: &Event, now: i64) -> Delivery {
    Delivery {
        company: webhook.company,
        webhook: webhook.id,
        id: event.id,
        at: event.at,
        kind: event.kind.clone(),
        subject: event.subject.clone(),
        body: body(event),
        state: DeliveryState::Pending,
        attempts: 0,
        next_at: Some(now),
        tried_at: None,
        status: None,
        problem: None,
    }
}

/// What receivers read. The data is JSON text already.
fn body(event: &Event) -> String {
    let (kind, timestamp) = (Value::from(event.kind.as_str()), Value::from(to_rfc3339(event.at)));
    format!("{{\"type\":{kind},\"timestamp\":{timestamp},\"data\":{}}}", event.payload)
}
