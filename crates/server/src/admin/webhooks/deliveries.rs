//! `/webhooks/{webhook}/deliveries`: what was sent, what waits, what was given up; a test, and once more.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::{Delivery, DeliveryState};
use rollcall_policy::{EventId, WebhookId};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::admin::answer::Instant;
use crate::admin::call::Call;
use crate::admin::page::Items;
use crate::admin::path::InPath;
use crate::admin::permission::Access;
use crate::admin::route::{Route, Who, get, post};
use crate::app::webhooks;
use crate::edge::{Failure, Problem};

pub(super) fn routes() -> [Route; 3] {
    [
        post("/webhooks/{webhook}/test", test)
            .says(Who::Company, "Sends a `ping` to the webhook; look at its deliveries for what came of it.")
            .gives_accepted::<DeliveryBody>()
            .refuses(409, "taken", "the webhook is off"),
        get("/webhooks/{webhook}/deliveries", list)
            .says(Who::Company, "What was sent to the webhook, or is to be, newest first.")
            .query("state", "Only those in this state: `pending`, `delivered` or `dead`.")
            .lists::<DeliveryBody>(),
        post("/webhooks/{webhook}/deliveries/{delivery}/resend", resend)
            .says(Who::Company, "Sends a delivery once more, under the same `webhook-id`.")
            .gives_accepted::<DeliveryBody>(),
    ]
}

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
struct DeliveryBody {
    /// The receiver reads it as `webhook-id`.
    id: EventId,
    /// The kind of the event.
    r#type: String,
    /// When it happened.
    timestamp: Instant,
    /// `pending`, `delivered` or `dead`.
    state: &'static str,
    attempts: u64,
    /// `null` once it is not tried any more.
    next_attempt_at: Option<Instant>,
    last_attempt_at: Option<Instant>,
    /// The status that the receiver answered last; `null` if there was no whole answer.
    last_status: Option<i64>,
    /// What went wrong last.
    last_error: Option<String>,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            r#type: delivery.kind,
            timestamp: Instant(delivery.at),
            state: delivery.state.code(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_at.map(Instant),
            last_attempt_at: delivery.tried_at.map(Instant),
            last_status: delivery.status,
            last_error: delivery.problem,
        }
    }
}

async fn test(call: Call, InPath(id): InPath<WebhookId>) -> Result<(StatusCode, Json<DeliveryBody>), Problem> {
    let webhook = find(&call, id, Access::Change).await?;
    let sent = webhooks::ping(&call.state.directory, call.doer(), (webhook.company, id)).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

async fn list(call: Call, InPath(id): InPath<WebhookId>) -> Result<Json<Items<DeliveryBody>>, Problem> {
    let webhook = find(&call, id, Access::Read).await?;
    let page = call.page(&["state"])?;
    let state = call.parameter("state")?.map(state).transpose()?;
    let at = (webhook.company, id);
    let rows = call.state.directory.read().deliveries(at, state, page.after()?, page.fetch()).await?;
    Ok(Json(page.items(rows, |delivery| delivery.id, DeliveryBody::from)))
}

fn state(word: &str) -> Result<DeliveryState, Failure> {
    let unknown = || Failure::malformed("`state` is `pending`, `delivered` or `dead`");
    DeliveryState::from_code(word).ok_or_else(unknown)
}

async fn resend(
    call: Call,
    InPath((id, delivery)): InPath<(WebhookId, EventId)>,
) -> Result<(StatusCode, Json<DeliveryBody>), Problem> {
    let webhook = find(&call, id, Access::Change).await?;
    let again = webhooks::resend(&call.state.directory, call.doer(), (webhook.company, id), delivery).await?;
    Ok((StatusCode::ACCEPTED, Json(again.into())))
}
