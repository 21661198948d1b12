//! Sends letters that are due. Each instance takes one letter after another; what one has taken, no other takes meanwhile.
//!
//! A letter is sent at least once: if an instance dies between the server's yes and its own note of it, another one sends
//! the letter again ten minutes later, under the same `Message-ID`.

use std::time::Duration;

use rollcall_directory::{DirectoryError, InvitationState, Letter, LetterState};

use crate::app::invitations::link;
use crate::app::letters::{Item, Told};
use crate::clock::{DAY, HOUR, SECOND};
use crate::config::Mail;
use crate::mail::{Addressed, Invited, Outcome, Postman, message, words};
use crate::state::{AppState, Parts};

/// How often it is looked whether letters are due.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);
/// How long a taken letter is its sender's, in microseconds; longer than any try takes.
const LEASE: i64 = 600 * SECOND;
/// Senders of an instance.
const SENDERS: usize = 4;
/// Letters that one sender carries in one turn.
const LETTERS: usize = 250;
/// A letter that could not be sent for so long is given up.
const PATIENCE: i64 = 3 * DAY;
/// The wait after the first try that failed; it doubles with each further one.
const FIRST_WAIT: i64 = 60 * SECOND;
/// The longest wait between two tries.
const LONGEST_WAIT: i64 = 6 * HOUR;

/// Sends what is due. Nothing where no mail is sent.
pub async fn send_due(state: &AppState) -> Result<(), DirectoryError> {
    if state.config.mail.is_none() || state.directory.read().due_letters(state.clock.now(), 1).await?.is_empty() {
        return Ok(());
    }
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..SENDERS {
        let state = state.clone();
        senders.spawn(async move { sender(&state).await });
    }
    let mut outcome = Ok(());
    while let Some(ended) = senders.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => outcome = Err(error),
            Err(error) => tracing::error!(%error, "a sender of letters did not end as it should"),
        }
    }
    outcome
}

/// Carries letters until none is due, or the server cannot be used.
async fn sender(state: &AppState) -> Result<(), DirectoryError> {
    let Some(mail) = &state.config.mail else { return Ok(()) };
    let mut postman = Postman::new(mail);
    for _ in 0..LETTERS {
        let Some(letter) = take(state).await? else { break };
        let outcome = carry(state, mail, &mut postman, &letter).await?;
        let cut_off = matches!(outcome, Some(Outcome::CutOff(_)));
        settle(state, letter, outcome).await?;
        if cut_off {
            break;
        }
    }
    postman.leave().await;
    Ok(())
}

/// Takes one letter for this sender.
async fn take(state: &AppState) -> Result<Option<Letter>, DirectoryError> {
    let now = state.clock.now();
    state
        .directory
        .write(|unit| async move {
            let Some(due) = unit.due_letter(now).await? else { return Ok(None) };
            unit.take_letter(&due, now.saturating_add(LEASE));
            Ok(Some(Letter { state: LetterState::Waiting, tries: due.tries + 1, ..due }))
        })
        .await
}

/// Writes the letter and gives it to the carrier. `None`: what it was about is over.
async fn carry(
    app: &Parts,
    mail: &Mail,
    postman: &mut Postman<'_>,
    letter: &Letter,
) -> Result<Option<Outcome>, DirectoryError> {
    let told = Told::of(&letter.items);
    let invited = invited(app, letter, &told).await?;
    let Some(words) = words(&told, &invited, app.base_url.as_str()) else { return Ok(None) };
    let id = letter.id.to_string();
    let addressed = Addressed { id: &id, to: &letter.address, now: app.clock.now() };
    Ok(Some(match message(mail, addressed, &words) {
        Ok(message) => postman.carry(&id, &message).await,
        Err(problem) => Outcome::Never(problem),
    }))
}

/// The invitations of a letter that still wait, with their links of now.
async fn invited(app: &Parts, letter: &Letter, told: &Told) -> Result<Vec<Invited>, DirectoryError> {
    let reader = app.directory.read();
    let mut invited = Vec::new();
    for item in &told.items {
        let Item::Invitation { invitation } = item else { continue };
        let sent = reader.sent_invitation(letter.company, *invitation).await?;
        let Some(sent) = sent.filter(|sent| sent.invitation.state == InvitationState::Pending) else { continue };
        let Some(place) = reader.organization(letter.company, sent.invitation.organization).await? else { continue };
        let (link, good_until) = (link::link(app, &sent), link::good_until(&sent));
        invited.push(Invited { organization: place.display_name, link, good_until });
    }
    Ok(invited)
}

/// Notes how the try ended.
async fn settle(app: &Parts, letter: Letter, outcome: Option<Outcome>) -> Result<(), DirectoryError> {
    let now = app.clock.now();
    let settled = settled(letter, outcome, now);
    let (id, kind, tries) = (settled.id, &settled.kind, settled.tries);
    match settled.state {
        LetterState::Sent => tracing::info!(letter = %id, kind, tries, "a letter was sent"),
        // What the server said may hold the address; it is in the list of letters.
        LetterState::Dead => tracing::warn!(letter = %id, kind, tries, "a letter was given up"),
        LetterState::Waiting => tracing::warn!(letter = %id, kind, tries, "a letter could not be sent yet"),
        LetterState::Open | LetterState::Void => {}
    }
    let settled = &settled;
    app.directory
        .write(|unit| async move {
            unit.settle_letter(settled);
            Ok(())
        })
        .await
}

/// The letter as it stands after a try.
fn settled(letter: Letter, outcome: Option<Outcome>, now: i64) -> Letter {
    let over = |state, answer| (state, None, Some(now), answer);
    let (state, next_try_at, settled_at, answer) = match outcome {
        None => over(LetterState::Void, None),
        Some(Outcome::Sent(answer)) => over(LetterState::Sent, Some(answer)),
        Some(Outcome::Never(answer)) => over(LetterState::Dead, Some(answer)),
        Some(Outcome::Later(answer) | Outcome::CutOff(answer)) => {
            if now >= letter.due_since.saturating_add(PATIENCE) {
                over(LetterState::Dead, Some(answer))
            } else {
                (LetterState::Waiting, Some(now.saturating_add(wait(letter.tries))), None, Some(answer))
            }
        }
    };
    Letter { state, next_try_at, settled_at, answer, ..letter }
}

/// How long to wait after so many tries, in microseconds.
fn wait(tries: i64) -> i64 {
    let doublings = u32::try_from(tries.saturating_sub(1).clamp(0, 16)).unwrap_or(0);
    (FIRST_WAIT << doublings).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_and_end_after_three_days() {
        let minutes: Vec<i64> = [1, 2, 3, 8, 9, 10, 1_000, 0].map(|tries| wait(tries) / (60 * SECOND)).into();
        assert_eq!(minutes, [1, 2, 4, 128, 256, 360, 360, 1]);
    }
}
