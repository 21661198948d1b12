//! How the refusals of use cases read (RFC 9457).

use axum::http::StatusCode;
use serde_json::Value;

use crate::app::Refusal;
use crate::app::domains::DomainError;
use crate::edge::Failure;

/// When to ask again where a plan is being made: those of small companies are done by then.
const PLAN_SECONDS: u32 = 5;

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
            Refusal::PlanInTheMaking => {
                Self::new(StatusCode::CONFLICT, "plan_in_the_making", detail).retry_after(PLAN_SECONDS)
            }
            Refusal::Directory(error) => error.into(),
        }
    }
}

impl From<DomainError> for Failure {
    fn from(error: DomainError) -> Self {
        let detail = error.to_string();
        let conflict = |kind| Self::new(StatusCode::CONFLICT, kind, detail.clone());
        match error {
            DomainError::Name(_) | DomainError::NoOrganization(_) => Self::malformed(detail),
            DomainError::Exists(_) => conflict("taken"),
            DomainError::TooMany(_) => conflict("too_many"),
            DomainError::Unknown(_) => Refusal::NotFound("domain").into(),
            DomainError::Moved(_) => conflict("moved"),
            DomainError::Seen => Refusal::Moved.into(),
            DomainError::Unproven(unproven) if unproven.is_outage() => Self::unavailable(detail, 60),
            DomainError::Unproven(_) => conflict("domain_not_proven"),
            DomainError::Taken(_) => Refusal::standing("D-7", detail).into(),
            DomainError::NotVerified(_) => Refusal::standing("A-1", detail).into(),
            DomainError::WhichOrganization => Refusal::rule("A-10", detail).into(),
            DomainError::Attached { connections, .. } => {
                Self::from(Refusal::standing("D-10", detail)).with_member("connections", Value::from(connections))
            }
            DomainError::Directory(error) => error.into(),
        }
    }
}

fn by_rule(status: StatusCode, rule: &'static str, detail: String) -> Failure {
    Failure::new(status, "rule", detail).with_member("rule", Value::from(rule))
}
