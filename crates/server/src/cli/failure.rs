//! How a command ends when it does not end well.

use std::fmt::Display;
use std::process::ExitCode;

use crate::app::Refusal;
use crate::config::Problem;
use crate::running::StartError;
use crate::store::StoreError;

/// Why a command ended: sentences for standard error, and an exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit code 1.
    Failed(String),
    /// Exit code 2: each sentence is one mistake of the operator's.
    Usage(Vec<Problem>),
}

impl Failure {
    pub(super) fn failed(sentence: impl Display) -> Self {
        Self::Failed(sentence.to_string())
    }

    pub(super) fn sentences(&self) -> Vec<String> {
        match self {
            Self::Failed(sentence) => vec![sentence.clone()],
            Self::Usage(problems) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
        })
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Usage(problems)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::Rule { rule, .. } | Refusal::Standing { rule, .. } => Self::failed(format!("{refusal} ({rule})")),
            Refusal::NotFound(_)
            | Refusal::Invalid(_)
            | Refusal::Taken(_)
            | Refusal::Moved
            | Refusal::PlanInTheMaking
            | Refusal::Directory(_) => Self::failed(refusal),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::failed(error)
    }
}

impl From<rollcall_directory::DirectoryError> for Failure {
    fn from(error: rollcall_directory::DirectoryError) -> Self {
        Self::failed(error)
    }
}

impl From<rollcall_migrations::MigrateError> for Failure {
    fn from(error: rollcall_migrations::MigrateError) -> Self {
        Self::failed(error)
    }
}

impl From<rollcall_directory::OpenError> for Failure {
    fn from(error: rollcall_directory::OpenError) -> Self {
        Self::failed(error)
    }
}
