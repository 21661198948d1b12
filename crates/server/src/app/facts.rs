//! Gathers what policy decides by. Everything is read inside the unit that will apply the decision.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{
    Anchors, Connection, DirectoryError, MembershipView, Person, Scope, ServingConnection, Sought, Team, Trace,
    TraceState, Unit,
};
use rollcall_policy::{
    AccountFacts, AccountId, ConnectionFacts, ConnectionPolicy, DirectoryState, DirectoryUserFacts, DirectoryUserId,
    Effect, Folded, GroupPlace, MembershipFacts, MembershipState, OrganizationFacts, OrganizationId, Role, Seats,
    TeamFacts, email,
};
use rollcall_scim::fold::fold;

use super::domains::name::spellings;
use super::pushed;
use crate::clock::HOUR;

/// How far made teams are counted: RC-17 asks whether there are a thousand.
const MOST_TEAMS_COUNTED: u32 = 1_000;

/// Somebody the decision may be about: as stored, for applying effects, and as facts.
#[derive(Clone, Debug)]
pub struct Known {
    /// The account.
    pub person: Person,
    /// Their memberships in the connection's organizations.
    pub memberships: Vec<MembershipView>,
}

/// What is known around one sign-in or push.
#[derive(Clone, Debug)]
pub struct Gathered<'a> {
    /// The connection: the one given, or read again if it has changed since.
    pub source: Cow<'a, Connection>,
    /// The same as policy sees it. Finite seats count as free until [`Gathered::count_seats`].
    pub connection: ConnectionFacts,
    /// Everybody the decision may be about.
    pub known: BTreeMap<AccountId, Known>,
    /// The same as facts.
    pub accounts: Vec<AccountFacts>,
    /// Directory users and tombstones that matter.
    pub directory: Vec<DirectoryUserFacts>,
    /// The same as stored.
    pub traces: Vec<Trace>,
    /// Teams that the evidence, the defaults and the groups name, as far as they exist.
    pub teams: Vec<Team>,
    /// Existing teams that groups of the pushed user, and of other live users of the person, map to.
    pub groups: Vec<(DirectoryUserId, GroupPlace)>,
}

/// Why facts are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion<'a> {
    /// Somebody signs in under this subject.
    SignIn(&'a str),
    /// A directory pushes somebody.
    Push {
        /// The resource, where it is stored.
        user: Option<DirectoryUserId>,
        /// The account that the resource is linked to.
        account: Option<AccountId>,
        /// Afterwards the directory says inactive or deleted.
        leaves: bool,
    },
}

/// Whom to gather facts about.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Why.
    pub occasion: Occasion<'a>,
    /// The folded address.
    pub email: Option<&'a str>,
    /// By what an earlier life would be known.
    pub anchors: Anchors<'a>,
    /// Folded team names that the evidence names.
    pub teams: BTreeSet<String>,
    /// UTC microseconds.
    pub now: i64,
}

/// Reads the facts; the persons in them stay locked until the unit ends.
pub async fn gather<'a>(
    unit: &Unit,
    scope: Scope,
    connection: &'a Connection,
    question: &Question<'_>,
) -> Result<Gathered<'a>, DirectoryError> {
    let (source, default_team) = current(unit, scope, connection).await?;
    if let Occasion::Push { account: None, leaves: true, .. } = question.occasion {
        // Somebody without an account is sent away, while a sign-in may be making the account: see `people`.
        unit.hold_connection(scope).await?;
    }
    // Whoever has an address that this connection does not speak for is nobody it may ask about, record or hold up
    // (RC-1, RC-5, SI-4).
    let address = question.email.filter(|address| governs(&source, address));
    let (earlier, persons) = people(unit, scope, question, address).await?;
    let ids: Vec<AccountId> = persons.iter().map(|person| person.account.id).collect();
    let traces = merged(earlier, unit.traces(scope, &ids, Anchors::default()).await?);
    let directory = directory_facts(unit, scope, &source, &traces).await?;
    let mut known = BTreeMap::new();
    let mut accounts = Vec::new();
    for person in persons {
        let memberships = unit.memberships_on_connection(scope.company, scope.connection, person.account.id).await?;
        accounts.push(account_facts(unit, scope, question.occasion, &person, &memberships).await?);
        known.insert(person.account.id, Known { person, memberships });
    }
    let groups = places(unit, scope, question.occasion, &traces).await?;
    let Named { teams, groups, facts } = named(unit, scope, &source, &question.teams, groups).await?;
    let made = teams_made_lately(unit, scope, question, &teams).await?;
    let connection = connection_facts(&source, &facts, default_team.as_ref(), made);
    let teams = teams.into_iter().chain(default_team.map(|(team, _)| team)).collect();
    Ok(Gathered { source, connection, known, accounts, directory, traces, teams, groups })
}

