//! Why an administrator's wish is not granted.

use rollcall_directory::DirectoryError;

/// A wish that is not granted; nothing was changed. Each sentence is read by the administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none, or it is another company's: nobody can tell which.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A value is not what it must be.
    #[error("{0}")]
    Invalid(String),
    /// Something else stands where this would go.
    #[error("{0}")]
    Taken(String),
    /// A rule forbids it, whatever is stored.
    #[error("{detail}")]
    Rule {
        /// The rule's id.
        rule: &'static str,
        /// What it says, and what to do instead.
        detail: String,
    },
    /// A rule forbids it as things are stored now.
    #[error("{detail}")]
    Standing {
        /// The rule's id.
        rule: &'static str,
        /// What stands in the way, and what to do first.
        detail: String,
    },
    /// Somebody else changed it since it was read.
    #[error("it was changed by somebody else since you read it; read it again, and then decide")]
    Moved,
    /// A plan of the same connection is being made.
    #[error("a plan of this connection is being made right now; ask again once it is done")]
    PlanInTheMaking,
    /// The directory could not read or write.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl Refusal {
    /// [`Refusal::Rule`].
    pub fn rule(rule: &'static str, detail: impl Into<String>) -> Self {
        Self::Rule { rule, detail: detail.into() }
    }

    /// [`Refusal::Standing`].
    pub fn standing(rule: &'static str, detail: impl Into<String>) -> Self {
        Self::Standing { rule, detail: detail.into() }
    }

    /// What a conflict with the unique index of this name means to the administrator; anything else stays as it is.
    #[must_use]
    pub fn or_taken(self, index: &str, detail: impl Into<String>) -> Self {
        let taken = matches!(&self, Self::Directory(error) if error.violates(index));
        if taken { Self::Taken(detail.into()) } else { self }
    }
}
