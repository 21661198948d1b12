//! Who is the authority of a connection, whom it serves and where: what changes only through a plan (design.md 5.2).

use rollcall_directory::{Activity, Connection, ConnectionRecord, Directory, Scope, Unit};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::change::check_enforceable;
use super::moved;
use super::placement::{Placement, Wanted, resolve};
use crate::app::events::{Data, Kind, Teller};
use crate::app::{Doer, Nullable, Refusal, brake};

/// A change of policy; absent members stay as they are. Nobody is changed by it as such (S-6, S-7).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// A sign-in may add people (N-5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit: Option<bool>,
    /// The provider may push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim: Option<bool>,
    /// Groups named `organization:team` put people into teams (RC-18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_mapping: Option<bool>,
    /// All of them, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    /// All of them, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<String>>,
    /// By name; another one than before has no default team unless `default_team` names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_organization: Option<String>,
    /// By name; null for none.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    #[schema(value_type = Option<String>)]
    pub default_team: Nullable<String>,
    /// People of its domains must use it (E-1), once somebody has shown that it works (E-9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_sso: Option<bool>,
    /// The provider is held to the RFCs; it concerns what is pushed, and nobody who signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// A connection as it would be after a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// With the new switches and defaults; `updated_at` is not moved yet.
    pub record: ConnectionRecord,
    /// Domains and organizations.
    pub placement: Placement,
}

/// The connection as it would be, if the rules allow it. Changes nothing: for plans.
pub async fn judge(unit: &Unit, connection: &Connection, change: &PolicyChange) -> Result<Changed, Refusal> {
    let stored = &connection.record;
    let (jit, scim) = (change.jit.unwrap_or(stored.policy.jit), change.scim.unwrap_or(stored.policy.scim));
    // P4-25: turning SCIM off leaves JIT as it is; off as well is invitation only, which nobody reaches in one step.
    if stored.policy.jit && !jit && !scim {
        let detail = "JIT can be turned off only while SCIM is on; turn SCIM on first";
        return Err(Refusal::rule("N-5", detail));
    }
    if change.enforce_sso == Some(true) && !stored.policy.enforce_sso {
        check_enforceable(unit, connection).await.map_err(forbidden)?;
    }
    let wanted = wanted(unit, connection, change).await?;
    let attached: Vec<String> = connection.domains.iter().map(|domain| domain.name.clone()).collect();
    let placement = resolve(unit, stored.company, &wanted, &attached).await?;
    if connection.organizations.iter().any(|served| !placement.organizations.contains(&served.id)) {
        // Nobody could answer for people who are held in an organization that the connection serves no more.
        let scope = Scope { company: stored.company, connection: stored.id };
        brake::refuse_holding(unit, scope, "and then take organizations off it").await?;
    }
    let mut record = stored.clone();
    record.policy.jit = jit;
    record.policy.scim = scim;
    record.policy.group_mapping = change.group_mapping.unwrap_or(stored.policy.group_mapping);
    record.policy.enforce_sso = change.enforce_sso.unwrap_or(stored.policy.enforce_sso);
    if let Some(strict) = change.strict {
        record.details.insert("strict".to_owned(), strict.into());
    }
    record.default_organization = placement.default_organization;
    record.default_team = placement.default_team;
    Ok(Changed { record, placement })
}

/// What stands in the way of a change forbids its plan: there is nothing to wait for.
fn forbidden(refusal: Refusal) -> Refusal {
    if let Refusal::Standing { rule, detail } = refusal { Refusal::Rule { rule, detail } } else { refusal }
}

/// The whole placement by name, what is not mentioned as it is stored.
async fn wanted(unit: &Unit, connection: &Connection, change: &PolicyChange) -> Result<Wanted, Refusal> {
    let stored = &connection.record;
    let served = &connection.organizations;
    let name_of_default = served.iter().find(|served| served.id == stored.default_organization);
    let default_before = name_of_default.map(|served| served.name.clone());
    let default_organization = change.default_organization.clone().or_else(|| default_before.clone());
    let team_before = match stored.default_team {
        Some(team) if default_organization == default_before => unit.team(stored.company, team).await?,
        Some(_) | None => None,
    };
    let default_team = change.default_team.clone().over(team_before.map(|team| team.name));
    Ok(Wanted {
        domains: change.domains.clone().unwrap_or_else(|| names(&connection.domains, |domain| &domain.name)),
        organizations: change.organizations.clone().unwrap_or_else(|| names(served, |served| &served.name)),
        default_organization,
        default_team,
    })
}

fn names<T>(of: &[T], name: impl Fn(&T) -> &String) -> Vec<String> {
    of.iter().map(|one| name(one).clone()).collect()
}

/// Makes the change in a unit that holds the connection: for whoever applies a plan. The entry is made outside, since a
/// unit may run more than once. Let the authenticator forget the connection once it is stored.
pub async fn apply(
    unit: &Unit,
    scope: Scope,
    doer: Doer<'_>,
    change: &PolicyChange,
    entry: &Activity,
) -> Result<Connection, Refusal> {
    unit.hold_connection(scope).await?;
    let found = unit.connection(scope.company, scope.connection).await?;
    let connection = found.ok_or(Refusal::NotFound("connection"))?;
    let Changed { mut record, placement } = judge(unit, &connection, change).await?;
    record.updated_at = moved(connection.record.updated_at, doer.now);
    unit.update_connection(&record, connection.record.updated_at)?;
    unit.set_connection_organizations(scope.company, scope.connection, &placement.organizations);
    unit.set_connection_domains(scope.company, scope.connection, &placement.domains);
    unit.insert_activity(entry);
    tell(unit, doer, scope, change);
    unit.flush().await?;
    let after = unit.connection(scope.company, scope.connection).await?;
    after.ok_or(Refusal::NotFound("connection"))
}

fn tell(unit: &Unit, doer: Doer<'_>, scope: Scope, change: &PolicyChange) {
    let teller = Teller { unit, ids: doer.ids, now: doer.now, company: scope.company };
    let data = Data { change: Some(json!(change)), ..Data::default() };
    teller.tell(Kind::PolicyChanged, scope.connection, data.by(scope.connection));
}

/// What is noted of such a change: the change itself holds no secrets.
pub fn entry(doer: Doer<'_>, scope: Scope, change: &PolicyChange) -> Activity {
    let subject = format!("connection:{}", scope.connection);
    doer.entry("connection_policy_changed", Some(scope.company), subject, &json!({"change": change}))
}

/// Changes the policy in a unit of its own.
pub async fn change_policy(
    directory: &Directory,
    doer: Doer<'_>,
    scope: Scope,
    change: &PolicyChange,
) -> Result<Connection, Refusal> {
    let entry = &entry(doer, scope, change);
    directory.write(|unit| async move { apply(&unit, scope, doer, change, entry).await }).await
}
