//! How the refusals of use cases read (RFC 9457).

use axum::http::StatusCode;
use serde_json::Value;

use crate::app::Refusal;
use crate::edge::Failure;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            Refusal::Invalid(_) => Self::malformed(detail),
            Refusal::Taken(_) => Self::new(StatusCode::CONFLICT, "taken", detail),
            Refusal::Rule { rule, .. } => by_rule(StatusCode::UNPROCESSABLE_ENTITY, rule, detail),
            Refusal::Standing { rule, .. } => by_rule(StatusCode::CONFLICT, rule, detail),
            Refusal::Moved => Self::new(StatusCode::PRECONDITION_FAILED, "moved", detail),
            Refusal::Directory(error) => error.into(),
        }
    }
}

fn by_rule(status: StatusCode, rule: &'static str, detail: String) -> Failure {
    Failure::new(status, "rule", detail).with_member("rule", Value::from(rule))
}
