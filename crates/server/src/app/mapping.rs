//! Pushed groups make teams: what a group's push means is applied in portions, each at the cost of the people whom it
//! concerns (G-1 to G-8, RC-14, RC-17, RC-18).

mod people;
mod report;

use std::borrow::Cow;
use std::collections::BTreeSet;

use rollcall_directory::{Connection, DirectoryError, Scope, Team, Unit};
use rollcall_policy::group_push::{Concerns, Entry, GroupFacts, decide_group, place_of};
use rollcall_policy::{AccountId, DirectoryGroupId, DirectoryUserId, Folded, GroupName, GroupPlace, TeamId};
use rollcall_scim::fold::fold;

use super::activity::Change;
use super::facts::{connection_facts, current, teams_made_since_an_hour};
use super::{AppError, Provider};
use crate::state::Parts;
use report::Report;

/// A group's push, as far as it matters for teams.
#[derive(Clone, Debug)]
pub struct Pushed<'a> {
    /// The group.
    pub id: DirectoryGroupId,
    /// Its name before; `None` for a new group.
    pub before: Option<&'a Folded>,
    /// Its name now; `None` for a deleted group.
    pub after: Option<&'a Folded>,
    /// The users that came or went; all that it had, if it is deleted.
    pub changed: Vec<DirectoryUserId>,
}

/// A change of groups of one connection at work in its unit.
#[derive(Debug)]
pub struct Mapping<'a> {
    app: &'a Parts,
    unit: &'a Unit,
    connection: &'a Connection,
    scope: Scope,
    change: &'a Change,
}

impl<'a> Mapping<'a> {
    /// On behalf of a provider.
    pub fn of_provider(app: &'a Parts, unit: &'a Unit, provider: &'a Provider, change: &'a Change) -> Self {
        Self { app, unit, connection: &provider.connection, scope: provider.scope, change }
    }

    /// Applies all groups of a connection that are there: what turning the switch on means (RC-18), or an organization
    /// that the connection serves from now on. Whatever else the unit has written of the connection counts already.
    pub async fn apply_connection(
        app: &'a Parts,
        unit: &'a Unit,
        connection: &'a Connection,
        change: &'a Change,
    ) -> Result<(), AppError> {
        unit.flush().await?;
        let scope = Scope { company: connection.record.company, connection: connection.record.id };
        let mapping = Self { app, unit, connection, scope, change };
        let connection = mapping.current().await?;
        let mut done: Vec<GroupPlace> = Vec::new();
        for group in unit.mapping_groups(scope).await? {
            let Some(place) = place(&connection, &group.name) else { continue };
            if done.iter().all(|earlier| !earlier.is(&place)) {
                let facts = GroupFacts { after: Some(place.clone()), anew: true, ..GroupFacts::default() };
                mapping.enter(group.id, facts, &[]).await?;
                done.push(place);
            }
        }
        Ok(())
    }

