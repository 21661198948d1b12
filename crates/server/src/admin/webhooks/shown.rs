//! Webhooks as administrators read them.

use rollcall_directory::Webhook;
use rollcall_policy::WebhookId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::answer::Instant;

/// Where events of a company are sent to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookBody {
    id: WebhookId,
    url: String,
    description: String,
    /// Kinds of events; `null`: all of them.
    events: Option<Vec<String>>,
    enabled: bool,
    /// Why nothing is sent: `administrator` or `gone` (the receiver answered 410).
    disabled_because: Option<&'static str>,
    disabled_at: Option<Instant>,
    /// Until when the secret before this one signs, too.
    old_secret_until: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

/// A webhook with its fresh secret: the one answer that shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FreshWebhook {
    /// What events are signed with (Standard Webhooks): `whsec_` and base64.
    secret: String,
    #[serde(flatten)]
    webhook: WebhookBody,
}

impl WebhookBody {
    pub(super) fn of(webhook: &Webhook, now: i64) -> Self {
        let old_secret_until = webhook.old_secret.as_ref().map(|(_, until)| *until).filter(|until| now < *until);
        Self {
            id: webhook.id,
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            events: Some(webhook.kinds.clone()).filter(|kinds| !kinds.is_empty()),
            enabled: webhook.disabled.is_none(),
            disabled_because: webhook.disabled.map(|(_, because)| because.code()),
            disabled_at: webhook.disabled.map(|(at, _)| Instant(at)),
            old_secret_until: old_secret_until.map(Instant),
            created_at: Instant(webhook.created_at),
            updated_at: Instant(webhook.updated_at),
        }
    }
}

impl FreshWebhook {
    pub(super) fn of(webhook: &Webhook, now: i64) -> Self {
        Self { secret: webhook.secret.clone(), webhook: WebhookBody::of(webhook, now) }
    }
}
