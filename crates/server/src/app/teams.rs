//! Teams of an organization, by hand (T-1, T-2). What a provider's groups say about a team, only they say (RC-18).

use rollcall_directory::{Directory, DirectoryError, Organization, Team, Unit};
use rollcall_policy::mapping::is_team_name;
use rollcall_policy::{AccountId, TeamId};
use rollcall_scim::fold::fold;
use serde_json::json;

use super::events::{Data, Kind};
use super::hand::{Hand, gives_access};
use super::{Doer, Refusal};

/// People that one event names.
const PEOPLE: usize = 500;

/// Makes a team.
pub async fn create(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    name: &str,
) -> Result<Team, Refusal> {
    let name = name.trim();
    if !is_team_name(name) {
        let detail = "the name of a team is 1 to 100 characters, none of them a control character";
        return Err(Refusal::Invalid(detail.to_owned()));
    }
    let team = Team {
        company: organization.company,
        id: doer.id::<TeamId>(),
        organization: organization.id,
        name: name.to_owned(),
        name_folded: fold(name),
    };
    let team = &team;
    let written = directory
        .write(|unit| async move {
            unit.insert_team(team);
            let hand = Hand::new(&unit, doer, organization);
            hand.note("team.created", &format!("team:{}", team.id), json!({"name": team.name}));
            Ok::<(), Refusal>(())
        })
        .await;
    written.map_err(|refusal| refusal.or_taken("team_name", format!("there is a team `{name}` already")))?;
    Ok(team.clone())
}

/// Deletes a team; its members stay members (T-1). A team that provider's groups name comes back with the next of their
/// writes (P4-34).
pub async fn delete(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    name: &str,
) -> Result<(), Refusal> {
    let deleted = directory
        .write(|unit| async move {
            let team = find(&unit, organization, name).await?;
            let used = unit.connections_with_default_team(team.company, team.id).await?;
            if !used.is_empty() {
                return Err(is_default(&used.join("`, `")));
            }
            let hand = Hand::new(&unit, doer, organization);
            for people in unit.accounts_of_team(team.company, team.id).await?.chunks(PEOPLE) {
                let data = Data::team(&organization.name, &team.name, &[], people);
                hand.teller().tell(Kind::TeamsChanged, team.id, data);
            }
            unit.delete_team(team.company, team.id);
            hand.note("team.deleted", &format!("team:{}", team.id), json!({"name": team.name}));
            Ok(())
        })
        .await;
    match deleted {
        // A connection was faster to make it its default.
        Err(Refusal::Directory(error)) if error.violates(DirectoryError::REFERENCE) => Err(is_default("another")),
        other => other,
    }
}

fn is_default(connections: &str) -> Refusal {
    let detail =
        format!("this is the default team of the connection `{connections}`; give it another default team first");
    Refusal::standing("C-1", detail)
}

/// What is done with a person and a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Into the team.
    In,
    /// Out of it.
    Out,
}

/// Puts a member into a team, or takes them out (T-2). Nothing happens if that is so already.
pub async fn change_member(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    name: &str,
    (account, change): (AccountId, Move),
) -> Result<(), Refusal> {
    directory
        .write(|unit| async move {
            let team = find(&unit, organization, name).await?;
            let hand = Hand::new(&unit, doer, organization);
            change_member_in(&hand, &team, account, change).await
        })
        .await
}

async fn change_member_in(hand: &Hand<'_>, team: &Team, account: AccountId, change: Move) -> Result<(), Refusal> {
    hand.unit.lock_account(account).await?;
    let view = hand.membership(account).await?;
    let view = view.filter(|view| gives_access(view.membership.state)).ok_or_else(not_member)?;
    if is_mapped(hand.unit, team).await? {
        let detail = format!(
            "groups of the provider say who is in the team `{}`; change the membership there instead",
            team.name
        );
        return Err(Refusal::standing("RC-18", detail));
    }
    let (company, subject) = (team.company, json!({"team": team.name}));
    match (change, view.teams.iter().any(|(id, _)| *id == team.id)) {
        (Move::In, true) | (Move::Out, false) => return Ok(()),
        (Move::In, false) => {
            hand.unit.add_to_team(company, team.id, account);
            hand.note("team.member_added", &account, subject);
            tell(hand, team, &[account], &[]);
        }
        (Move::Out, true) => {
            hand.unit.remove_from_team(company, team.id, account);
            hand.note("team.member_removed", &account, subject);
            tell(hand, team, &[], &[account]);
        }
    }
    Ok(())
}

/// One person came or went.
pub(super) fn tell(hand: &Hand<'_>, team: &Team, added: &[AccountId], removed: &[AccountId]) {
    let data = Data::team(&hand.organization.name, &team.name, added, removed);
    if let Some(account) = added.first().or(removed.first()) {
        hand.tell(Kind::TeamsChanged, *account, data);
    }
}

fn not_member() -> Refusal {
    let detail =
        "only members of the organization can be in its teams, and this person is none; an invitee accepts first";
    Refusal::standing("M-7", detail)
}

/// The team of this name.
pub(super) async fn find(unit: &Unit, organization: &Organization, name: &str) -> Result<Team, Refusal> {
    let found = unit.team_by_name(organization.company, organization.id, &fold(name)).await?;
    found.ok_or(Refusal::NotFound("team"))
}

/// Whether groups of a provider map to the team (RC-14).
pub(super) async fn is_mapped(unit: &Unit, team: &Team) -> Result<bool, DirectoryError> {
    unit.is_team_mapped(team.company, team.id).await
}
