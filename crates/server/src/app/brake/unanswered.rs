//! Removals that nobody answers act once the time is over (RC-12).

use rollcall_directory::{DirectoryError, HoldingConnection};
use rollcall_policy::Answer;

use super::answer::{Whom, answer};
use crate::app::connections::Brake;
use crate::app::{Doer, Refusal};
use crate::clock::SECOND;
use crate::state::Parts;

/// Connections of one pass.
const CONNECTIONS: u64 = 10_000;
/// For so long an instance has a connection to itself; should it die, another one goes on then.
const LEASE: i64 = 5 * 60 * SECOND;

/// Releases whom their connections have held for too long. Several instances may do so at once: each connection is taken
/// by one of them. One whose people cannot be released holds up nobody of another.
pub async fn release(app: &Parts, doer: Doer<'_>) -> Result<(), DirectoryError> {
    for holding in app.directory.read().holding_connections(CONNECTIONS).await? {
        // The one before may have taken long: the time of a lease begins when it is taken.
        let doer = Doer { now: app.clock.now(), ..doer };
        match release_of(app, doer, holding).await {
            Ok(()) => {}
            Err(Refusal::Directory(
                error @ (DirectoryError::Unavailable(_)
                | DirectoryError::Full
                | DirectoryError::ReadOnly
                | DirectoryError::Corrupt(_)),
            )) => return Err(error),
            Err(refusal) => tracing::warn!(connection = %holding.scope.connection, %refusal, "held people stay held"),
        }
    }
    Ok(())
}

async fn release_of(app: &Parts, doer: Doer<'_>, holding: HoldingConnection) -> Result<(), Refusal> {
    let scope = holding.scope;
    let Some(connection) = app.directory.read().connection(scope.company, scope.connection).await? else {
        return Ok(());
    };
    let until = doer.now.saturating_sub(Brake::of(&connection.record).patience());
    if holding.since > until {
        return Ok(());
    }
    let leased = app.directory.write(|unit| async move { unit.lease_brake(scope, doer.now, doer.now + LEASE).await });
    if !leased.await? {
        return Ok(());
    }
    let done = answer(app, doer, &connection, Answer::Release, &Whom::Unanswered(until)).await;
    let given_back = app
        .directory
        .write(|unit| async move {
            unit.return_brake(scope);
            Ok::<_, DirectoryError>(())
        })
        .await;
    let people = done?.people;
    tracing::info!(connection = %scope.connection, people, "removals that nobody answered act now");
    Ok(given_back?)
}
