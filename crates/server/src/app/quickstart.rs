//! The data that `rollcall quickstart` works with: one company, one organization, one connection, fresh credentials.

use rollcall_directory::{
    Activity, Company, ConnectionRecord, Directory, DirectoryError, Domain, DomainState, Organization, Team, Unit,
};
use rollcall_policy::{CompanyId, ConnectionId, ConnectionPolicy, OrganizationId, Protocol, TeamId};
use rollcall_scim::fold::fold;

use super::tokens::{Doer, Holder, activity, mint};
use crate::auth::{AdminRole, Minted};
use crate::ids::Ids;

const COMPANY: &str = "acme";
const ORGANIZATION: &str = "acme";
const CONNECTION: &str = "acme-sso";
const DOMAIN: &str = "acme.example";
const TEAM: &str = "everyone";

/// A connection and the four credentials that go with it.
#[derive(Debug)]
pub struct Prepared {
    /// The connection `acme-sso`.
    pub connection: ConnectionId,
    /// For the identity provider.
    pub scim: Minted,
    /// For the sign-in of the connection.
    pub sign_in: Minted,
    /// For the product.
    pub product: Minted,
    /// For the operator.
    pub admin: Minted,
}

/// Why there is nothing to quickstart.
#[derive(Debug, thiserror::Error)]
pub enum QuickstartError {
    /// Somebody works with this database in earnest.
    #[error(
        "this database holds other data than quickstart's; serve it with `rollcall serve`, or name an empty --data-dir"
    )]
    Foreign,
    /// The database.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// Makes what is missing, and new credentials; earlier ones end only if `revoke_old`.
pub async fn prepare(
    directory: &Directory,
    ids: &Ids,
    now: i64,
    revoke_old: bool,
) -> Result<Prepared, QuickstartError> {
    let fresh = Fresh::new(ids, now);
    let (company, connection) = directory
        .write(|unit| {
            let fresh = &fresh;
            async move { find_or_make(&unit, fresh).await }
        })
        .await?;
    let doer = Doer { actor: "quickstart", ids, now };
    let new = |holder| mint(holder, None, ids, now);
    let prepared = Prepared {
        connection,
        scim: new(Holder::Scim(company, connection)),
        sign_in: new(Holder::SignIn(company, connection)),
        product: new(Holder::Product),
        admin: new(Holder::Admin(AdminRole::Operator)),
    };
    let tokens = [&prepared.scim, &prepared.sign_in, &prepared.product, &prepared.admin].map(|minted| &minted.record);
    let activities: Vec<Activity> = tokens.iter().map(|token| activity("token_created", token, doer)).collect();
    directory
        .write(|unit| {
            if revoke_old {
                unit.revoke_tokens_before(now);
            }
            for (token, activity) in tokens.iter().zip(&activities) {
                unit.insert_token(token);
                unit.insert_activity(activity);
            }
            async { Ok::<(), DirectoryError>(()) }
        })
        .await?;
    Ok(prepared)
}

/// What is stored if the database is empty: made beforehand, since a unit of work may run more than once.
struct Fresh {
    company: Company,
    organization: Organization,
    team: Team,
    domain: Domain,
    connection: ConnectionRecord,
}

impl Fresh {
    fn new(ids: &Ids, now: i64) -> Self {
        let company = CompanyId::from(ids.uuid(now));
        let organization = OrganizationId::from(ids.uuid(now));
        let team = TeamId::from(ids.uuid(now));
        let policy = ConnectionPolicy { jit: true, scim: true, group_mapping: true, ..ConnectionPolicy::default() };
        Self {
            company: Company { id: company, name: COMPANY.to_owned(), created_at: now },
            organization: Organization {
                company,
                id: organization,
                name: ORGANIZATION.to_owned(),
                display_name: "Acme".to_owned(),
                seats: None,
                created_at: now,
            },
            team: Team { company, id: team, organization, name: TEAM.to_owned(), name_folded: fold(TEAM) },
            domain: Domain {
                company,
                name: DOMAIN.to_owned(),
                state: DomainState::Verified,
                // Never asked for: `.example` is in nobody's DNS, and quickstart's word stands for the record.
                txt_value: "quickstart".to_owned(),
                verified_at: Some(now),
                auto_provisioning: false,
                organization: None,
                created_at: now,
            },
            connection: ConnectionRecord {
                company,
                id: ConnectionId::from(ids.uuid(now)),
                name: CONNECTION.to_owned(),
                protocol: Protocol::Attributes,
                policy,
                details: serde_json::Map::new(),
                default_organization: organization,
                default_team: Some(team),
                created_at: now,
                updated_at: now,
            },
        }
    }
}

async fn find_or_make(unit: &Unit, fresh: &Fresh) -> Result<(CompanyId, ConnectionId), QuickstartError> {
    if let Some(company) = unit.company_by_name(COMPANY).await? {
        let connection = unit.connection_by_name(company.id, CONNECTION).await?.ok_or(QuickstartError::Foreign)?;
        return Ok((company.id, connection.id));
    }
    if !unit.companies("", 1).await?.is_empty() {
        return Err(QuickstartError::Foreign);
    }
    let (company, connection) = (fresh.company.id, fresh.connection.id);
    unit.insert_company(&fresh.company);
    unit.insert_organization(&fresh.organization);
    unit.insert_team(&fresh.team);
    unit.insert_domain(&fresh.domain);
    unit.insert_connection(&fresh.connection)?;
    unit.set_connection_organizations(company, connection, &[fresh.organization.id]);
    unit.set_connection_domains(company, connection, &[DOMAIN.to_owned()]);
    Ok((company, connection))
}
