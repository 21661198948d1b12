//! The clock of this machine against those of others: tokens, evidence and plans end by it.

use axum::http::header;
use chrono::DateTime;
use rollcall_directory::Directory;

use super::{Finding, Scene};
use crate::clock::SECOND;
use crate::outbound::Answer;

const CHECK: &str = "clock";
/// More is refused by some identity provider or other.
const MOST: i64 = 60 * SECOND;
/// More is worth a look. The header says whole seconds, and the answer took a while.
const MUCH: i64 = 10 * SECOND;
const NEXT: &str =
    "let the machine's clock follow a time server (systemd-timesyncd, chrony), and run `rollcall doctor` again";

pub(super) async fn check(
    scene: &Scene,
    reached: Option<&Result<Answer, String>>,
    directory: Option<&Directory>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(directory) = directory {
        let reader = directory.read();
        match reader.database_clock().await {
            Ok(theirs) => found.extend(theirs.and_then(|theirs| apart(scene, theirs, "that of the database"))),
            Err(error) => found.push(Finding::of_error(CHECK, &error)),
        }
        // Nothing was stored in the future: whoever finds such an entry is behind.
        match reader.all_activities(None, 1).await {
            Ok(latest) => found.extend(latest.first().and_then(|entry| behind(scene, entry.at))),
            Err(error) => found.push(Finding::of_error(CHECK, &error)),
        }
    }
    let date = reached.and_then(|answer| answer.as_ref().ok()).and_then(|answer| answer.headers.get(header::DATE));
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
    found.extend(date.and_then(|date| apart(scene, date.timestamp_micros(), "that of the public URL")));
    if found.is_empty() {
        found.push(Finding::ok(CHECK, "no clock says otherwise"));
    }
    found
}

fn apart(scene: &Scene, theirs: i64, whose: &str) -> Option<Finding> {
    let apart = scene.clock.now().saturating_sub(theirs);
    let word = if apart < 0 { "behind" } else { "ahead of" };
    let said = format!("this machine's clock is {} seconds {word} {whose}", apart.abs() / SECOND);
    match apart.abs() {
        MOST.. => Some(Finding::fault(CHECK, said, NEXT)),
        MUCH.. => Some(Finding::warning(CHECK, said, NEXT)),
        _ => None,
    }
}

fn behind(scene: &Scene, stored: i64) -> Option<Finding> {
    let behind = stored.saturating_sub(scene.clock.now());
    let said = format!("this machine's clock is {} seconds behind the latest entry of the audit log", behind / SECOND);
    (behind > MOST).then(|| Finding::fault(CHECK, said, NEXT))
}
