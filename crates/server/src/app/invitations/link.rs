//! The link of an invitation: good for fourteen days from when it was sent; the invitation itself goes on waiting (P4-43).
//!
//! Nothing is stored for it. The secret is made of the invitation, the instant it was sent and the installation's key, so
//! sending it again ends the earlier link.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_directory::SentInvitation;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::clock::DAY;
use crate::state::Parts;

/// How long a link is good, in microseconds (P4-43).
const LIFETIME: i64 = 14 * DAY;

/// Where the invitee goes.
pub fn link(app: &Parts, sent: &SentInvitation) -> String {
    app.base_url.join(&format!("/invitations/{}?token={}", sent.invitation.id, secret(app, sent)))
}

/// Until when the link is good, in UTC microseconds.
pub const fn good_until(sent: &SentInvitation) -> i64 {
    sent.sent_at.saturating_add(LIFETIME)
}

/// Whether this is the secret of the invitation's link, and the link is still good.
pub fn opens(app: &Parts, sent: &SentInvitation, token: &str) -> bool {
    let same: bool = secret(app, sent).as_bytes().ct_eq(token.as_bytes()).into();
    same && app.clock.now() < good_until(sent)
}

fn secret(app: &Parts, sent: &SentInvitation) -> String {
    let keyed = || Sha256::new().chain_update(app.cursor_key);
    let inner = keyed()
        .chain_update(b"invitation")
        .chain_update(sent.invitation.id.uuid().as_bytes())
        .chain_update(sent.sent_at.to_be_bytes())
        .finalize();
    // The key around it once more: a hash alone could be continued by whoever knows it.
    URL_SAFE_NO_PAD.encode(keyed().chain_update(inner).finalize())
}
