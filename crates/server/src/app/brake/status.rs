//! Whom a connection holds, and until when.

use rollcall_directory::{Connection, DirectoryError, HeldPerson, Reader, Scope};

use crate::app::connections::Brake;

/// People of one answer at most; once they are answered for, the next ones show.
const MOST: u64 = 10_000;

/// What the brake of a connection holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Longest held first: the first 10,000.
    pub held: Vec<HeldPerson>,
    /// How many there are.
    pub count: u64,
    /// When the first of them is released, if nobody answers (UTC microseconds).
    pub releases_at: Option<i64>,
}

/// Reads it.
pub async fn status(reader: &Reader, connection: &Connection) -> Result<Status, DirectoryError> {
    let record = &connection.record;
    let scope = Scope { company: record.company, connection: record.id };
    let held = reader.held_people(scope, i64::MAX, MOST).await?;
    let shown = held.len() as u64;
    let count = if shown < MOST { shown } else { reader.count_held(scope, i64::MAX).await? };
    let releases_at = held.first().map(|first| first.since.saturating_add(Brake::of(record).patience()));
    Ok(Status { held, count, releases_at })
}