/// The places that groups of the people in question map to; only a push follows groups (RC-14).
async fn places(
    unit: &Unit,
    scope: Scope,
    occasion: Occasion<'_>,
    traces: &[Trace],
) -> Result<Vec<(DirectoryUserId, GroupPlace)>, DirectoryError> {
    let Occasion::Push { user, account, .. } = occasion else { return Ok(Vec::new()) };
    if let (Some(user), None) = (user, account) {
        // No account holds up whoever changes the groups of somebody unlinked: see `accounts_of_users`.
        unit.lock_user(scope, user).await?;
    }
    let live = traces.iter().filter(|trace| matches!(trace.state, TraceState::Live { .. })).map(|trace| trace.id);
    let users: BTreeSet<DirectoryUserId> = live.chain(user).collect();
    unit.places_of_users(scope.company, &users.into_iter().collect::<Vec<_>>()).await
}

/// Teams by their names.
struct Named {
    /// Those that exist.
    teams: Vec<Team>,
    /// Places whose teams exist. Any other is made by the next write of its group, with everybody who belongs there.
    groups: Vec<(DirectoryUserId, GroupPlace)>,
    /// What policy sees.
    facts: Vec<(OrganizationId, TeamFacts)>,
}

async fn named(
    unit: &Unit,
    scope: Scope,
    connection: &Connection,
    asked: &BTreeSet<String>,
    mut groups: Vec<(DirectoryUserId, GroupPlace)>,
) -> Result<Named, DirectoryError> {
    let places = groups.iter().map(|(_, place)| &place.team.key);
    let names: BTreeSet<&str> = asked.iter().chain(places).map(String::as_str).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let found = unit.teams_named(scope, &names).await?;
    let exists = |organization: OrganizationId, key: &str| {
        found.iter().any(|(team, _)| team.organization == organization && team.name_folded == key)
    };
    groups.retain(|(_, place)| exists(place.organization, &place.team.key));
    let mut facts: Vec<_> =
        found.iter().map(|(team, mapped)| (team.organization, team_facts(&team.name, *mapped))).collect();
    let everywhere =
        |name: &&String| connection.organizations.iter().all(|organization| exists(organization.id, name.as_str()));
    let missing: Vec<&str> = asked.iter().filter(|name| !everywhere(name)).map(String::as_str).collect();
    let waiting = unit.places_named(scope, &missing).await?;
    // Such a team is only waiting for the next write of its group, so that nobody else may make it.
    let waiting = waiting.into_iter().filter(|(organization, key)| !exists(*organization, key));
    facts.extend(waiting.map(|(organization, key)| (organization, team_facts(&key, true))));
    Ok(Named { teams: found.into_iter().map(|(team, _)| team).collect(), groups, facts })
}

