//! A new connection: JIT on, SCIM off (J-0, S-5).

use rollcall_directory::{ConnectionRecord, Directory};
use rollcall_policy::{CompanyId, ConnectionId, ConnectionPolicy, OrganizationId, Protocol};
use serde_json::json;

use super::placement::{Wanted, resolve};
use super::settings::Settings;
use crate::app::{Doer, Refusal};

/// What a new connection is to be.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// How evidence arrives; for good.
    pub protocol: Protocol,
    /// Name, protocol settings and switches.
    pub settings: Settings,
    /// Domains, organizations, defaults.
    pub wanted: Wanted,
    /// May only be on (J-0).
    pub jit: Option<bool>,
    /// May only be off (S-5).
    pub scim: Option<bool>,
    /// RC-18: off unless asked for. There are no groups yet, so nobody is moved.
    pub group_mapping: Option<bool>,
}

/// Makes a connection.
pub async fn create(
    directory: &Directory,
    doer: Doer<'_>,
    company: CompanyId,
    new: &NewConnection,
) -> Result<ConnectionId, Refusal> {
    let record = &new_record(doer, company, new)?;
    let id = record.id;
    let data = json!({"name": record.name, "protocol": record.protocol});
    let entry = &doer.entry("connection_created", Some(company), format!("connection:{id}"), &data);
    let stored = directory
        .write(|unit| async move {
            let placement = resolve(&unit, company, &new.wanted, &[]).await?;
            let record = ConnectionRecord {
                default_organization: placement.default_organization,
                default_team: placement.default_team,
                ..record.clone()
            };
            unit.insert_connection(&record)?;
            unit.set_connection_organizations(company, id, &placement.organizations);
            unit.set_connection_domains(company, id, &placement.domains);
            unit.insert_activity(entry);
            Ok::<(), Refusal>(())
        })
        .await;
    let taken = || format!("the company has a connection `{}` already; choose another name", record.name);
    stored.map_err(|refusal| refusal.or_taken("connection_name", taken()))?;
    Ok(id)
}

fn new_record(doer: Doer<'_>, company: CompanyId, new: &NewConnection) -> Result<ConnectionRecord, Refusal> {
    if new.jit == Some(false) {
        let detail = "JIT is on for every new connection; turn SCIM on by a plan, and then JIT off by another";
        return Err(Refusal::rule("J-0", detail));
    }
    if new.scim == Some(true) {
        return Err(Refusal::rule("S-5", "SCIM is off for every new connection; turn it on by a plan"));
    }
    if new.settings.enforce_sso == Some(true) {
        let detail = "SSO is enforced only once somebody has signed in through the connection; try that first";
        return Err(Refusal::rule("E-9", detail));
    }
    let group_mapping = new.group_mapping.unwrap_or_default();
    let mut record = ConnectionRecord {
        company,
        id: doer.id(),
        name: String::new(),
        protocol: new.protocol,
        policy: ConnectionPolicy { group_mapping, ..ConnectionPolicy::default() },
        details: serde_json::Map::new(),
        // Found in the unit.
        default_organization: OrganizationId::from_u128(0),
        default_team: None,
        created_at: doer.now,
        updated_at: doer.now,
    };
    new.settings.apply(&mut record)?;
    Ok(record)
}
