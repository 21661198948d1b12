//! Versions of what two people may change at the same time, for those who say what they have seen.

use rollcall_scim::etag::Preconditions;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Refusal;

/// The version of what has no instant of its last change: it differs if a member differs.
pub fn of(members: &impl Serialize) -> u64 {
    let text = serde_json::to_vec(members).unwrap_or_default();
    let [first, second, third, fourth, fifth, sixth, seventh, eighth, ..] = <[u8; 32]>::from(Sha256::digest(text));
    u64::from_be_bytes([first, second, third, fourth, fifth, sixth, seventh, eighth])
}

/// Whether a change may go on: `current` is one of those that were seen, or nothing was said.
pub fn check(seen: &Preconditions, current: u64) -> Result<(), Refusal> {
    seen.check_write(Some(current)).map_err(|_| Refusal::Moved)
}
