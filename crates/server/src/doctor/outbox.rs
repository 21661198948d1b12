//! Events that nobody hands on, and deliveries that do not arrive.

use rollcall_directory::{Directory, DirectoryError};

use super::{Finding, Scene};
use crate::clock::HOUR;

const CHECK: &str = "outbox";
/// What is counted at most.
const MOST: u32 = 100_000;

pub(super) async fn check(scene: &Scene, directory: &Directory) -> Result<Vec<Finding>, DirectoryError> {
    let (reader, since) = (directory.read(), scene.clock.now().saturating_sub(HOUR));
    let mut found = Vec::new();
    let events = reader.events_waiting_since(since, MOST).await?;
    if events > 0 {
        let said = format!("{events} events wait for longer than an hour to be handed on");
        found.push(Finding::warning(CHECK, said, "see that a server runs, and what its log says"));
    }
    let receivers = "see what receivers answer: `rollcall webhook deliveries --help`";
    let late = reader.deliveries_waiting_since(since, MOST).await?;
    if late > 0 {
        let said = format!("{late} deliveries to webhooks wait for longer than an hour");
        found.push(Finding::warning(CHECK, said, receivers));
    }
    let dead = reader.deliveries_given_up(MOST).await?;
    if dead > 0 {
        let said = format!("{dead} deliveries to webhooks were given up");
        found.push(Finding::warning(CHECK, said, receivers));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, "no event and no delivery waits for longer than an hour"));
    }
    Ok(found)
}
