//! From JIT to SCIM: whom the provider's directory has, whom it has not and why, and what to do next (provisioning-rules
//! 2.20, 2.21). It changes nothing.

mod reason;
mod step;
pub mod table;

use std::collections::BTreeSet;

use rollcall_directory::{Connection, Coverage, DirectoryError, Reader, Scope, UncoveredMember};
use rollcall_policy::email;

use super::domains::name::spellings;

pub use reason::{Reason, of_member, of_pushed};
pub use step::{State, Step};

/// Rows of one statement.
pub const PAGE: u64 = 500;

/// What stands above the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The counts over the directory.
    pub coverage: Coverage,
    /// People of the connection's domains who are members, and whom the provider has not pushed.
    pub not_pushed: u64,
    /// Members from elsewhere: nobody expects the provider to have them.
    pub guests: u64,
    /// All steps, in their order.
    pub steps: Vec<Step>,
}

impl Summary {
    /// Nothing is left to do before JIT is turned off, or it is off already.
    pub fn is_ready(&self) -> bool {
        let before = self.steps.iter().take_while(|step| step.number < step::JIT_OFF);
        before.into_iter().all(|step| step.state != State::ToDo)
    }

    /// The first step that is not done.
    pub fn next(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.state == State::ToDo)
    }
}

/// The addresses that a connection speaks for.
#[derive(Clone, Debug)]
pub struct Governed(BTreeSet<String>);

impl Governed {
    /// Those in its verified domains, in each of their spellings.
    pub fn by(connection: &Connection) -> Self {
        let verified = connection.domains.iter().filter(|domain| domain.verified);
        Self(verified.flat_map(|domain| spellings(&domain.name)).collect())
    }

    /// Whether this member is one whom the provider could push.
    pub fn has(&self, member: &UncoveredMember) -> bool {
        let folded = rollcall_scim::fold::fold(&member.email);
        email::domain(&folded).is_some_and(|domain| self.0.contains(domain))
    }
}

/// Counts, and says how far the migration is.
pub async fn summarize(reader: &Reader, connection: &Connection) -> Result<Summary, DirectoryError> {
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    let coverage = reader.coverage(scope).await?;
    let governed = Governed::by(connection);
    let (mut not_pushed, mut guests) = (0, 0);
    let mut after = None;
    let mut last_account = None;
    loop {
        let page = reader.uncovered_members(scope, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.account, last.organization));
        for member in &page {
            // Somebody in two organizations is one person.
            if last_account.replace(member.account) == Some(member.account) {
                continue;
            }
            if governed.has(member) { not_pushed += 1 } else { guests += 1 }
        }
    }
    let policy = &connection.record.policy;
    let steps = step::all(policy, &coverage, not_pushed);
    Ok(Summary { coverage, not_pushed, guests, steps })
}
