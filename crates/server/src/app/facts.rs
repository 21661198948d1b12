//! Gathers what policy decides by. Everything is read inside the unit that will apply the decision.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{
    Anchors, Connection, DirectoryError, MembershipView, Person, Scope, ServingConnection, Sought, Team, Trace,
    TraceState, Unit,
};
use rollcall_policy::{
    AccountFacts, AccountId, ConnectionFacts, DirectoryState, DirectoryUserFacts, Folded, MembershipFacts,
    MembershipState, OrganizationFacts, OrganizationId, Role, Seats, TeamFacts, TeamId,
};
use rollcall_scim::fold::fold;

use super::pushed;

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
pub struct Gathered {
    /// The connection as policy sees it.
    pub connection: ConnectionFacts,
    /// Everybody the decision may be about.
    pub known: BTreeMap<AccountId, Known>,
    /// The same as facts.
    pub accounts: Vec<AccountFacts>,
    /// Directory users and tombstones that matter.
    pub directory: Vec<DirectoryUserFacts>,
    /// The same as stored.
    pub traces: Vec<Trace>,
}

/// Whom to gather facts about.
#[derive(Clone, Debug, Default)]
pub struct Question<'a> {
    /// The provider's subject, at a sign-in.
    pub subject: Option<&'a str>,
    /// The folded address.
    pub email: Option<&'a str>,
    /// The account that the resource is linked to.
    pub account: Option<AccountId>,
    /// By what an earlier life would be known.
    pub anchors: Anchors<'a>,
    /// Folded team names that the evidence names.
    pub teams: BTreeSet<String>,
}

/// Reads the facts; the persons in them stay locked until the unit ends.
pub async fn gather(
    unit: &Unit,
    scope: Scope,
    connection: &Connection,
    question: &Question<'_>,
) -> Result<Gathered, DirectoryError> {
    let earlier = unit.traces(scope, &[], question.anchors).await?;
    let linked: BTreeSet<AccountId> =
        question.account.into_iter().chain(earlier.iter().filter_map(|trace| trace.account)).collect();
    let linked: Vec<AccountId> = linked.into_iter().take(4).collect();
    let sought = Sought { accounts: &linked, email_folded: question.email, subject: question.subject };
    let persons = unit.persons(scope, sought).await?;
    for person in &persons {
        unit.lock_account(person.account.id).await?;
    }
    let ids: Vec<AccountId> = persons.iter().map(|person| person.account.id).collect();
    let traces = merged(earlier, unit.traces(scope, &ids, Anchors::default()).await?);
    let directory = directory_facts(unit, scope, connection, &traces).await?;
    let mut known = BTreeMap::new();
    let mut accounts = Vec::new();
    for person in persons {
        let memberships = unit.memberships_on_connection(scope.company, scope.connection, person.account.id).await?;
        accounts.push(account_facts(unit, scope, &person, &memberships).await?);
        known.insert(person.account.id, Known { person, memberships });
    }
    let connection = connection_facts(unit, scope, connection, &question.teams).await?;
    Ok(Gathered { connection, known, accounts, directory, traces })
}

fn merged(earlier: Vec<Trace>, further: Vec<Trace>) -> Vec<Trace> {
    let traces: BTreeMap<_, _> = earlier.into_iter().chain(further).map(|trace| (trace.id, trace)).collect();
    traces.into_values().collect()
}

async fn account_facts(
    unit: &Unit,
    scope: Scope,
    person: &Person,
    memberships: &[MembershipView],
) -> Result<AccountFacts, DirectoryError> {
    let mut facts = Vec::new();
    for view in memberships {
        facts.push(membership_facts(unit, scope, view).await?);
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

async fn membership_facts(unit: &Unit, scope: Scope, view: &MembershipView) -> Result<MembershipFacts, DirectoryError> {
    let membership = &view.membership;
    let acting_owner =
        membership.role == Role::Owner && matches!(membership.state, MembershipState::Active | MembershipState::Held);
    let last_owner = if acting_owner {
        // Owners may leave at the same time: the organization is locked while they are counted (M-9).
        unit.lock_organization(scope.company, membership.organization).await?;
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
        teams: view.teams.iter().map(|(_, name)| team_facts(name)).collect(),
    })
}

/// No directory group maps to a team yet: mapping comes with the group rules (RC-14, RC-18).
fn team_facts(name: &str) -> TeamFacts {
    TeamFacts { name: Folded::new(name, fold), mapped: false }
}

async fn connection_facts(
    unit: &Unit,
    scope: Scope,
    connection: &Connection,
    named: &BTreeSet<String>,
) -> Result<ConnectionFacts, DirectoryError> {
    let record = &connection.record;
    let names: Vec<String> = named.iter().cloned().collect();
    let teams = unit.teams_named(scope, &names, record.default_team).await?;
    let full = full_organizations(unit, scope, connection).await?;
    let organizations = connection.organizations.iter().map(|organization| OrganizationFacts {
        id: organization.id,
        name: Folded::new(&organization.name, fold),
        seats: match organization.seats {
            None => Seats::Unlimited,
            Some(_) if full.contains(&organization.id) => Seats::Full,
            Some(_) => Seats::Free,
        },
        teams: teams.iter().filter(|team| team.organization == organization.id).map(team_fact).collect(),
    });
    Ok(ConnectionFacts {
        id: record.id,
        company: record.company,
        domains: connection.domains.iter().filter(|domain| domain.verified).map(|domain| fold(&domain.name)).collect(),
        organizations: organizations.collect(),
        default_organization: record.default_organization,
        default_team: record.default_team.and_then(|id| default_team(&teams, id)),
        teams_created_last_hour: 0,
    })
}

fn team_fact(team: &Team) -> TeamFacts {
    team_facts(&team.name)
}

fn default_team(teams: &[Team], id: TeamId) -> Option<Folded> {
    teams.iter().find(|team| team.id == id).map(|team| Folded::new(&team.name, fold))
}

/// Organizations with finite seats and none left. Nothing is counted or locked where seats are not counted (RC-16).
async fn full_organizations(
    unit: &Unit,
    scope: Scope,
    connection: &Connection,
) -> Result<BTreeSet<OrganizationId>, DirectoryError> {
    if connection.organizations.iter().all(|organization| organization.seats.is_none()) {
        return Ok(BTreeSet::new());
    }
    let seats = unit.take_seats(scope.company, scope.connection).await?;
    Ok(seats.into_iter().filter(|seats| seats.free() == Some(0)).map(|seats| seats.organization).collect())
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

fn directory_user_facts(trace: &Trace, connection: &ServingConnection) -> DirectoryUserFacts {
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
    }
}
