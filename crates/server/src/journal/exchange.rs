//! The stored form of an exchange's headers and bodies.

use std::collections::BTreeMap;

use rollcall_directory::JournalEntry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Mode;

/// Headers and bodies, as far as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exchange {
    /// How much was kept.
    pub mode: Mode,
    /// The connection followed the RFCs to the letter.
    pub strict: bool,
    /// Headers of the request, by lower-case name; never credentials.
    pub headers: BTreeMap<String, String>,
    /// The body of the request.
    pub request: Content,
    /// The body of the answer.
    pub answer: Content,
    /// The sentence of a SCIM error.
    pub detail: Option<String>,
}

/// One body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Content {
    /// Its length as it went over the wire; `None` if nobody read it.
    pub bytes: Option<u64>,
    /// What is kept of it: JSON text, perhaps only its beginning.
    pub text: Option<String>,
    /// The text is all of it, so it can be sent again.
    pub whole: bool,
}

impl Content {
    /// A body that is not there.
    pub(super) fn none() -> Self {
        Self { bytes: Some(0), text: None, whole: true }
    }
}

impl Exchange {
    /// What is stored with an entry; `None` for a gap, or what another version has stored.
    pub fn of(entry: &JournalEntry) -> Option<Self> {
        serde_json::from_str(&entry.exchange).ok()
    }
}
