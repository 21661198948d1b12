//! Who joins and leaves a mapped team, portion by portion, under the locks of the people themselves.

use rollcall_policy::group_push::{PeopleDecision, decide_people};
use rollcall_policy::{AccountId, GroupPlace, MembershipState, Origin, PushRefusal, Role, TeamId};
use rollcall_scim::ScimError;

use super::report::Report;
use super::{AppError, Mapping};
use crate::app::events::{Data, Kind, Teller};

/// How many people are judged at once: memory and statements stay small however large the group is.
const PORTION: usize = 500;
/// From so many people on it is asked whether anybody listens, before an event is made for each.
const MANY: usize = 50;

impl Mapping<'_> {
    /// Judges these people, given by id and each once, and puts them into the team or takes them out.
    pub(super) async fn settle(
        &self,
        place: &GroupPlace,
        team: TeamId,
        people: &[AccountId],
        report: &mut Report,
    ) -> Result<(), AppError> {
        for portion in people.chunks(PORTION) {
            // Whoever else changes what they belong to is waited for, and waits: what is read next holds.
            self.unit.lock_accounts(portion).await?;
            let people = self.unit.group_people(self.scope.company, place, team, portion).await?;
            let decision = decide_people(&people);
            self.take_seats(place, &decision).await?;
            self.write(place, team, &decision);
            self.tell(place, team, &decision).await?;
            report.add(&decision);
        }
        report.finish(self, place, team);
        Ok(())
    }

    /// The same gate as for every other door: without a free seat for each, nothing of the push is stored (RC-16).
    async fn take_seats(&self, place: &GroupPlace, decision: &PeopleDecision) -> Result<(), AppError> {
        if decision.join_organization.is_empty() {
            return Ok(());
        }
        // Those of earlier portions count, too.
        self.unit.flush().await?;
        let seats = self.unit.take_seats_of(self.scope.company, place.organization).await?;
        match seats.and_then(|seats| seats.free()) {
            Some(free) if free < decision.join_organization.len() as u64 => {
                let organization = place.name.text.clone();
                let refusal = PushRefusal::NoSeat { organization: organization.clone() };
                let refusal = ScimError::status_only(refusal.status(), refusal.to_string());
                Err(AppError::NoSeat { organization, refusal })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn write(&self, place: &GroupPlace, team: TeamId, decision: &PeopleDecision) {
        let company = self.scope.company;
        self.unit.join_all(company, place.organization, &decision.join_organization, self.change.at);
        self.unit.remove_all_from_team(company, team, &decision.leave_team);
        self.unit.add_all_to_team(company, team, &decision.join_team);
    }

    /// One event for each person who joined the organization, and one for the team.
    async fn tell(&self, place: &GroupPlace, team: TeamId, decision: &PeopleDecision) -> Result<(), AppError> {
        let (company, now, organization) = (self.scope.company, self.change.at, place.name.text.as_str());
        if decision.join_organization.len() > MANY && !self.unit.is_heard(company).await? {
            return Ok(());
        }
        let teller = Teller { unit: self.unit, ids: &self.app.ids, now, company };
        for account in &decision.join_organization {
            let data = Data {
                organization: Some(organization.to_owned()),
                role: Some(Role::default()),
                state: Some(MembershipState::Active),
                ..Data::of(*account).because(Origin::Scim.code())
            };
            teller.tell(Kind::PersonJoined, account, data.by(self.scope.connection));
        }
        if decision.join_team.len() + decision.leave_team.len() > 0 {
            let name = place.team.text.trim();
            let data = Data::team(organization, name, &decision.join_team, &decision.leave_team);
            teller.tell(Kind::TeamsChanged, team, data.by(self.scope.connection));
        }
        Ok(())
    }
}
