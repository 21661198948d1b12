//! What can be measured, and of which requests it consists.

use std::sync::Arc;

use clap::ValueEnum;

use crate::act::{Act, Group};
use crate::crowd::Crowd;

/// Members of the small group that big ones are held against.
const FEW: usize = 10;
/// Members of one big PATCH.
const MANY: usize = 1_000;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// A provider's first synchronisation: look up and create each user, then ten groups.
    Sync,
    /// Look users up: by userName (hit and miss), by externalId, by id.
    Lookup,
    /// Create users.
    Create,
    /// Change a user's display name.
    Patch,
    /// Add and remove members, one and many at once: a group of ten against a group of all.
    Groups,
    /// Read all users page by page: by startIndex and by cursor.
    Walk,
    /// Look-ups, reads, pages, changes, creates and memberships together, as providers send them.
    Mixed,
    /// Sign-ins of people who are there (Rollcall only: --sign-in-url).
    SignIn,
}

impl Scenario {
    /// What is repeated, one after another. `connections` at a time will do so.
    pub(crate) async fn acts(self, crowd: &Crowd, connections: usize) -> Result<Vec<(String, Act)>, String> {
        Ok(match self {
            // These measure more than one request.
            Self::Sync | Self::Walk => Vec::new(),
            Self::Create => vec![("create".to_owned(), Act::Create)],
            Self::Lookup => vec![
                ("userName eq, hit".to_owned(), Act::ByUserName),
                ("userName eq, miss".to_owned(), Act::Missing),
                ("externalId eq".to_owned(), Act::ByExternalId),
                ("GET by id".to_owned(), Act::ById),
            ],
            Self::Patch => vec![("PATCH displayName".to_owned(), Act::Rename)],
            Self::Groups => groups(crowd, connections).await?,
            Self::Mixed => vec![("mixed".to_owned(), mixed(crowd, connections).await?)],
            Self::SignIn => vec![("sign-in that changes nothing".to_owned(), Act::SignIn)],
        })
    }

    /// Whether people are to be there before it begins.
    pub(crate) const fn needs_people(self) -> bool {
        !matches!(self, Self::Sync | Self::Create)
    }
}

async fn groups(crowd: &Crowd, connections: usize) -> Result<Vec<(String, Act)>, String> {
    let mut acts = Vec::new();
    let (standing, guests) = crowd.split(connections.max(MANY))?;
    for size in [FEW.min(standing.len()), standing.len()] {
        let members = standing.get(..size).unwrap_or(standing);
        let one = Group::new(crowd.group(members).await?, size, guests);
        acts.push((format!("add or remove 1, group of {size}"), Act::Member(one)));
        let many: Arc<[String]> = guests.iter().take(MANY).cloned().collect();
        let name = format!("add or remove {}, group of {size}", many.len());
        acts.push((name, Act::Members(crowd.group(members).await?, many)));
    }
    Ok(acts)
}

/// Mostly look-ups, as providers do: they ask before they write.
async fn mixed(crowd: &Crowd, connections: usize) -> Result<Act, String> {
    let (standing, guests) = crowd.split(connections)?;
    let group = Group::new(crowd.group(standing).await?, standing.len(), guests);
    Ok(Act::Mixed(vec![
        (40, Act::ByUserName),
        (10, Act::Missing),
        (10, Act::ByExternalId),
        (15, Act::ById),
        (5, Act::Page),
        (10, Act::Rename),
        (5, Act::Create),
        (5, Act::Member(group)),
    ]))
}
