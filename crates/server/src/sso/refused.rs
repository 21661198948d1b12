//! Evidence that proves nothing, and how that reads (design.md 6).

use axum::http::StatusCode;

use super::form::malformed;
use crate::app::connection_settings::SettingsError;
use crate::app::sign_in::SignInError;
use crate::edge::Failure;

/// Why evidence was not accepted. The sentences are for whoever connects product and provider; none quotes the evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It does not have the form of such evidence.
    #[error("{0}")]
    Malformed(String),
    /// It does not verify.
    #[error("{0}")]
    Invalid(String),
    /// Its time is over, or has not come.
    #[error("{0}")]
    Expired(String),
    /// A SAML response that nobody asked for (SI-1).
    #[error("{0}")]
    IdpInitiated(String),
    /// It cannot be checked now: the provider's keys are out of reach.
    #[error("{0}")]
    Unavailable(String),
    /// It cannot be checked at all: the connection's settings are not usable.
    #[error("{0}")]
    Unconfigured(String),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let unauthorized = |kind, detail| Self::new(StatusCode::UNAUTHORIZED, kind, detail);
        match refused {
            Refused::Malformed(detail) => malformed(detail).0,
            Refused::Invalid(detail) => unauthorized("evidence_invalid", detail),
            Refused::Expired(detail) => unauthorized("evidence_expired", detail),
            Refused::IdpInitiated(detail) => unauthorized("idp_initiated", detail),
            Refused::Unavailable(detail) => Self::unavailable(detail, 5),
            Refused::Unconfigured(detail) => Self::new(StatusCode::CONFLICT, "not_configured", detail),
        }
    }
}

impl From<SettingsError> for Refused {
    fn from(error: SettingsError) -> Self {
        Self::Unconfigured(error.to_string())
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Replayed => Self::new(StatusCode::UNAUTHORIZED, "evidence_replayed", error.to_string()),
            SignInError::Moved => Self::unavailable(error.to_string(), 1),
            SignInError::Directory(error) => error.into(),
        }
    }
}
