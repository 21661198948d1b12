//! What a file asks for, held against what is stored and against itself, before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::ConnectionRecord;
use rollcall_policy::mapping::is_team_name;
use rollcall_policy::{CompanyId, ConnectionId, ConnectionPolicy, OrganizationId, Protocol};
use rollcall_scim::fold::fold;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::difference::Reading;
use super::{Entity, Kind, Mistake};
use crate::app::connections::Settings;
use crate::app::domains::name::DomainName;
use crate::app::{Nullable, Refusal, names, organizations};
use crate::config::Outbound;

/// All mistakes in what the file asks for.
pub fn check(current: &[Entity], wanted: &[Entity], reading: Reading, outbound: &Outbound) -> Vec<Mistake> {
    let mut checking = Checking { mistakes: Vec::new(), then: Then::of(current, wanted, reading) };
    for entity in wanted {
        let stored = current.iter().find(|one| one.key == entity.key);
        match entity.key.kind {
            Kind::Company => checking.name(entity, "a company", stored),
            Kind::Organization => checking.organization(entity, stored),
            Kind::Domain => checking.domain(entity, stored),
            Kind::Connection => checking.connection(entity, stored, outbound),
        }
    }
    checking.mistakes.sort();
    checking.mistakes
}

/// What there will be.
#[derive(Default)]
struct Then {
    /// Names of organizations and whose they are, first those that are stored.
    organizations: BTreeMap<String, String>,
    /// Folded names by company and organization.
    teams: BTreeSet<(String, String, String)>,
    /// Domains that are verified, and whose they are.
    verified: BTreeMap<String, String>,
}

impl Then {
    fn of(current: &[Entity], wanted: &[Entity], reading: Reading) -> Self {
        let mut then = Self::default();
        for (entity, stored) in current.iter().map(|one| (one, true)).chain(wanted.iter().map(|one| (one, false))) {
            let (name, company) = (entity.key.name.clone(), entity.key.company.clone());
            match entity.key.kind {
                Kind::Organization => {
                    for team in entity.texts("teams") {
                        then.teams.insert((company.clone(), name.clone(), fold(&team)));
                    }
                    then.organizations.entry(name).or_insert(company);
                }
                Kind::Domain if entity.text("state") == Some("verified") && (stored || reading.trust_domains) => {
                    then.verified.entry(name).or_insert(company);
                }
                Kind::Company | Kind::Domain | Kind::Connection => {}
            }
        }
        then
    }
}

struct Checking {
    mistakes: Vec<Mistake>,
    then: Then,
}

impl Checking {
    fn wrong(&mut self, line: usize, problem: impl Into<String>) {
        self.mistakes.push(Mistake { line, problem: problem.into() });
    }

    fn hold(&mut self, line: usize, outcome: Result<(), Refusal>) {
        if let Err(refusal) = outcome {
            self.wrong(line, refusal.to_string());
        }
    }

    /// Names are permanent: one that is there is good.
    fn name(&mut self, entity: &Entity, what: &str, stored: Option<&Entity>) {
        if stored.is_none() {
            self.hold(entity.line, names::permanent(what, &entity.key.name));
        }
    }

    fn organization(&mut self, entity: &Entity, stored: Option<&Entity>) {
        self.name(entity, "an organization", stored);
        if self.then.organizations.get(&entity.key.name).is_some_and(|company| *company != entity.key.company) {
            self.wrong(
                entity.line,
                format!("the name `{}` is taken by another company; choose another", entity.key.name),
            );
        }
        if let Some(display_name) = entity.value("display_name").and_then(Value::as_str) {
            self.hold(entity.line_of("display_name"), names::text("display_name", display_name).map(drop));
        }
        let seats = entity.value("seats").and_then(Value::as_u64);
        self.hold(entity.line_of("seats"), organizations::check_seats(seats));
        for team in entity.texts("teams").iter().filter(|team| !is_team_name(team)) {
            let problem =
                format!("`{team}` is no name of a team: 1 to 100 characters, none of them a control character");
            self.wrong(entity.line_of("teams"), problem);
        }
    }

    fn domain(&mut self, entity: &Entity, stored: Option<&Entity>) {
        let (name, company) = (&entity.key.name, &entity.key.company);
        match name.parse::<DomainName>() {
            Err(error) if stored.is_none() => self.wrong(entity.line, error.to_string()),
            Ok(parsed) if parsed.as_str() != name => {
                self.wrong(entity.line, format!("write this domain as `{parsed}`"));
            }
            Ok(_) | Err(_) => {}
        }
        let verified = self.then.verified.get(name).cloned();
        let asked =
            entity.text("state") == Some("verified") && stored.and_then(|one| one.text("state")) != Some("verified");
        if asked && verified.as_ref().is_some_and(|other| other != company) {
            self.wrong(entity.line_of("state"), format!("another company has the domain `{name}` verified"));
        }
        let value = |name: &str| entity.text(name).or_else(|| stored.and_then(|one| one.text(name))).map(str::to_owned);
        let target = value("organization");
        if let Some(target) = &target
            && self.then.organizations.get(target) != Some(company)
        {
            self.wrong(entity.line_of("organization"), format!("`{target}` is no organization of {company}"));
        }
        let was = stored.and_then(|one| one.value("auto_provisioning")) == Some(&json!(true));
        if entity.value("auto_provisioning") == Some(&json!(true)) && !was {
            let line = entity.line_of("auto_provisioning");
            if verified.as_ref() != Some(company) {
                self.wrong(
                    line,
                    format!("the domain `{name}` is not verified; people join only by verified ones (A-1)"),
                );
            }
            let choices = self.then.organizations.values().filter(|one| *one == company).count();
            if target.is_none() && choices != 1 {
                self.wrong(line, "say with `organization` which organization people of this domain join");
            }
        }
    }

