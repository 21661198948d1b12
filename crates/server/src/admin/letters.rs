//! `/letters`: mail to owners and invitees, what became of it, and sending it again.

use axum::Json;
use rollcall_directory::{Letter, LetterFilter, LetterState};
use rollcall_policy::{CompanyId, LetterId};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Instant;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::{Access, Over};
use super::route::{Route, Who, about, get, post};
use crate::app::{Refusal, letters};
use crate::auth::AdminRole;
use crate::edge::{Failure, Problem};

pub(super) fn routes() -> Vec<Route> {
    about(
        "Letters",
        [
            get("/letters", list)
                .says(Who::All, "Letters to owners and invitees, latest first.")
                .also("All for the operator, else those of one's company; an organization's owners have none.")
                .query("state", "Only those that are `open`, `waiting`, `sent`, `dead` or `void`.")
                .lists::<LetterBody>(),
            post("/letters/{letter}/resend", resend)
                .says(Who::Company, "Sends a letter again at once: one that was given up, or sent a while ago.")
                .gives::<LetterBody>()
                .refuses(409, "taken", "it is on its way, was sent just now, or what it was about is over"),
        ],
    )
}

/// A letter. What it says is not part of it: an invitation holds a secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Letter)]
struct LetterBody {
    id: LetterId,
    company: CompanyId,
    /// What it is about, in a word.
    kind: String,
    /// The address.
    to: String,
    /// `open`, `waiting`, `sent`, `dead` or `void`.
    state: &'static str,
    /// How often it was given to the mail server.
    tries: i64,
    created_at: Instant,
    next_try_at: Option<Instant>,
    /// When it was sent or given up.
    settled_at: Option<Instant>,
    /// What the server said last; to anybody but the operator, a sentence that says as much as the state.
    answer: Option<String>,
}

impl LetterBody {
    /// As this role may see it. What the mail server says tells how the operator's mail is set up.
    fn seen_by(role: AdminRole, letter: Letter) -> Self {
        let Letter { id, company, kind, address: to, tries, answer, .. } = letter;
        let answer = match role {
            AdminRole::Operator => answer,
            AdminRole::CompanyOwner(_) | AdminRole::OrganizationOwner(..) | AdminRole::Auditor(_) => {
                answer.map(|_| in_general(letter.state).to_owned())
            }
        };
        let (created_at, state) = (Instant(letter.created_at), letter.state.code());
        let (next_try_at, settled_at) = (letter.next_try_at.map(Instant), letter.settled_at.map(Instant));
        Self { id, company, kind, to, state, tries, created_at, next_try_at, settled_at, answer }
    }
}

/// What became of a letter, without the words of the mail server.
const fn in_general(state: LetterState) -> &'static str {
    match state {
        LetterState::Sent => "the mail server took the letter",
        LetterState::Dead => "the letter could not be delivered; the operator sees why",
        LetterState::Open | LetterState::Waiting => "the letter could not be sent yet; that is tried again",
        LetterState::Void => "what the letter was about is over",
    }
}

/// Letters, latest first: all for the operator, else those of one's company. An organization's owners have none.
async fn list(call: Call) -> Result<Json<Items<LetterBody>>, Problem> {
    let page = call.page(&["state"])?;
    let state = match call.parameter("state")? {
        Some(word) => Some(LetterState::from_code(word).ok_or_else(unknown_state)?),
        None => None,
    };
    let before = page.after()?;
    let rows = match call.role {
        AdminRole::OrganizationOwner(..) => Vec::new(),
        role @ (AdminRole::Operator | AdminRole::CompanyOwner(_) | AdminRole::Auditor(_)) => {
            let filter = LetterFilter { company: role.company(), state };
            call.state.directory.read().letters(filter, before, page.fetch()).await?
        }
    };
    Ok(Json(page.items(rows, |letter| letter.id, |letter| LetterBody::seen_by(call.role, letter))))
}

fn unknown_state() -> Failure {
    let words: Vec<&str> = LetterState::ALL.into_iter().map(LetterState::code).collect();
    Failure::malformed(format!("`state` is one of: {}", words.join(", ")))
}

/// Sends a letter again at once.
async fn resend(call: Call, InPath(id): InPath<LetterId>) -> Result<Json<LetterBody>, Problem> {
    let found = call.state.directory.read().letter(id).await?.ok_or(Refusal::NotFound("letter"))?;
    call.may(Access::Change, Over::Company(found.company), "letter")?;
    if found.is_private && call.role != AdminRole::Operator {
        return Err(Refusal::NotFound("letter").into());
    }
    let letter = letters::resend(&call.state.directory, call.doer(), &found).await?;
    Ok(Json(LetterBody::seen_by(call.role, letter)))
}