/// The connection as it is now, and its default team with whether directory groups map to that. The one given may be half a second old: what an administrator has
/// changed since must hold in every decision that comes after.
pub(super) async fn current<'a>(
    unit: &Unit,
    scope: Scope,
    connection: &'a Connection,
) -> Result<(Cow<'a, Connection>, Option<(Team, bool)>), DirectoryError> {
    let gone = || DirectoryError::Inconsistent { table: "connection".to_owned(), row: scope.connection.to_string() };
    let state = unit.connection_state(scope.company, scope.connection).await?.ok_or_else(gone)?;
    let default_team = state.default_team.map(|team| (team, state.default_team_mapped));
    if state.updated_at == connection.record.updated_at {
        return Ok((Cow::Borrowed(connection), default_team));
    }
    let fresh = unit.connection(scope.company, scope.connection).await?.ok_or_else(gone)?;
    Ok((Cow::Owned(fresh), default_team))
}

/// Whether the address is in a domain that is verified on the connection.
fn governs(connection: &Connection, address: &str) -> bool {
    email::domain(address).is_some_and(|domain| verified_domains(connection).any(|own| own == domain))
}

/// Folded names of the domains that are verified on the connection, in each of their spellings.
fn verified_domains(connection: &Connection) -> impl Iterator<Item = String> {
    connection.domains.iter().filter(|domain| domain.verified).flat_map(|domain| spellings(&domain.name))
}

/// The traces that share an anchor, and the accounts in question, locked: those of `address` among them.
///
/// Where a sign-in finds no account there is nothing to lock: a push that leaves somebody inactive and makes no account
/// could come in between, and neither would see the other. So they meet at the connection, and look again.
async fn people(
    unit: &Unit,
    scope: Scope,
    question: &Question<'_>,
    address: Option<&str>,
) -> Result<(Vec<Trace>, Vec<Person>), DirectoryError> {
    let found = look_for_people(unit, scope, question, address).await?;
    let stranger = matches!(question.occasion, Occasion::SignIn(_)) && found.1.is_empty();
    if stranger && unit.share_connection(scope).await? {
        look_for_people(unit, scope, question, address).await
    } else {
        Ok(found)
    }
}

async fn look_for_people(
    unit: &Unit,
    scope: Scope,
    question: &Question<'_>,
    address: Option<&str>,
) -> Result<(Vec<Trace>, Vec<Person>), DirectoryError> {
    let earlier = unit.traces(scope, &[], question.anchors).await?;
    let (subject, accounts) = match question.occasion {
        // Whoever else has the address in a directory is a fact, but nobody whom the sign-in can be about.
        Occasion::SignIn(subject) => (Some(subject), Vec::new()),
        Occasion::Push { account, .. } => (None, linked(account, &earlier)),
    };
    let sought = Sought { accounts: &accounts, email_folded: address, subject };
    let persons = unit.persons(scope, sought).await?;
    Ok((earlier, persons))
}

/// The account of the resource first, then those of its earlier lives.
fn linked(account: Option<AccountId>, earlier: &[Trace]) -> Vec<AccountId> {
    let mut accounts: Vec<AccountId> = account.into_iter().collect();
    for other in earlier.iter().filter_map(|trace| trace.account) {
        if !accounts.contains(&other) {
            accounts.push(other);
        }
    }
    accounts
}

fn merged(earlier: Vec<Trace>, further: Vec<Trace>) -> Vec<Trace> {
    let traces: BTreeMap<_, _> = earlier.into_iter().chain(further).map(|trace| (trace.id, trace)).collect();
    traces.into_values().collect()
}

async fn account_facts(
    unit: &Unit,
    scope: Scope,
    occasion: Occasion<'_>,
    person: &Person,
    memberships: &[MembershipView],
) -> Result<AccountFacts, DirectoryError> {
    let mut facts = Vec::new();
    for view in memberships {
        facts.push(membership_facts(unit, scope, occasion, view).await?);
    }
    let account = &person.account;
    Ok(AccountFacts {
        id: account.id,
        email: Folded::from_parts(account.email.as_str(), account.email_folded.as_str()),
        email_verified: account.email_verified,
        full_name: Some(account.full_name.clone()).filter(|name| !name.is_empty()),
        disabled: account.disabled,
        subject: person.subject.clone(),
        scim_id: person.scim_id,
        memberships: facts,
    })
}