    fn connection(&mut self, entity: &Entity, stored: Option<&Entity>, outbound: &Outbound) {
        let line = entity.line;
        if stored.is_none() {
            for name in ["protocol", "domains", "organizations"] {
                if entity.value(name).is_none() {
                    self.wrong(line, format!("a new connection needs `{name}`"));
                }
            }
        }
        let was = stored.and_then(|one| one.text("protocol"));
        if let (Some(was), Some(wanted)) = (was, entity.text("protocol"))
            && was != wanted
        {
            let problem = format!("the protocol of a connection is for good (`{was}`); make another connection");
            self.wrong(entity.line_of("protocol"), problem);
        }
        let merged = merged(entity, stored);
        self.placement(entity, &merged, stored);
        let protocol = merged.text("protocol").and_then(Protocol::from_code);
        if let Some(protocol) = protocol {
            let outcome = settings(&merged).and_then(|settings| {
                settings.check(outbound)?;
                settings.apply(&mut blank(protocol))
            });
            let at = entity.line_of(protocol.code());
            self.hold(at, outcome);
        }
    }

    fn placement(&mut self, entity: &Entity, merged: &Entity, stored: Option<&Entity>) {
        let company = &entity.key.company;
        let attached = stored.map(|one| one.texts("domains")).unwrap_or_default();
        for domain in merged.texts("domains").iter().filter(|one| !attached.contains(one)) {
            if self.then.verified.get(domain) != Some(company) {
                let problem = format!(
                    "`{domain}` is no verified domain of {company} (D-11); prove it first with `rollcall domain add` \
                     and `verify`, or put it into the file as verified and apply with `--trust-domains`"
                );
                self.wrong(entity.line_of("domains"), problem);
            }
        }
        let organizations = merged.texts("organizations");
        for name in organizations
            .iter()
            .filter(|name| self.then.organizations.get(*name) != Some(company))
            .cloned()
            .collect::<Vec<_>>()
        {
            self.wrong(entity.line_of("organizations"), format!("`{name}` is no organization of {company} (C-1)"));
        }
        for name in ["domains", "organizations"] {
            if merged.value(name).is_some() && merged.texts(name).is_empty() {
                self.wrong(entity.line_of(name), format!("a connection needs at least one of its `{name}`"));
            }
        }
        let default = merged.text("default_organization").map(str::to_owned);
        let default = default.or_else(|| if let [only] = organizations.as_slice() { Some(only.clone()) } else { None });
        let Some(default) = default.filter(|default| organizations.contains(default)) else {
            if !organizations.is_empty() {
                let problem = "`default_organization` must be one of the connection's `organizations` (C-1)";
                self.wrong(entity.line_of("default_organization"), problem);
            }
            return;
        };
        if let Some(team) = merged.text("default_team")
            && !self.then.teams.contains(&(company.clone(), default.clone(), fold(team)))
        {
            let problem = format!("`{team}` is no team of {default} (C-1); name it among the organization's `teams`");
            self.wrong(entity.line_of("default_team"), problem);
        }
    }
}

/// What is stored with what the file says over it.
pub(super) fn merged(entity: &Entity, stored: Option<&Entity>) -> Entity {
    let mut merged = entity.clone();
    for (name, given) in stored.into_iter().flat_map(|one| &one.values) {
        merged.values.entry(name.clone()).or_insert_with(|| given.clone());
    }
    // Another default organization has no default team unless the file names one.
    let moved = stored.is_some_and(|one| one.value("default_organization") != merged.value("default_organization"));
    if moved && entity.value("default_team").is_none() {
        merged.values.remove("default_team");
    }
    merged
}

/// What PATCH would be given.
pub(super) fn settings(entity: &Entity) -> Result<Settings, Refusal> {
    let known = |name: &str| entity.value(name).filter(|value| !value.is_null());
    Ok(Settings {
        name: Some(entity.key.name.clone()),
        oidc: read(known("oidc"))?,
        saml: read(known("saml"))?,
        enforce_sso: None,
        freeze_name: read(known("freeze_name"))?,
        on_new_subject: read(known("on_new_subject"))?,
        create_denied_accounts: read(known("create_denied_accounts"))?,
        unverified_domains: read(known("unverified_domains"))?,
        strict: read(known("strict"))?,
        tolerances: read(known("tolerances"))?,
        protected_accounts: read(known("protected_accounts"))?,
        brake: read(known("brake"))?,
        journal: match known("journal") {
            None => Nullable::Absent,
            Some(word) if word == "" => Nullable::Null,
            word => read(word)?.map_or(Nullable::Absent, Nullable::Value),
        },
    })
}

/// A value as the use cases take it.
fn read<T: DeserializeOwned>(value: Option<&Value>) -> Result<Option<T>, Refusal> {
    value
        .map(|value| serde_json::from_value(value.clone()))
        .transpose()
        .map_err(|error| Refusal::Invalid(error.to_string()))
}

/// A connection to try settings on.
fn blank(protocol: Protocol) -> ConnectionRecord {
    ConnectionRecord {
        company: CompanyId::from_u128(0),
        id: ConnectionId::from_u128(0),
        name: String::new(),
        protocol,
        policy: ConnectionPolicy::default(),
        details: Map::new(),
        default_organization: OrganizationId::from_u128(0),
        default_team: None,
        created_at: 0,
        updated_at: 0,
    }
}
