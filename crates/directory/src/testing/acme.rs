//! A small company to begin a test with.

use super::sure;
use crate::{
    Account, Company, ConnectionRecord, Directory, DirectoryError, Domain, DomainState, Organization, Team, Unit,
};
use rollcall_policy::{AccountId, CompanyId, ConnectionId, ConnectionPolicy, OrganizationId, Protocol, TeamId};

/// Ids of the company `acme`: its organization `acme`, the team `everyone`, the connection `acme-sso` with the verified
/// domain `acme.example`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acme {
    /// The tenant.
    pub company: CompanyId,
    /// Its only organization, with unlimited seats.
    pub organization: OrganizationId,
    /// The default team.
    pub team: TeamId,
    /// The connection; JIT on, SCIM off.
    pub connection: ConnectionId,
}

impl Acme {
    /// Stores the company.
    pub async fn store(directory: &Directory) -> Self {
        Self::store_as(directory, "acme", 0xac).await
    }

    /// The same under another name and other ids.
    pub async fn store_as(directory: &Directory, name: &str, number: u128) -> Self {
        let acme = Self {
            company: CompanyId::from_u128(number << 8 | 1),
            organization: OrganizationId::from_u128(number << 8 | 2),
            team: TeamId::from_u128(number << 8 | 3),
            connection: ConnectionId::from_u128(number << 8 | 4),
        };
        let work = |unit: Unit| async move { acme.insert(&unit, name) };
        sure("storing the company", directory.write(work).await);
        acme
    }

    fn insert(self, unit: &Unit, name: &str) -> Result<(), DirectoryError> {
        unit.insert_company(&Company { id: self.company, name: name.to_owned(), created_at: 1 });
        unit.insert_organization(&Organization {
            company: self.company,
            id: self.organization,
            name: name.to_owned(),
            display_name: name.to_uppercase(),
            seats: None,
            created_at: 1,
        });
        unit.insert_team(&Team {
            company: self.company,
            id: self.team,
            organization: self.organization,
            name: "everyone".to_owned(),
            name_folded: "everyone".to_owned(),
        });
        unit.insert_domain(&Domain {
            company: self.company,
            name: format!("{name}.example"),
            state: DomainState::Verified,
            txt_value: "rollcall-verification=1".to_owned(),
            verified_at: Some(1),
            auto_provisioning: false,
            organization: None,
            created_at: 1,
        });
        unit.insert_connection(&ConnectionRecord {
            company: self.company,
            id: self.connection,
            name: format!("{name}-sso"),
            protocol: Protocol::Attributes,
            policy: ConnectionPolicy::default(),
            details: serde_json::Map::new(),
            default_organization: self.organization,
            default_team: Some(self.team),
            created_at: 1,
            updated_at: 1,
        })?;
        unit.set_connection_organizations(self.company, self.connection, &[self.organization]);
        unit.set_connection_domains(self.company, self.connection, &[format!("{name}.example")]);
        Ok(())
    }
}

/// An account whose username is the part before the `@`; not stored.
pub fn account(number: u128, email: &str) -> Account {
    Account {
        id: AccountId::from_u128(number),
        email: email.to_owned(),
        email_folded: rollcall_scim::fold::fold(email),
        username: email.split('@').next().unwrap_or(email).to_owned(),
        full_name: String::new(),
        email_verified: true,
        disabled: false,
        created_at: 1,
        updated_at: 1,
    }
}
