//! Judges people twice in a unit that is never stored: as things are, and with the change made.
//!
//! The change is really made, by the use case that applies plans, and everybody is judged by the one that signs people in;
//! then all of it is dropped. So what a plan shows is what happens, whatever else a change brings with it.

use rollcall_directory::{Connection, DirectoryError, Unit};
use rollcall_policy::plan::{Judged, compare};
use rollcall_policy::{Client, SignInDecision};

use super::population::Face;
use super::{Wish, change};
use crate::app::Refusal;
use crate::app::connections::policy::PolicyChange;
use crate::app::sign_in::{self, SignInError};
use crate::state::Parts;

/// People of one unit: it holds up others who write for as long as it runs.
const AT_ONCE: usize = 50;
/// The same where every unit applies all groups of the connection first.
const AT_ONCE_WITH_GROUPS: usize = 2_000;

/// How many people are judged in one unit.
pub(super) fn at_once(wanted: &PolicyChange) -> usize {
    if change::moves_groups(wanted) { AT_ONCE_WITH_GROUPS } else { AT_ONCE }
}

/// Why the unit is not stored.
enum Dropped {
    /// It was never meant to be.
    Judged(Vec<Judged>),
    /// The change is not allowed, or the database failed.
    Refused(Refusal),
}

impl From<SignInError> for Dropped {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Directory(error) => error.into(),
            SignInError::Moved | SignInError::Replayed => Self::Refused(Refusal::Moved),
        }
    }
}

impl From<DirectoryError> for Dropped {
    fn from(error: DirectoryError) -> Self {
        Self::Refused(error.into())
    }
}

pub(super) async fn judge(app: &Parts, wish: Wish<'_>, faces: &[Face]) -> Result<Vec<Judged>, Refusal> {
    let done: Result<(), Dropped> =
        app.directory.write(|unit| async move { Err(in_unit(app, &unit, wish, faces).await?) }).await;
    match done {
        Err(Dropped::Judged(judged)) => Ok(judged),
        Err(Dropped::Refused(refusal)) => Err(refusal),
        Ok(()) => Ok(Vec::new()),
    }
}

async fn in_unit(app: &Parts, unit: &Unit, wish: Wish<'_>, faces: &[Face]) -> Result<Dropped, Dropped> {
    let now = decided(app, unit, wish, wish.connection, faces).await?;
    let after = change::make(app, unit, wish).await.map_err(Dropped::Refused)?;
    let then = decided(app, unit, wish, &after, faces).await?;
    let pairs = faces.iter().zip(now.iter().zip(&then));
    Ok(Dropped::Judged(pairs.map(|(face, (now, then))| compare(&face.email, face.basis, now, then)).collect()))
}

async fn decided(
    app: &Parts,
    unit: &Unit,
    wish: Wish<'_>,
    connection: &Connection,
    faces: &[Face],
) -> Result<Vec<SignInDecision>, Dropped> {
    let mut decisions = Vec::with_capacity(faces.len());
    for face in faces {
        let asked = sign_in::Asked { connection, assertion: &face.assertion, client: Client::Web, now: wish.doer.now };
        decisions.push(sign_in::decide(app, unit, asked).await?);
    }
    Ok(decisions)
}
