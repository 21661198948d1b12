//! Sending a letter again that was given up or lost.

use rollcall_directory::{Directory, Letter, LetterState};
use serde_json::json;

use crate::app::{Doer, Refusal};
use crate::clock::SECOND;

/// The least time between two deliveries of the same letter, in microseconds.
const LEAST: i64 = 600 * SECOND;

/// Sends a letter again at once: one that was given up, or that was sent a while ago.
pub async fn resend(directory: &Directory, doer: Doer<'_>, letter: &Letter) -> Result<Letter, Refusal> {
    let id = letter.id;
    let entry =
        doer.entry("letter.resent", Some(letter.company), format!("letter:{id}"), &json!({"kind": letter.kind}));
    let entry = &entry;
    directory
        .write(|unit| async move {
            let found = unit.letter(id).await?.ok_or(Refusal::NotFound("letter"))?;
            let waits = match (found.state, found.settled_at) {
                (LetterState::Dead, _) => None,
                (LetterState::Sent, Some(at)) if doer.now >= at.saturating_add(LEAST) => None,
                (LetterState::Sent, _) => Some("the letter was sent within the last ten minutes; wait a while"),
                (LetterState::Open | LetterState::Waiting, _) => Some("the letter is on its way already"),
                (LetterState::Void, _) => Some("what the letter was about is over"),
            };
            if let Some(detail) = waits {
                return Err(Refusal::Taken(detail.to_owned()));
            }
            unit.send_letter_again(&found, doer.now);
            unit.insert_activity(entry);
            let (state, at) = (LetterState::Waiting, Some(doer.now));
            Ok(Letter { state, tries: 0, due_since: doer.now, next_try_at: at, settled_at: None, ..found })
        })
        .await
}
