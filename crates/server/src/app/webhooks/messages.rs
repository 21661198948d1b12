//! Single messages at an administrator's wish: a test, and one more time what did not arrive.

use rollcall_directory::{Delivery, DeliveryState, Directory, Event};
use rollcall_policy::{CompanyId, EventId, WebhookId};
use serde_json::json;

use super::change::{find, subject};
use crate::app::events::Kind;
use crate::app::events::fan_out::delivery;
use crate::app::{Doer, Refusal};

/// Sends `ping` to one webhook, whatever kinds it listens to.
pub async fn ping(
    directory: &Directory,
    doer: Doer<'_>,
    (company, id): (CompanyId, WebhookId),
) -> Result<Delivery, Refusal> {
    let event = &Event {
        company: Some(company),
        id: doer.id(),
        at: doer.now,
        kind: Kind::Ping.code().to_owned(),
        // A subject of its own: it waits for nothing.
        subject: doer.id::<EventId>().to_string(),
        payload: json!({"webhook": id}).to_string(),
        delivered_at: None,
    };
    let entry = &doer.entry("webhook_tested", Some(company), subject(id), &json!({}));
    directory
        .write(|unit| async move {
            let webhook = find(&unit, company, id).await?;
            if webhook.disabled.is_some() {
                return Err(Refusal::Taken("this webhook is off; turn it on first".to_owned()));
            }
            let delivery = delivery(&webhook, event, doer.now);
            unit.insert_deliveries(std::slice::from_ref(&delivery));
            unit.insert_activity(entry);
            Ok(delivery)
        })
        .await
}

/// Sends a delivery again that was given up or has arrived, under the same `webhook-id`. One that is pending is tried now.
pub async fn resend(
    directory: &Directory,
    doer: Doer<'_>,
    (company, id): (CompanyId, WebhookId),
    message: EventId,
) -> Result<Delivery, Refusal> {
    let data = json!({"delivery": message});
    let entry = &doer.entry("webhook_delivery_resent", Some(company), subject(id), &data);
    directory
        .write(|unit| async move {
            find(&unit, company, id).await?;
            let found = unit.delivery(company, id, message).await?;
            let found = found.ok_or(Refusal::NotFound("delivery"))?;
            unit.resend_delivery(&found, doer.now);
            unit.insert_activity(entry);
            Ok(Delivery { state: DeliveryState::Pending, attempts: 0, next_at: Some(doer.now), ..found })
        })
        .await
}