    /// Whom a group has that is about to be deleted; nobody, if its name maps to nothing anyway.
    pub async fn before_delete(&self, id: DirectoryGroupId, name: &Folded) -> Result<Pushed<'static>, DirectoryError> {
        let mut changed = Vec::new();
        if GroupName::parse(name).is_ok() {
            changed = self.unit.users_of_group(self.scope.company, id).await?;
        }
        Ok(Pushed { id, before: None, after: None, changed })
    }

    /// Makes teams and people what the push of the group means. It has been written, or collected, in this unit.
    pub async fn apply(&self, pushed: &Pushed<'_>) -> Result<(), AppError> {
        // Unrelated groups cost nothing (G-10).
        if [pushed.before, pushed.after].into_iter().flatten().all(|name| GroupName::parse(name).is_err()) {
            return Ok(());
        }
        // Whoever turns the switch applies the groups that are there: either this one is seen then, or the switch is here.
        self.unit.share_connection(self.scope).await?;
        let connection = self.current().await?;
        let before = pushed.before.and_then(|name| place(&connection, name));
        let after = pushed.after.and_then(|name| place(&connection, name));
        if before.is_none() && after.is_none() {
            return Ok(());
        }
        self.unit.flush().await?;
        self.enter(pushed.id, GroupFacts { before, after, ..GroupFacts::default() }, &pushed.changed).await
    }

    async fn current(&self) -> Result<Cow<'a, Connection>, DirectoryError> {
        Ok(current(self.unit, self.scope, self.connection).await?.0)
    }

    /// Completes the facts, decides, and lets the people follow.
    async fn enter(
        &self,
        group: DirectoryGroupId,
        mut facts: GroupFacts,
        changed: &[DirectoryUserId],
    ) -> Result<(), AppError> {
        let team = self.gather(group, &mut facts).await?;
        let decision = decide_group(&facts);
        let mut report = Report::new(group, decision.trail.rules());
        if let Some(place) = &decision.leaves {
            self.leave(group, place, changed, &mut report).await?;
        }
        match (&decision.enters, &facts.after) {
            (Some(entry), _) => {
                let team = match team {
                    Some(team) if !entry.make => team.id,
                    Some(_) | None => self.make(&entry.place, &report).await?,
                };
                let people = self.concerned(group, entry, team, changed).await?;
                self.settle(&entry.place, team, &people, &mut report).await?;
            }
            (None, Some(place)) => report.over_limit(self, place),
            (None, None) => {}
        }
        Ok(())
    }

    async fn team(&self, place: &GroupPlace) -> Result<Option<Team>, DirectoryError> {
        self.unit.team_by_name(self.scope.company, place.organization, &place.team.key).await
    }

    async fn gather(&self, group: DirectoryGroupId, facts: &mut GroupFacts) -> Result<Option<Team>, DirectoryError> {
        let Some(after) = &facts.after else { return Ok(None) };
        let team = self.team(after).await?;
        facts.team_exists = team.is_some();
        if team.is_none() {
            facts.teams_created_last_hour = teams_made_since_an_hour(self.unit, self.scope, self.change.at).await?;
        } else if !facts.before.as_ref().is_some_and(|before| before.is(after)) {
            let groups = self.unit.groups_mapped_to(self.scope.company, after).await?;
            facts.shared = groups.iter().any(|other| *other != group);
        }
        Ok(team)
    }

    /// The group's people, past and present, leave a team that the group does not map to any more; the team stays (P4-34).
    async fn leave(
        &self,
        group: DirectoryGroupId,
        place: &GroupPlace,
        changed: &[DirectoryUserId],
        report: &mut Report,
    ) -> Result<(), AppError> {
        let Some(team) = self.team(place).await? else { return Ok(()) };
        let mut users = self.unit.users_of_group(self.scope.company, group).await?;
        users.extend(changed);
        let people = self.unit.accounts_of_users(self.scope.company, &users).await?;
        self.settle(place, team.id, &people, report).await
    }

    /// G-3, R-6.
    async fn make(&self, place: &GroupPlace, report: &Report) -> Result<TeamId, DirectoryError> {
        let id = TeamId::from(self.app.ids.uuid(self.change.at));
        let name = place.team.text.trim();
        let team = Team {
            company: self.scope.company,
            id,
            organization: place.organization,
            name: name.to_owned(),
            name_folded: fold(name),
        };
        self.unit.insert_team_made_by(&team, self.scope.connection, self.change.at);
        report.team_made(self, place, id);
        self.unit.flush().await?;
        Ok(id)
    }

    async fn concerned(
        &self,
        group: DirectoryGroupId,
        entry: &Entry,
        team: TeamId,
        changed: &[DirectoryUserId],
    ) -> Result<Vec<AccountId>, DirectoryError> {
        let company = self.scope.company;
        match entry.concerns {
            Concerns::Changed => self.unit.accounts_of_users(company, changed).await,
            Concerns::Group => {
                let users = self.unit.users_of_group(company, group).await?;
                self.unit.accounts_of_users(company, &users).await
            }
            Concerns::Everybody => {
                let mut people: BTreeSet<AccountId> =
                    self.unit.accounts_of_team(company, team).await?.into_iter().collect();
                for group in self.unit.groups_mapped_to(company, &entry.place).await? {
                    let users = self.unit.users_of_group(company, group).await?;
                    people.extend(self.unit.accounts_of_users(company, &users).await?);
                }
                Ok(people.into_iter().collect())
            }
        }
    }
}

/// Where a group of that name maps to, if to anything.
fn place(connection: &Connection, name: &Folded) -> Option<GroupPlace> {
    place_of(&connection.record.policy, &connection_facts(connection, &[], None, 0), name).ok()
}
