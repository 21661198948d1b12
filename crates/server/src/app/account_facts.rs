//! Gathers what a sign-in without SSO, or an acceptance of an invitation, is decided by. Everything is read inside the unit
//! that will apply the decision, with the account locked.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{Account, DirectoryError, Domain, Invitation, MembershipView, Organization, Team, Unit};
use rollcall_policy::{
    AccountFacts, AccountSignInFacts, Client, CompanyFacts, CompanyId, DomainFacts, Effect, Folded, InvitationFacts,
    MembershipFacts, OrganizationFacts, OrganizationId, Origin, Seats,
};
use rollcall_scim::fold::fold;

use super::address;
use super::facts::{directory_user_facts, team_facts};
use crate::clock::DAY;

/// Facts, and what applying the effects needs of them.
#[derive(Clone, Debug)]
pub struct AccountGathered {
    /// For policy. Finite seats count as free until [`AccountGathered::count_seats`].
    pub facts: AccountSignInFacts,
    /// The account as stored.
    pub account: Option<Account>,
    /// Its memberships in all companies.
    pub memberships: Vec<MembershipView>,
    /// Teams that invitations name.
    pub teams: Vec<Team>,
}

/// Who signs in, and what the product says about the address.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The address.
    pub email: &'a Folded,
    /// The product has verified it.
    pub email_verified: bool,
    /// What kind of session is asked for.
    pub client: Client,
    /// UTC microseconds.
    pub now: i64,
}

/// Reads the facts; the account stays locked until the unit ends.
pub async fn gather(unit: &Unit, occasion: Occasion<'_>) -> Result<AccountGathered, DirectoryError> {
    let Occasion { email, email_verified, client, now } = occasion;
    let account = unit.account_of_address(&email.key).await?;
    let facts = AccountSignInFacts {
        now,
        client,
        email: email.clone(),
        email_verified,
        account: None,
        domain: None,
        companies: Vec::new(),
    };
    let mut gathered = AccountGathered { facts, account, memberships: Vec::new(), teams: Vec::new() };
    // Without an account there is nothing to decide: a domain makes none.
    if let Some(account) = gathered.account.clone() {
        gathered.about(unit, &account).await?;
    }
    Ok(gathered)
}

impl AccountGathered {
    async fn about(&mut self, unit: &Unit, account: &Account) -> Result<(), DirectoryError> {
        self.memberships = unit.memberships(account.id).await?;
        let mut companies = Companies::default();
        for view in &self.memberships {
            let (id, name) = (view.membership.organization, view.organization_name.as_str());
            companies.place(view.membership.company, id, name, Seats::Unlimited);
        }
        for sent in unit.pending_invitations_anywhere(&account.email_folded).await? {
            self.invited(unit, &mut companies, sent.invitation).await?;
        }
        let domain = verified_domain(unit, &account.email_folded).await?;
        if let Some((domain, connections)) = domain {
            let target = target(unit, &domain).await?.filter(|_| domain.auto_provisioning);
            if let Some(target) = &target {
                let seats = if target.seats.is_none() { Seats::Unlimited } else { Seats::Free };
                companies.place(target.company, target.id, &target.name, seats);
                companies.joined.insert(target.company);
            }
            self.facts.domain = Some(DomainFacts {
                name: fold(&domain.name),
                company: domain.company,
                attached: !connections.is_empty(),
                enforced: connections.contains(&true),
                auto_provisioning: domain.auto_provisioning,
                organization: target.map(|target| target.id),
                owners_told: false,
            });
        }
        self.facts.account = Some(account_facts(account, &self.memberships));
        self.facts.companies = companies.facts(unit, account).await?;
        Ok(())
    }

    async fn invited(
        &mut self,
        unit: &Unit,
        companies: &mut Companies,
        invitation: Invitation,
    ) -> Result<(), DirectoryError> {
        let Invitation { company, id, organization, email_folded: email, team, role, .. } = invitation;
        if !companies.has(company, organization) {
            let Some(found) = unit.organization(company, organization).await? else { return Ok(()) };
            companies.place(company, organization, &found.name, Seats::Unlimited);
        }
        let team = match team {
            Some(team) => unit.team(company, team).await?,
            None => None,
        };
        if let Some(team) = &team {
            let mapped = unit.is_team_mapped(company, team.id).await?;
            companies.team(company, organization, team, mapped);
            self.teams.push(team.clone());
        }
        let team = team.map(|team| Folded::new(&team.name, fold));
        companies.joined.insert(company);
        let entry = companies.entry(company);
        entry.invitations.push(InvitationFacts { id, organization, email, team, role });
        Ok(())
    }

    /// Whether these effects take a seat that is counted: then it must be counted, and it be decided again. Only a domain
    /// takes one; an invitation holds its own.
    pub fn takes_counted_seats(&self, effects: &[Effect]) -> bool {
        let counted = |at: OrganizationId| self.organization(at).is_some_and(|facts| facts.seats != Seats::Unlimited);
        let taken = |effect: &Effect| matches!(effect, Effect::Join { organization, origin: Origin::Domain, .. } if counted(*organization));
        effects.iter().any(taken)
    }

