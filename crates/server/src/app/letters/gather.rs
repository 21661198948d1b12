//! Once, not a flood: the first letter of a kind goes at once, what follows is gathered.

use rollcall_directory::{Account, DirectoryError, Letter, LetterState, Unit};
use rollcall_policy::{CompanyId, LetterId};
use rollcall_scim::fold::fold;

use super::{Item, Told};
use crate::clock::{DAY, HOUR, SECOND};
use crate::state::Parts;

const MINUTE: i64 = 60 * SECOND;
/// Letters of one company to one address in an hour; what is more waits an hour. Invitations count apart from the rest,
/// so they hold up no alert, and private letters too, so a wait tells nothing of them (RC-10).
const MOST_TO_ONE: u64 = 20;
/// The same to all addresses. The largest list of invitations has 1,000 (M-1).
const MOST_OF_ONE: u64 = 2_000;

/// Who gets a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// As given.
    pub address: String,
    /// Only the operator may know of it (RC-10).
    pub is_private: bool,
}

impl From<&Account> for Recipient {
    fn from(account: &Account) -> Self {
        Self { address: account.email.clone(), is_private: false }
    }
}

/// How long a letter of the kind waits for more after the one before it, in microseconds.
fn gathering(item: &Item) -> i64 {
    if matches!(item, Item::Invitation { .. }) { 2 * MINUTE } else { 10 * MINUTE }
}

/// For how long the same thing is not told again, in microseconds.
fn silence(item: &Item) -> i64 {
    match item {
        // Whoever sends an invitation again wants it sent.
        Item::Invitation { .. } => 0,
        Item::Full { .. } | Item::EndpointDead { .. } => DAY,
        Item::Joined { .. }
        | Item::Held { .. }
        | Item::DomainFailing { .. }
        | Item::TokenExpiring { .. }
        | Item::CertificateExpiring { .. }
        | Item::Claimed { .. } => HOUR,
    }
}

/// Tells somebody something: in the letter of the kind that is open, else in a new one.
pub async fn add(
    app: &Parts,
    unit: &Unit,
    company: CompanyId,
    to: &Recipient,
    item: &Item,
) -> Result<(), DirectoryError> {
    // Earlier things of the same unit may have opened a letter.
    unit.flush().await?;
    let now = app.clock.now();
    let letter = fresh(company, LetterId::from(app.ids.uuid(now)), to, item, now);
    let quiet = silence(item);
    let recent = unit.letters_like(&letter, now - quiet.max(HOUR)).await?;
    if recent.iter().any(|letter| tells(letter, item, now - quiet)) {
        return Ok(());
    }
    if let Some(open) = recent.iter().find(|letter| letter.state == LetterState::Open) {
        let mut told = Told::of(&open.items);
        told.add(item.clone());
        unit.add_to_letter(open, &told.text());
        return Ok(());
    }
    let mut due = recent.first().map_or(now, |last| now.max(last.due_since + gathering(item)));
    let flood = unit.letters_to(&letter, now - HOUR, MOST_TO_ONE).await? >= MOST_TO_ONE
        || unit.letters_beside(&letter, now - HOUR, MOST_OF_ONE).await? >= MOST_OF_ONE;
    if flood {
        due = due.max(now + HOUR);
    }
    unit.insert_letter(&Letter { due_since: due, next_try_at: Some(due), ..letter });
    Ok(())
}

/// Whether somebody hears this from a letter of after `since`, or from one that is still to leave.
fn tells(letter: &Letter, item: &Item, since: i64) -> bool {
    let counts = match letter.state {
        LetterState::Open | LetterState::Waiting => true,
        LetterState::Sent | LetterState::Dead => letter.due_since > since,
        LetterState::Void => false,
    };
    counts && Told::of(&letter.items).says(item)
}

/// A letter that tells this, due at once.
fn fresh(company: CompanyId, id: LetterId, to: &Recipient, item: &Item, now: i64) -> Letter {
    let mut told = Told::default();
    told.add(item.clone());
    Letter {
        company,
        id,
        kind: item.kind().to_owned(),
        address: to.address.clone(),
        address_folded: fold(&to.address),
        is_private: to.is_private,
        items: told.text(),
        state: LetterState::Open,
        tries: 0,
        created_at: now,
        due_since: now,
        next_try_at: Some(now),
        settled_at: None,
        answer: None,
    }
}
