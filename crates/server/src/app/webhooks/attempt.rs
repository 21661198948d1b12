//! Sends what is due to webhooks, and notes what came of it. Sent at least once: whoever dies between sending and noting
//! leaves the delivery to another try, with the same `webhook-id`.

use std::time::Duration;

use rollcall_directory::{Delivery, DeliveryState, Directory, DirectoryError, Unit, Webhook};
use tokio::task::JoinSet;

use super::backoff;
use super::secret::signatures;
use crate::app::events::{Data, Kind, Teller};
use crate::clock::SECOND;
use crate::outbound::{Bounds, OutboundError, Posted};
use crate::state::AppState;

/// Deliveries to one webhook at a time.
pub const AT_ONCE: u64 = 8;
/// Time for one exchange.
const PATIENCE: Duration = Duration::from_secs(15);
/// Bytes of an answer's body; nobody reads it.
const ANSWER: usize = 64 * 1024;
/// How long an instance has a webhook to itself: longer than any exchange takes. If it dies, another one goes on then.
const LEASE: i64 = 60 * SECOND;
/// How long a webhook rests to which nothing got through.
const REST: i64 = 2 * SECOND;

/// Takes webhooks with something to send for this instance, those that waited longest, at most `limit`.
pub async fn take(directory: &Directory, now: i64, limit: u64) -> Result<Vec<Webhook>, DirectoryError> {
    if limit == 0 || !directory.read().has_due_webhooks(now).await? {
        return Ok(Vec::new());
    }
    let until = now.saturating_add(LEASE);
    directory.write(|unit| async move { unit.take_due_webhooks(now, until, limit).await }).await
}

/// Sends what is due to one webhook, a few at a time, and lets others take it. One that hangs holds up nobody else.
pub async fn serve(state: AppState, webhook: Webhook) -> Result<(), DirectoryError> {
    let due = state.directory.read().due_deliveries(&webhook, state.clock.now(), AT_ONCE).await?;
    let mut running = JoinSet::new();
    for delivery in due {
        running.spawn(send(state.clone(), webhook.clone(), delivery));
    }
    let mut got_through = false;
    while let Some(sent) = running.join_next().await {
        match sent {
            Ok(sent) => got_through |= sent?,
            Err(error) => tracing::error!(%error, "a delivery did not end as it should"),
        }
    }
    let rest = if got_through { 0 } else { REST };
    let (webhook, free_at) = (&webhook, state.clock.now().saturating_add(rest));
    state
        .directory
        .write(|unit| async move {
            unit.free_webhook(webhook, free_at);
            Ok(())
        })
        .await
}

/// Sends one delivery and notes the outcome; whether it arrived.
async fn send(state: AppState, webhook: Webhook, delivery: Delivery) -> Result<bool, DirectoryError> {
    let (id, sent_at) = (delivery.id.to_string(), state.clock.now());
    let seconds = sent_at.div_euclid(SECOND);
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.clone()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures(&webhook, &id, seconds, &delivery.body, sent_at)),
    ];
    let bounds = Bounds { time: PATIENCE, bytes: ANSWER };
    let answer = state.outbound.post(&webhook.url, &headers, delivery.body.clone(), bounds).await;
    let dice = state.ids.numbers(1).first().copied().unwrap_or(0);
    let outcome = Outcome::of(&answer, delivery.attempts.saturating_add(1), state.clock.now(), dice);
    note(&state, &webhook, &delivery, &outcome).await?;
    Ok(outcome.state == DeliveryState::Delivered)
}

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    state: DeliveryState,
    next_at: Option<i64>,
    at: i64,
    status: Option<u16>,
    problem: Option<String>,
}

impl Outcome {
    /// 2xx is delivered; everything else, a redirect too, failed. 410 says that there is no receiver any more.
    fn of(answer: &Result<Posted, OutboundError>, attempts: u64, at: i64, dice: u32) -> Self {
        let (status, problem, asked) = match answer {
            Ok(Posted { status: status @ 200..=299, .. }) => {
                let state = DeliveryState::Delivered;
                return Self { state, next_at: None, at, status: Some(*status), problem: None };
            }
            Ok(Posted { status, retry_after }) => (Some(*status), refused(*status), retry_after.as_deref()),
            Err(error) => (None, error.to_string(), None),
        };
        let next_at = if status == Some(410) { None } else { backoff::next(attempts, at, asked, dice) };
        let state = if next_at.is_some() { DeliveryState::Pending } else { DeliveryState::Dead };
        Self { state, next_at, at, status, problem: Some(problem) }
    }
}

fn refused(status: u16) -> String {
    match status {
        300..=399 => format!("the receiver answered with status {status}; redirects are not followed"),
        410 => "the receiver answered with status 410: it is gone, so the webhook was turned off".to_owned(),
        status => format!("the receiver answered with status {status}, not 2xx"),
    }
}

async fn note(
    state: &AppState,
    webhook: &Webhook,
    delivery: &Delivery,
    outcome: &Outcome,
) -> Result<(), DirectoryError> {
    let after = &Delivery {
        state: outcome.state,
        attempts: delivery.attempts.saturating_add(1),
        next_at: outcome.next_at,
        tried_at: Some(outcome.at),
        status: outcome.status.map(i64::from),
        problem: outcome.problem.clone(),
        ..delivery.clone()
    };
    state
        .directory
        .write(|unit| async move {
            unit.note_delivery(after, delivery.attempts);
            match outcome.next_at {
                Some(next_at) => unit.put_off_behind(after, next_at),
                None => unit.let_go_behind(after, outcome.at),
            }
            if outcome.status == Some(410) {
                turn_off(state, &unit, webhook, outcome.at).await?;
            }
            Ok(())
        })
        .await
}

async fn turn_off(state: &AppState, unit: &Unit, webhook: &Webhook, now: i64) -> Result<(), DirectoryError> {
    if unit.disable_gone_webhook(webhook, now).await? {
        tracing::warn!(webhook = %webhook.id, "a receiver of webhooks is gone; the webhook is off");
        let data = Data { webhook: Some(webhook.id), url: Some(webhook.url.clone()), ..Data::default() };
        let teller = Teller { unit, ids: &state.ids, now, company: webhook.company };
        teller.tell(Kind::WebhookDisabled, webhook.id, data.because("gone"));
    }
    Ok(())
}
