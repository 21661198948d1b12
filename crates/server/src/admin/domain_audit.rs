//! `/companies/{company}/domains/audit`: who has an address in the company's domains and is no member (P/D-13).

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_directory::Account;
use rollcall_policy::{AccountId, CompanyId};
use serde::Serialize;
use utoipa::ToSchema;

use super::call::Call;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, get};
use crate::app::domains::audit::{CSV_HEADER, Position, csv, page};
use crate::edge::{Failure, Problem};

/// Lines of a file; whoever has more reads pages.
const MOST_LINES: usize = 100_000;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Domains",
        [get("/companies/{company}/domains/audit", audit)
            .says(Who::Company, "Accounts with an address in the company's verified domains that are no members.")
            .query_of::<Format>("format", "`csv` gives everything as one file.")
            .lists::<UncapturedBody>()
            .gives_text("text/csv")],
    )
}

/// How the answer is written.
#[derive(Debug, ToSchema)]
#[schema(as = AuditFormat, rename_all = "lowercase")]
enum Format {
    Json,
    Csv,
}

impl Format {
    fn of(word: Option<&str>) -> Result<Self, Problem> {
        match word {
            None | Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => Err(Failure::malformed("`format` is `json` or `csv`").into()),
        }
    }
}

/// An account in the company's domains that belongs to none of its organizations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UncapturedAccount)]
struct UncapturedBody {
    id: AccountId,
    email: String,
    username: String,
    full_name: String,
}

impl From<Account> for UncapturedBody {
    fn from(account: Account) -> Self {
        let Account { id, email, username, full_name, .. } = account;
        Self { id, email, username, full_name }
    }
}

/// Pages of JSON, or everything as a file with `?format=csv`.
async fn audit(call: Call, InPath(company): InPath<String>) -> Result<Response, Problem> {
    let company = place::company(&call, &company, Access::Read).await?.id;
    let wanted = call.page(&["format"])?;
    match Format::of(call.parameter("format")?)? {
        Format::Json => {
            let from = wanted.after::<Position>()?.unwrap_or_default();
            let found = page(&call.state.directory, company, &from, wanted.fetch()).await?;
            Ok(Json(wanted.items(found.accounts, Position::behind, UncapturedBody::from)).into_response())
        }
        Format::Csv => {
            let disposition = "attachment; filename=\"uncaptured.csv\"";
            let headers =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, disposition)];
            Ok((headers, file(&call, company).await?).into_response())
        }
    }
}

async fn file(call: &Call, company: CompanyId) -> Result<String, Problem> {
    const AT_ONCE: u64 = 1_000;
    let (mut text, mut lines, mut from) = (CSV_HEADER.to_owned(), 0, Some(Position::default()));
    while let Some(position) = from {
        let found = page(&call.state.directory, company, &position, AT_ONCE).await?;
        lines += found.accounts.len();
        if lines > MOST_LINES {
            let detail = format!("there are more than {MOST_LINES} accounts; read them in pages of JSON");
            return Err(Failure::malformed(detail).into());
        }
        text.push_str(&csv(&found.accounts));
        from = found.next;
    }
    Ok(text)
}
