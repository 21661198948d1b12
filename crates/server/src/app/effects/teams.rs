//! Effects on teams: made when first named (R-6, G-3), compared folded (RC-17).

use rollcall_directory::{DirectoryError, Team};
use rollcall_policy::{OrganizationId, TeamId};
use rollcall_scim::fold::fold;

use super::Subject;
use crate::app::events::{Data, Kind};

impl Subject<'_> {
    pub(super) async fn ensure_team(&mut self, organization: OrganizationId, name: &str) -> Result<(), DirectoryError> {
        if self.find_team(organization, name).await?.is_some() {
            return Ok(());
        }
        let team = Team {
            company: self.scope.company,
            id: TeamId::from(self.app.ids.uuid(self.now)),
            organization,
            name: name.to_owned(),
            name_folded: fold(name),
        };
        self.unit.insert_team_made_by(&team, self.scope.connection, self.now);
        self.teams.insert((organization, team.name_folded), team.id);
        Ok(())
    }

    pub(super) async fn join_team(&mut self, organization: OrganizationId, name: &str) -> Result<(), DirectoryError> {
        // Deleted meanwhile means made anew: the effect before this one saw it.
        self.ensure_team(organization, name).await?;
        if let (Some(team), account) = (self.find_team(organization, name).await?, self.id()?) {
            self.unit.add_to_team(self.scope.company, team, account);
            self.tell(Kind::TeamsChanged, Data::team(&self.name(organization), name, &[account], &[]))?;
        }
        Ok(())
    }

    pub(super) async fn leave_team(&mut self, organization: OrganizationId, name: &str) -> Result<(), DirectoryError> {
        if let (Some(team), account) = (self.find_team(organization, name).await?, self.id()?) {
            self.unit.remove_from_team(self.scope.company, team, account);
            self.tell(Kind::TeamsChanged, Data::team(&self.name(organization), name, &[], &[account]))?;
        }
        Ok(())
    }

    async fn find_team(&mut self, organization: OrganizationId, name: &str) -> Result<Option<TeamId>, DirectoryError> {
        let key = (organization, fold(name));
        if let Some(team) = self.teams.get(&key) {
            return Ok(Some(*team));
        }
        let team = self.unit.team_by_name(self.scope.company, organization, &key.1).await?.map(|team| team.id);
        self.teams.extend(team.map(|id| (key, id)));
        Ok(team)
    }
}
