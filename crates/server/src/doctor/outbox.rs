//! Events that nobody delivers.

use rollcall_directory::{Directory, DirectoryError};

use super::{Finding, Scene};
use crate::clock::HOUR;

const CHECK: &str = "outbox";
/// What is counted at most.
const MOST: u32 = 100_000;

pub(super) async fn check(scene: &Scene, directory: &Directory) -> Result<Vec<Finding>, DirectoryError> {
    let waiting = directory.read().events_waiting_since(scene.clock.now().saturating_sub(HOUR), MOST).await?;
    Ok(vec![if waiting == 0 {
        Finding::ok(CHECK, "no event waits for longer than an hour")
    } else {
        let next = "see that a server runs, and what its log says of deliveries";
        Finding::warning(CHECK, format!("{waiting} events wait for longer than an hour"), next)
    }])
}
