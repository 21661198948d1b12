//! `/organizations/{name}/members.csv`: members and invitees as a table (P4-42), page by page while it is read.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use rollcall_directory::{DirectoryError, InvitationState, Organization, Reader};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::call::Call;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, get};
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

/// The table. If the database fails in the middle, the connection is cut, so that a part does not look like the whole.
async fn export(call: Call, InPath(name): InPath<String>) -> Result<Response, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    call.page(&[])?;
    let file = format!("attachment; filename=\"{}-members.csv\"", organization.name);
    let (sender, receiver) = channel(2);
    let reader = call.state.directory.read();
    tokio::spawn(async move {
        if let Err(error) = write(&reader, &organization, &sender).await {
            tracing::error!(%error, "an export of members ended in the middle");
            // Whoever went away needs no answer.
            let _ = sender.send(Err(error)).await;
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, Body::new(Table(receiver))).into_response())
}

/// What is sent is what was asked for as long as somebody listens.
type Pages = Sender<Result<Bytes, DirectoryError>>;

async fn write(reader: &Reader, organization: &Organization, pages: &Pages) -> Result<(), DirectoryError> {
    let mut text = line(&HEADER);
    let mut after = None;
    loop {
        let page = members::list(reader, organization, after, PAGE).await?;
        text.extend(members::rows(&page).iter().map(|row| line(row)));
        if pages.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
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
        if pages.send(Ok(Bytes::from(text))).await.is_err() {
            return Ok(());
        }
    }
}

/// The body of the answer.
struct Table(Receiver<Result<Bytes, DirectoryError>>);

impl HttpBody for Table {
    type Data = Bytes;
    type Error = DirectoryError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DirectoryError>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(Frame::data)))
    }
}
