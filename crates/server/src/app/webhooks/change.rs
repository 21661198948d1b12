//! Webhooks come into being, change and go.

use rollcall_directory::{Directory, DisabledBecause, Unit, Webhook};
use rollcall_policy::{CompanyId, WebhookId};
use serde_json::json;

use super::{MOST, secret};
use crate::app::events::Kind;
use crate::app::{Doer, Nullable, Refusal, names};
use crate::clock::DAY;
use crate::outbound::Outbound;

/// Bytes of a URL.
const LONGEST_URL: usize = 2_048;
/// How long the secret before a fresh one signs, too, in microseconds.
const OLD_SECRET_SIGNS: i64 = DAY;

/// What a new webhook is to be.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// The receiver.
    pub url: String,
    /// Kinds of events; `None` is all of them, those of later versions too.
    pub events: Option<Vec<String>>,
    /// For people.
    pub description: Option<String>,
}

/// What is to be changed; absent stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// The receiver.
    pub url: Option<String>,
    /// Kinds of events; null is all of them.
    pub events: Nullable<Vec<String>>,
    /// For people.
    pub description: Option<String>,
    /// Whether anything is sent. What waits is sent once it is on again.
    pub enabled: Option<bool>,
}

/// Makes a webhook with a fresh secret.
pub async fn create(
    directory: &Directory,
    outbound: &Outbound,
    doer: Doer<'_>,
    company: CompanyId,
    new: NewWebhook,
) -> Result<Webhook, Refusal> {
    let webhook = &Webhook {
        company,
        id: doer.id(),
        url: url(outbound, &new.url)?,
        description: new.description.map_or_else(|| Ok(String::new()), |text| description(&text))?,
        kinds: kinds(new.events)?,
        secret: secret::fresh(doer.ids),
        old_secret: None,
        disabled: None,
        created_at: doer.now,
        updated_at: doer.now,
    };
    let entry = &doer.entry("webhook_created", Some(company), subject(webhook.id), &json!({"url": webhook.url}));
    directory
        .write(|unit| async move {
            // Counted with nobody else at it.
            unit.lock_company(company).await?;
            if unit.webhook_count(company).await? >= MOST {
                let detail = format!("a company has at most {MOST} webhooks; remove one first");
                return Err(Refusal::Taken(detail));
            }
            unit.insert_webhook(webhook);
            unit.insert_activity(entry);
            Ok(webhook.clone())
        })
        .await
}

/// Changes a webhook.
pub async fn change(
    directory: &Directory,
    outbound: &Outbound,
    doer: Doer<'_>,
    (company, id): (CompanyId, WebhookId),
    change: WebhookChange,
) -> Result<Webhook, Refusal> {
    let url = change.url.as_deref().map(|text| url(outbound, text)).transpose()?;
    let description = change.description.as_deref().map(description).transpose()?;
    let events = if change.events.is_absent() { None } else { Some(kinds(change.events.over(None))?) };
    let names = json!({
        "url": url, "events": events, "description": description.is_some(), "enabled": change.enabled,
    });
    let entry = &doer.entry("webhook_changed", Some(company), subject(id), &names);
    let (url, description, events) = (&url, &description, &events);
    directory
        .write(|unit| async move {
            let before = find(&unit, company, id).await?;
            let mut after = before.clone();
            after.url = url.clone().unwrap_or(after.url);
            after.description = description.clone().unwrap_or(after.description);
            after.kinds = events.clone().unwrap_or(after.kinds);
            after.disabled = match change.enabled {
                Some(true) => None,
                Some(false) => before.disabled.or(Some((doer.now, DisabledBecause::Administrator))),
                None => before.disabled,
            };
            if after != before {
                store(&unit, &mut after, &before, doer.now);
                unit.insert_activity(entry);
            }
            Ok(after)
        })
        .await
}

/// Gives a webhook a fresh secret; the one before signs, too, for a day, so that receivers can follow.
pub async fn rotate(
    directory: &Directory,
    doer: Doer<'_>,
    (company, id): (CompanyId, WebhookId),
) -> Result<Webhook, Refusal> {
    let fresh = &secret::fresh(doer.ids);
    let entry = &doer.entry("webhook_secret_rotated", Some(company), subject(id), &json!({}));
    directory
        .write(|unit| async move {
            let before = find(&unit, company, id).await?;
            let old_secret = Some((before.secret.clone(), doer.now.saturating_add(OLD_SECRET_SIGNS)));
            let mut after = Webhook { secret: fresh.clone(), old_secret, ..before.clone() };
            store(&unit, &mut after, &before, doer.now);
            unit.insert_activity(entry);
            Ok(after)
        })
        .await
}

/// Removes a webhook with all that was to be sent to it.
pub async fn delete(
    directory: &Directory,
    doer: Doer<'_>,
    (company, id): (CompanyId, WebhookId),
) -> Result<(), Refusal> {
    let entry = &doer.entry("webhook_deleted", Some(company), subject(id), &json!({}));
    directory
        .write(|unit| async move {
            find(&unit, company, id).await?;
            unit.delete_webhook(company, id);
            unit.insert_activity(entry);
            Ok(())
        })
        .await
}

pub(super) async fn find(unit: &Unit, company: CompanyId, id: WebhookId) -> Result<Webhook, Refusal> {
    unit.webhook(company, id).await?.ok_or(Refusal::NotFound("webhook"))
}

pub(super) fn subject(id: WebhookId) -> String {
    format!("webhook:{id}")
}

fn store(unit: &Unit, after: &mut Webhook, before: &Webhook, now: i64) {
    after.updated_at = now.max(before.updated_at.saturating_add(1));
    unit.update_webhook(after, before.updated_at);
}

/// I-16: where requests may go is the operator's word. What the name leads to is asked at each try.
fn url(outbound: &Outbound, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.len() > LONGEST_URL || text.chars().any(char::is_control) {
        let detail = format!("`url` has {LONGEST_URL} characters at most, none of them a control character");
        return Err(Refusal::Invalid(detail));
    }
    outbound.check(text).map_err(|error| Refusal::Invalid(format!("`url`: {error}")))?;
    Ok(text.to_owned())
}

fn description(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() { Ok(String::new()) } else { names::text("description", text) }
}

/// Known kinds, each once; none at all would be a webhook that hears nothing.
fn kinds(given: Option<Vec<String>>) -> Result<Vec<String>, Refusal> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let known: Vec<&str> = Kind::ALL.iter().filter(|kind| **kind != Kind::Ping).map(|kind| kind.code()).collect();
    if let Some(unknown) = given.iter().find(|kind| !known.contains(&kind.as_str())) {
        let detail = format!("`events`: there is no kind `{unknown}`; expected some of {}", known.join(", "));
        return Err(Refusal::Invalid(detail));
    }
    if given.is_empty() {
        let detail = "`events` names at least one kind; leave it out, or give null, for all of them";
        return Err(Refusal::Invalid(detail.to_owned()));
    }
    let wanted = known.into_iter().filter(|kind| given.iter().any(|given| given == kind));
    Ok(wanted.map(str::to_owned).collect())
}
