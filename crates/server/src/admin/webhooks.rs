//! `/companies/{company}/webhooks` and `/webhooks/{webhook}`: where events are sent to (docs/webhooks.md).

mod deliveries;
mod shown;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_directory::Webhook;
use rollcall_policy::WebhookId;
use serde::Deserialize;
use utoipa::ToSchema;

use self::shown::{FreshWebhook, WebhookBody};
use super::answer::Created;
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::{Access, Over};
use super::route::{Route, Who, about, delete, get, patch, post};
use super::{BASE, place};
use crate::app::webhooks::{self, NewWebhook, WebhookChange};
use crate::app::{Nullable, Refusal};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    let own = [
        get("/companies/{company}/webhooks", list)
            .says(Who::Company, "A company's webhooks, oldest first, without their secrets.")
            .lists::<WebhookBody>(),
        post("/companies/{company}/webhooks", create)
            .says(Who::Company, "Makes a webhook: events of the company are sent there from now on.")
            .also("What they are signed with is in this answer and nowhere else.")
            .takes::<GivenWebhook>()
            .creates::<FreshWebhook>()
            .refuses(409, "taken", "the company has as many webhooks as it may"),
        get("/webhooks/{webhook}", one).says(Who::Company, "One webhook.").gives::<WebhookBody>(),
        patch("/webhooks/{webhook}", change)
            .says(Who::Company, "Changes a webhook, or turns it on or off.")
            .also("What waits while it is off is sent once it is on again; what happens meanwhile is not.")
            .takes::<GivenChange>()
            .gives::<WebhookBody>(),
        delete("/webhooks/{webhook}", remove)
            .says(Who::Company, "Removes a webhook, with what was to be sent to it.")
            .gives_nothing(),
        post("/webhooks/{webhook}/rotate-secret", rotate)
            .says(Who::Company, "Gives a webhook a fresh secret; the one before signs, too, for 24 hours.")
            .gives::<FreshWebhook>(),
    ];
    about("Webhooks", own.into_iter().chain(deliveries::routes()))
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
struct GivenWebhook {
    /// The receiver: `https`, at a public address unless the operator allows others.
    url: String,
    /// Kinds of events; all of them where absent, those of later versions too.
    events: Option<Vec<String>>,
    /// For people.
    description: Option<String>,
}

/// What can be changed; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange)]
struct GivenChange {
    url: Option<String>,
    /// Kinds of events; null for all of them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    events: Nullable<Vec<String>>,
    description: Option<String>,
    enabled: Option<bool>,
}

async fn list(call: Call, InPath(company): InPath<String>) -> Result<Json<Items<WebhookBody>>, Problem> {
    let company = place::company(&call, &company, Access::Read).await?;
    let page = call.page(&[])?;
    let rows = call.state.directory.read().webhooks(company.id, page.after()?, page.fetch()).await?;
    let now = call.doer().now;
    Ok(Json(page.items(rows, |webhook| webhook.id, |webhook| WebhookBody::of(&webhook, now))))
}

async fn create(call: Call, InPath(company): InPath<String>, body: Body) -> Result<Response, Problem> {
    let company = place::company(&call, &company, Access::Change).await?;
    let GivenWebhook { url, events, description } = body.read()?;
    let new = NewWebhook { url, events, description };
    let made = webhooks::create(&call.state.directory, &call.state.outbound, call.doer(), company.id, new).await?;
    let location = format!("{BASE}/webhooks/{}", made.id);
    Ok(secret(Created { location, body: FreshWebhook::of(&made, call.doer().now) }))
}

async fn one(call: Call, InPath(id): InPath<WebhookId>) -> Result<Json<WebhookBody>, Problem> {
    let webhook = find(&call, id, Access::Read).await?;
    call.refuse_parameters()?;
    Ok(Json(WebhookBody::of(&webhook, call.doer().now)))
}

async fn change(call: Call, InPath(id): InPath<WebhookId>, body: Body) -> Result<Json<WebhookBody>, Problem> {
    let webhook = find(&call, id, Access::Change).await?;
    let GivenChange { url, events, description, enabled } = body.read()?;
    let (state, change) = (&call.state, WebhookChange { url, events, description, enabled });
    let at = (webhook.company, id);
    let changed = webhooks::change(&state.directory, &state.outbound, call.doer(), at, change).await?;
    Ok(Json(WebhookBody::of(&changed, call.doer().now)))
}

async fn remove(call: Call, InPath(id): InPath<WebhookId>) -> Result<StatusCode, Problem> {
    let webhook = find(&call, id, Access::Change).await?;
    webhooks::delete(&call.state.directory, call.doer(), (webhook.company, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn rotate(call: Call, InPath(id): InPath<WebhookId>) -> Result<Response, Problem> {
    let webhook = find(&call, id, Access::Change).await?;
    let rotated = webhooks::rotate(&call.state.directory, call.doer(), (webhook.company, id)).await?;
    Ok(secret(Json(FreshWebhook::of(&rotated, call.doer().now))))
}

/// It is shown once, and nothing on the way keeps it.
fn secret(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The webhook of this id; another company's is not there.
async fn find(call: &Call, id: WebhookId, access: Access) -> Result<Webhook, Problem> {
    let reader = call.state.directory.read();
    let none = || Refusal::NotFound("webhook");
    let company = reader.company_of_webhook(id).await?.ok_or_else(none)?;
    call.may(access, Over::Company(company), "webhook")?;
    Ok(reader.webhook(company, id).await?.ok_or_else(none)?)
}