async fn membership_facts(
    unit: &Unit,
    scope: Scope,
    occasion: Occasion<'_>,
    view: &MembershipView,
) -> Result<MembershipFacts, DirectoryError> {
    let membership = &view.membership;
    let acting_owner =
        membership.role == Role::Owner && matches!(membership.state, MembershipState::Active | MembershipState::Held);
    let last_owner = if acting_owner {
        if matches!(occasion, Occasion::Push { .. }) {
            // Owners may leave at the same time: the organization is locked while they are counted (M-9). A sign-in takes
            // nobody's role or access, so it waits for nobody.
            unit.lock_organization(scope.company, membership.organization).await?;
        }
        unit.owners(scope.company, membership.organization).await? == 1
    } else {
        false
    };
    Ok(MembershipFacts {
        organization: membership.organization,
        role: membership.role,
        origin: membership.origin,
        state: membership.state,
        suspended_by: membership.suspended_by,
        last_owner,
        teams: view.teams.iter().map(|(id, name)| team_facts(name, view.mapped.contains(id))).collect(),
    })
}

pub(super) fn team_facts(name: &str, mapped: bool) -> TeamFacts {
    TeamFacts { name: Folded::new(name, fold), mapped }
}

/// Teams that the connection has made within the hour; asked only where the evidence names teams that may have to be
/// made (RC-17). Pushes and sign-ins that run at this instant are not in it, so the limit may be passed by as many.
async fn teams_made_lately(
    unit: &Unit,
    scope: Scope,
    question: &Question<'_>,
    teams: &[Team],
) -> Result<u32, DirectoryError> {
    let exists = |name: &String| teams.iter().any(|team| team.name_folded == *name);
    if question.teams.iter().all(exists) { Ok(0) } else { teams_made_since_an_hour(unit, scope, question.now).await }
}

/// Teams that the connection has made within the hour before `now` (RC-17).
pub(super) async fn teams_made_since_an_hour(unit: &Unit, scope: Scope, now: i64) -> Result<u32, DirectoryError> {
    let made = unit.teams_made_by(scope, now.saturating_sub(HOUR), MOST_TEAMS_COUNTED).await?;
    Ok(u32::try_from(made).unwrap_or(u32::MAX))
}

/// The connection as policy sees it, with the teams that are named and the default one.
pub(super) fn connection_facts(
    connection: &Connection,
    teams: &[(OrganizationId, TeamFacts)],
    default_team: Option<&(Team, bool)>,
    teams_created_last_hour: u32,
) -> ConnectionFacts {
    let record = &connection.record;
    let default_fact = default_team.map(|(team, mapped)| (team.organization, team_facts(&team.name, *mapped)));
    let known = |organization, key: &str| teams.iter().any(|(at, team)| *at == organization && team.name.key == key);
    let default_fact = default_fact.filter(|(organization, team)| !known(*organization, &team.name.key));
    let at = |id: OrganizationId| {
        let all = teams.iter().chain(&default_fact).filter(move |(organization, _)| *organization == id);
        all.map(|(_, team)| team.clone()).collect()
    };
    let organizations = connection.organizations.iter().map(|organization| OrganizationFacts {
        id: organization.id,
        name: Folded::new(&organization.name, fold),
        seats: if organization.seats.is_none() { Seats::Unlimited } else { Seats::Free },
        teams: at(organization.id),
    });
    ConnectionFacts {
        id: record.id,
        company: record.company,
        domains: verified_domains(connection).collect(),
        organizations: organizations.collect(),
        default_organization: record.default_organization,
        default_team: default_team.map(|(team, _)| Folded::new(&team.name, fold)),
        teams_created_last_hour,
    }
}

