//! Tokens that end soon, or have ended and may still be in use.

use rollcall_directory::{Directory, DirectoryError, Token};
use rollcall_scim::timestamp::to_rfc3339;

use super::{Finding, Scene};
use crate::clock::DAY;

const CHECK: &str = "tokens";
const PAGE: u64 = 500;
/// How long before its end somebody should hear of it, in microseconds.
const SOON: i64 = 14 * DAY;
/// How long after its end somebody may wonder why nothing works, in microseconds.
const JUST_NOW: i64 = 7 * DAY;
/// Tokens that are named; the list has all.
const MOST: usize = 20;

pub(super) async fn check(scene: &Scene, directory: &Directory) -> Result<Vec<Finding>, DirectoryError> {
    let (mut found, mut good, mut after) = (Vec::new(), 0, None);
    loop {
        let page = directory.read().tokens(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for token in page.iter().filter(|token| token.revoked_at.is_none()) {
            match ending(token, scene.clock.now()) {
                Some(finding) => found.push(finding),
                None => good += 1,
            }
        }
    }
    if found.len() > MOST {
        let said = format!("{} more tokens end soon or have ended", found.len() - MOST);
        found.truncate(MOST);
        found.push(Finding::warning(CHECK, said, "`rollcall token list` shows all"));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, format!("none of {good} ends within two weeks")));
    }
    Ok(found)
}

fn ending(token: &Token, now: i64) -> Option<Finding> {
    let at = token.expires_at.filter(|at| (now - JUST_NOW..now + SOON).contains(at))?;
    let word = if at <= now { "has expired" } else { "expires" };
    let said = format!("the {} token {} {word} at {}", token.kind.code(), token.id, to_rfc3339(at));
    let next = "make a new one with `rollcall token create`, put it in place, and revoke this one";
    Some(Finding::warning(CHECK, said, next))
}
