//! Which server is asked, and with which credentials.

use serde::Deserialize;

/// How forgiving the connection behind a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Accepts what providers are known to get wrong.
    Lenient,
    /// Follows the RFCs to the letter.
    Strict,
}

impl Mode {
    /// The word in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lenient => "lenient",
            Self::Strict => "strict",
        }
    }
}

/// The server under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// SCIM base URL, such as `http://127.0.0.1:8080/scim/v2`.
    pub base: String,
    /// Token of a lenient connection.
    pub token: String,
    /// Token of a strict connection, if there is one.
    pub strict_token: Option<String>,
    /// Token of another tenant, for the checks of isolation; without it the strict connection stands in.
    pub other_token: Option<String>,
    /// Digits that keep the names of this run apart from those of other runs.
    pub tag: String,
}

impl Target {
    /// The token of a mode.
    pub fn token(&self, mode: Mode) -> Option<&str> {
        match mode {
            Mode::Lenient => Some(&self.token),
            Mode::Strict => self.strict_token.as_deref(),
        }
    }

    /// A token that must see nothing of what `mode`'s token created.
    pub fn stranger(&self, mode: Mode) -> Option<&str> {
        let other = self.other_token.as_deref();
        match mode {
            Mode::Lenient => other.or(self.strict_token.as_deref()),
            Mode::Strict => other.or(Some(&self.token)),
        }
    }
}