impl Gathered<'_> {
    /// What the connection's administrators decided.
    pub fn policy(&self) -> &ConnectionPolicy {
        &self.source.record.policy
    }

    /// Whether these effects take a seat where seats are counted: then they must be counted, and it be decided again.
    ///
    /// As long as seats count as free, a decision that takes none of them never asked for one.
    pub fn takes_counted_seats(&self, effects: &[Effect]) -> bool {
        let counted = |id: &OrganizationId| {
            self.connection.organization(*id).is_some_and(|organization| organization.seats != Seats::Unlimited)
        };
        effects.iter().any(|effect| match effect {
            Effect::Join { organization, .. } | Effect::Resume { organization } => counted(organization),
            Effect::CreateAccount { .. }
            | Effect::EndSessions { .. }
            | Effect::MarkEmailVerified
            | Effect::SetEmail { .. }
            | Effect::SetName { .. }
            | Effect::LinkIdentity { .. }
            | Effect::ReleaseIdentity { .. }
            | Effect::MintScimId { .. }
            | Effect::LinkDirectoryUser
            | Effect::DropTombstone { .. }
            | Effect::AcceptInvitation { .. }
            | Effect::EnsureTeam { .. }
            | Effect::JoinTeam { .. }
            | Effect::LeaveTeam { .. }
            | Effect::Suspend { .. }
            | Effect::Hold { .. }
            | Effect::DropHold { .. }
            | Effect::HoldRemoval
            | Effect::EndHold
            | Effect::RejectHold
            | Effect::SetRole { .. }
            | Effect::Emit { .. } => false,
        })
    }

    /// Counts finite seats, and keeps them for this unit until it ends (RC-16).
    pub async fn count_seats(&mut self, unit: &Unit, scope: Scope) -> Result<(), DirectoryError> {
        let seats = unit.take_seats(scope.company, scope.connection).await?;
        for organization in &mut self.connection.organizations {
            organization.seats = match seats.iter().find(|seats| seats.organization == organization.id) {
                None => Seats::Unlimited,
                Some(seats) if seats.free() == Some(0) => Seats::Full,
                Some(_) => Seats::Free,
            };
        }
        Ok(())
    }
}

async fn directory_facts(
    unit: &Unit,
    scope: Scope,
    connection: &Connection,
    traces: &[Trace],
) -> Result<Vec<DirectoryUserFacts>, DirectoryError> {
    if traces.is_empty() {
        return Ok(Vec::new());
    }
    let serving = if traces.iter().all(|trace| trace.connection == scope.connection) {
        let organizations = connection.organizations.iter().map(|organization| organization.id).collect();
        vec![ServingConnection { id: scope.connection, scim: connection.record.policy.scim, organizations }]
    } else {
        unit.serving_connections(scope).await?
    };
    let serving: BTreeMap<_, _> = serving.into_iter().map(|connection| (connection.id, connection)).collect();
    let facts = traces.iter().filter_map(|trace| {
        let connection = serving.get(&trace.connection)?;
        Some(directory_user_facts(trace, connection))
    });
    Ok(facts.collect())
}

pub(super) fn directory_user_facts(trace: &Trace, connection: &ServingConnection) -> DirectoryUserFacts {
    let (state, address, carries_name) = match &trace.state {
        TraceState::Live { active, resource, .. } => {
            let state = if *active { DirectoryState::Active } else { DirectoryState::Inactive };
            (state, pushed::address(resource).map(fold), pushed::full_name(resource).is_some())
        }
        TraceState::Deleted { address_folded, at, .. } => {
            (DirectoryState::Deleted { at: *at }, address_folded.clone(), false)
        }
    };
    DirectoryUserFacts {
        connection: trace.connection,
        scim: connection.scim,
        serves: connection.organizations.clone(),
        id: trace.id,
        state,
        account: trace.account,
        external_id: trace.external_id.clone(),
        user_name: trace.user_name_folded.clone(),
        address,
        carries_name,
        hold: trace.hold,
    }
}
