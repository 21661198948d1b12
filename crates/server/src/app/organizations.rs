//! Organizations come into being and change; their names are permanent.

use rollcall_directory::{Directory, Organization};
use rollcall_policy::{CompanyId, ConnectionId, OrganizationId};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::{Doer, Nullable, Refusal, names, version};

/// Seats at most: more is no limit, and says so with `null`.
const MOST_SEATS: u64 = 1_000_000_000;

/// What a new organization is to be.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Permanent, unique among all companies.
    pub name: String,
    /// For people; the name where absent.
    pub display_name: Option<String>,
    /// `None`: as many as want.
    pub seats: Option<u64>,
}

/// What is to be changed; absent stays.
#[derive(Clone, Debug, Default)]
pub struct OrganizationChange {
    /// For people.
    pub display_name: Option<String>,
    /// Null: as many as want. Fewer than are used puts nobody out; nobody comes in until enough have left.
    pub seats: Nullable<u64>,
}

/// Makes an organization of the company.
pub async fn create(
    directory: &Directory,
    doer: Doer<'_>,
    company: CompanyId,
    new: NewOrganization,
) -> Result<Organization, Refusal> {
    names::permanent("an organization", &new.name)?;
    check_seats(new.seats)?;
    let display_name = new.display_name.as_deref().map(|text| names::text("display_name", text)).transpose()?;
    let organization = Organization {
        company,
        id: doer.id(),
        display_name: display_name.unwrap_or_else(|| new.name.clone()),
        name: new.name,
        seats: new.seats,
        created_at: doer.now,
    };
    let subject = format!("organization:{}", organization.id);
    let entry = doer.entry("organization_created", Some(company), subject, &json!({"seats": organization.seats}));
    let stored = directory
        .write(|unit| {
            unit.insert_organization(&organization);
            unit.insert_activity(&entry);
            async { Ok::<(), Refusal>(()) }
        })
        .await;
    let taken = || format!("the name `{}` is taken; choose another", organization.name);
    stored.map_err(|refusal| refusal.or_taken("organization_name", taken()))?;
    Ok(organization)
}

/// The version of an organization, for `ETag` and `If-Match`.
pub fn version(organization: &Organization) -> u64 {
    version::of(&(&organization.name, &organization.display_name, organization.seats))
}

/// Changes an organization, whatever it is by now.
pub async fn change(
    directory: &Directory,
    doer: Doer<'_>,
    place: (CompanyId, OrganizationId),
    change: OrganizationChange,
) -> Result<(Organization, Vec<ConnectionId>), Refusal> {
    change_seen(directory, doer, place, &Preconditions::none(), change).await
}

/// Changes an organization, if it still is what the caller has seen; answers it, and the connections that must be read
/// again.
pub async fn change_seen(
    directory: &Directory,
    doer: Doer<'_>,
    (company, id): (CompanyId, OrganizationId),
    seen: &Preconditions,
    change: OrganizationChange,
) -> Result<(Organization, Vec<ConnectionId>), Refusal> {
    check_seats(change.seats.over(None))?;
    let display_name = change.display_name.as_deref().map(|text| names::text("display_name", text)).transpose()?;
    let data = json!({"display_name": display_name.is_some(), "seats": !change.seats.is_absent()});
    let entry = doer.entry("organization_changed", Some(company), format!("organization:{id}"), &data);
    let (display_name, entry) = (&display_name, &entry);
    directory
        .write(|unit| async move {
            // Alone with it: two people who change different things must not undo each other.
            unit.lock_organization(company, id).await?;
            let stored = unit.organization(company, id).await?.ok_or(Refusal::NotFound("organization"))?;
            version::check(seen, version(&stored))?;
            let changed = Organization {
                display_name: display_name.clone().unwrap_or_else(|| stored.display_name.clone()),
                seats: change.seats.over(stored.seats),
                ..stored.clone()
            };
            if changed == stored {
                return Ok((stored, Vec::new()));
            }
            unit.update_organization(&changed);
            unit.insert_activity(entry);
            if changed.seats == stored.seats {
                return Ok((changed, Vec::new()));
            }
            // Connections remember the seats of what they serve.
            let serving = unit.connections_serving(company, id).await?;
            unit.touch_connections_serving(company, id, doer.now);
            Ok((changed, serving.into_iter().map(|(connection, _)| connection).collect()))
        })
        .await
}

/// Whether so many seats can be written.
pub(super) fn check_seats(seats: Option<u64>) -> Result<(), Refusal> {
    match seats {
        Some(seats) if seats > MOST_SEATS => {
            let detail = format!("`seats` is a number up to {MOST_SEATS}, or null for as many as want");
            Err(Refusal::Invalid(detail))
        }
        Some(_) | None => Ok(()),
    }
}
