//! What is left of evidence once a checker has verified it.

use rollcall_policy::Assertion;

/// Verified evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who somebody is, in their provider's words.
    pub assertion: Assertion,
    /// Set for evidence that counts only once (design.md 6).
    pub once: Option<Once>,
}

/// By what evidence is known again, and how long that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// SHA-256 of what identifies the evidence at its issuer.
    pub hash: [u8; 32],
    /// When it expires by itself, in UTC microseconds, allowed clock skew included.
    pub expires_at: i64,
}
