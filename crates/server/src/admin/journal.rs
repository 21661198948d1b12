//! `/connections/{id}/journal`: what the provider sent and was answered, redacted, latest first.

use axum::Json;
use rollcall_directory::{JournalEntry, JournalFilter, JournalStore};
use rollcall_policy::{AccountId, ConnectionId, DirectoryUserId, JournalEntryId};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Instant;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::records::instant;
use super::route::{Route, Who, about, get};
use crate::app::Refusal;
use crate::edge::{Failure, Problem};
use crate::journal::exchange::Exchange;
use crate::journal::{curl, dialogue, wanted};

pub(super) fn routes() -> Vec<Route> {
    about(
        "Journal",
        [
            get("/connections/{connection}/journal", list)
                .says(Who::Company, "What the provider sent and was answered, latest first.")
                .also("Exchanges are kept for some days, without secrets and, unless set otherwise, without values of people.")
                .query("person", "Only those about this person: a userName, or the id of a directory user or account.")
                .query("status", "Only those answered so, as 409 or 4xx.")
                .query("tolerance", "Only those that needed this tolerance.")
                .query_of::<Instant>("from", "Not before this instant.")
                .query_of::<Instant>("to", "Before this instant.")
                .refuses(503, "unavailable", "the journal cannot be opened; exchanges go on without it")
                .lists::<Line>(),
            get("/connections/{connection}/journal/{entry}", one)
                .says(Who::Company, "One exchange with its bodies, and what it takes to send it again.")
                .refuses(503, "unavailable", "the journal cannot be opened; exchanges go on without it")
                .gives::<Whole>(),
        ],
    )
}

/// Filters of the journal.
const FILTERS: &[&str] = &["person", "status", "tolerance", "from", "to"];

/// An exchange in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JournalLine)]
struct Line {
    id: JournalEntryId,
    at: Instant,
    /// `exchange`, or `gap`: so many were not kept.
    kind: &'static str,
    lost: u64,
    request_id: String,
    method: String,
    target: String,
    /// `null`: nothing was answered.
    status: Option<u16>,
    scim_type: Option<String>,
    tolerances: Vec<String>,
    user: Option<DirectoryUserId>,
    account: Option<AccountId>,
    user_name: Option<String>,
    micros: u64,
}

impl From<JournalEntry> for Line {
    fn from(entry: JournalEntry) -> Self {
        Self {
            id: entry.id,
            at: Instant(entry.at),
            kind: if entry.lost > 0 { "gap" } else { "exchange" },
            lost: entry.lost,
            request_id: entry.request_id,
            method: entry.method,
            target: entry.target,
            status: (entry.status > 0).then_some(entry.status),
            scim_type: entry.scim_type,
            tolerances: entry.tolerances,
            user: entry.user,
            account: entry.account,
            user_name: entry.user_name,
            micros: entry.micros,
        }
    }
}

/// A whole exchange.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JournalEntry)]
struct Whole {
    #[serde(flatten)]
    line: Line,
    exchange: Option<Exchange>,
    /// The request for a shell, with `$ROLLCALL_TOKEN`; `null` if its body is not kept whole.
    curl: Option<String>,
    /// The same as a dialogue of the test suite.
    dialogue: Option<String>,
}

/// Exchanges of a connection, latest first.
async fn list(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Json<Items<Line>>, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Read).await?;
    let page = call.page(FILTERS)?;
    let filter = JournalFilter {
        person: call.parameter("person")?.map(wanted::person),
        status: call.parameter("status")?.map(wanted::status).transpose().map_err(Failure::malformed)?,
        tolerance: call.parameter("tolerance")?.map(wanted::tolerance).transpose().map_err(Failure::malformed)?,
        from: instant(&call, "from")?,
        to: instant(&call, "to")?,
    };
    let before = page.after()?;
    let entries = store(&call).await?.list(scope, &filter, before, page.fetch()).await?;
    Ok(Json(page.items(entries, |entry| entry.id, Line::from)))
}

/// One exchange, with what it takes to send it again.
async fn one(call: Call, InPath((id, entry)): InPath<(ConnectionId, JournalEntryId)>) -> Result<Json<Whole>, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Read).await?;
    call.refuse_parameters()?;
    let found = store(&call).await?.entry(scope, entry).await?;
    let entry = found.ok_or(Refusal::NotFound("journal entry"))?;
    let curl = curl::command(&entry, &call.state.base_url.join("/scim/v2"));
    let dialogue = dialogue::script(std::slice::from_ref(&entry));
    Ok(Json(Whole { exchange: Exchange::of(&entry), curl, dialogue, line: entry.into() }))
}

/// The store with everything that was answered before.
async fn store(call: &Call) -> Result<&JournalStore, Problem> {
    call.state.journal.written().await;
    let store = call.state.journal.store().await;
    Ok(store.map_err(|error| {
        tracing::error!(%error, "the journal cannot be opened");
        Failure::unavailable("the journal is not available; exchanges go on without it", 60)
    })?)
}
