//! `/organizations/{name}/members.csv`: members and invitees as a table (P4-42), page by page while it is read.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_directory::{DirectoryError, InvitationState, Organization, Reader};

use super::call::Call;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, get};
use super::streamed::{Pages, streamed};
use crate::app::csv::line;
use crate::app::members::{self, HEADER};
use crate::edge::Problem;

/// Rows that are read, and held, at a time.
const PAGE: u64 = 500;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Members",
        [get("/organizations/{name}/members.csv", export)
            .says(Who::Organization, "Members and invitees as a table.")
            .gives_text("text/csv")],
    )
}

/// The table.
async fn export(call: Call, InPath(name): InPath<String>) -> Result<Response, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    call.page(&[])?;
    let file = format!("attachment; filename=\"{}-members.csv\"", organization.name);
    let reader = call.state.directory.read();
    let body = streamed("members", |pages| async move { write(&reader, &organization, &pages).await });
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, body).into_response())
}

async fn write(reader: &Reader, organization: &Organization, pages: &Pages) -> Result<(), DirectoryError> {
    let mut text = line(&HEADER);
    let mut after = None;
    loop {
        let page = members::list(reader, organization, after, PAGE).await?;
        text.extend(members::rows(&page).iter().map(|row| line(row)));
        if !pages.send(std::mem::take(&mut text)).await {
            return Ok(());
        }
        let Some(last) = page.last() else { break };
        after = Some(last.member.account.id);
    }
    let (mut after, pending) = (None, Some(InvitationState::Pending));
    loop {
        let page = reader.sent_invitations(organization.company, organization.id, pending, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.invitation.id);
        let text: String = page.iter().map(|sent| line(&members::invitee(sent))).collect();
        if !pages.send(text).await {
            return Ok(());
        }
    }
}