    /// Counts the seats of the domain's organization, and keeps them for this unit until it ends; if there is none, whether
    /// its owners were told within a day.
    pub async fn count_seats(&mut self, unit: &Unit) -> Result<(), DirectoryError> {
        let Some(domain) = &mut self.facts.domain else { return Ok(()) };
        let (Some(id), company) = (domain.organization, domain.company) else { return Ok(()) };
        let full = unit.take_seats_of(company, id).await?.is_some_and(|seats| seats.free() == Some(0));
        if full {
            domain.owners_told = unit.is_shortage_told(company, id, self.facts.now.saturating_sub(DAY)).await?;
        }
        let mut organizations = self.facts.companies.iter_mut().flat_map(|company| &mut company.organizations);
        if let Some(facts) = organizations.find(|facts| facts.id == id) {
            facts.seats = if full { Seats::Full } else { Seats::Free };
        }
        Ok(())
    }

    fn organization(&self, id: OrganizationId) -> Option<&OrganizationFacts> {
        self.facts.companies.iter().flat_map(|company| &company.organizations).find(|facts| facts.id == id)
    }
}

/// Companies while they are found, by id.
#[derive(Default)]
struct Companies {
    found: BTreeMap<CompanyId, CompanyFacts>,
    /// Those with something to join: only there it matters what directories say.
    joined: BTreeSet<CompanyId>,
}

impl Companies {
    fn entry(&mut self, id: CompanyId) -> &mut CompanyFacts {
        let (organizations, invitations, directory) = (Vec::new(), Vec::new(), Vec::new());
        self.found.entry(id).or_insert(CompanyFacts { id, organizations, invitations, directory })
    }

    fn has(&self, company: CompanyId, organization: OrganizationId) -> bool {
        let facts = self.found.get(&company);
        facts.is_some_and(|facts| facts.organizations.iter().any(|facts| facts.id == organization))
    }

    /// An organization once; the last word about its seats holds.
    fn place(&mut self, company: CompanyId, id: OrganizationId, name: &str, seats: Seats) {
        let organizations = &mut self.entry(company).organizations;
        match organizations.iter_mut().find(|facts| facts.id == id) {
            Some(known) => known.seats = seats,
            None => {
                organizations.push(OrganizationFacts { id, name: Folded::new(name, fold), seats, teams: Vec::new() });
            }
        }
    }

    fn team(&mut self, company: CompanyId, organization: OrganizationId, team: &Team, mapped: bool) {
        let organizations = &mut self.entry(company).organizations;
        if let Some(facts) = organizations.iter_mut().find(|facts| facts.id == organization) {
            facts.teams.push(team_facts(&team.name, mapped));
        }
    }

    async fn facts(mut self, unit: &Unit, account: &Account) -> Result<Vec<CompanyFacts>, DirectoryError> {
        for (id, facts) in &mut self.found {
            facts.organizations.sort_by(|one, other| one.name.key.cmp(&other.name.key));
            if !self.joined.contains(id) {
                continue;
            }
            let traces = unit.traces_of_account(*id, account.id, &account.email_folded).await?;
            if traces.is_empty() {
                continue;
            }
            let directories = unit.directories(*id).await?;
            let known = traces.iter().filter_map(|trace| {
                let directory = directories.iter().find(|directory| directory.id == trace.connection)?;
                Some(directory_user_facts(trace, directory))
            });
            facts.directory = known.collect();
        }
        Ok(self.found.into_values().collect())
    }
}

/// The verified domain of an address, however it is spelled, and for each connection that has it whether it demands SSO.
async fn verified_domain(unit: &Unit, address: &str) -> Result<Option<(Domain, Vec<bool>)>, DirectoryError> {
    let Some(name) = address::domain(address) else { return Ok(None) };
    let Some(domain) = unit.verified_domain(&name).await? else { return Ok(None) };
    let connections = unit.connections_of_domain(domain.company, &domain.name).await?;
    Ok(Some((domain, connections.iter().map(|record| record.policy.enforce_sso).collect())))
}

/// Where a domain's people go: the chosen organization, or the company's only one.
async fn target(unit: &Unit, domain: &Domain) -> Result<Option<Organization>, DirectoryError> {
    if let Some(chosen) = domain.organization {
        return unit.organization(domain.company, chosen).await;
    }
    let mut all = unit.organizations(domain.company, "", 2).await?;
    Ok(all.pop().filter(|_| all.is_empty()))
}

fn account_facts(account: &Account, memberships: &[MembershipView]) -> AccountFacts {
    AccountFacts {
        id: account.id,
        email: Folded::from_parts(account.email.as_str(), account.email_folded.as_str()),
        email_verified: account.email_verified,
        full_name: Some(account.full_name.clone()).filter(|name| !name.is_empty()),
        disabled: account.disabled,
        subject: None,
        scim_id: None,
        memberships: memberships.iter().map(membership_facts).collect(),
    }
}

fn membership_facts(view: &MembershipView) -> MembershipFacts {
    let membership = &view.membership;
    MembershipFacts {
        organization: membership.organization,
        role: membership.role,
        origin: membership.origin,
        state: membership.state,
        suspended_by: membership.suspended_by,
        // Nobody loses a role or access by signing in.
        last_owner: false,
        teams: view.teams.iter().map(|(id, name)| team_facts(name, view.mapped.contains(id))).collect(),
    }
}
