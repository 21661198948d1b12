//! Records from rows: the columns that every selection of users and groups has, and how they are read.

use rollcall_policy::{AccountId, CompanyId, DirectoryGroupId, DirectoryUserId, Finding};
use rollcall_scim::Resource;
use sea_orm::Value;
use serde_json::Map;
use uuid::Uuid;

use super::records::{DirectoryGroup, DirectoryUser, Kind};
use crate::error::DirectoryError;
use crate::row::Row;

/// Columns of a user in table or alias `t`.
pub(super) const USER_COLUMNS: &str = "t.connection_id, t.id, t.document, t.user_name_folded AS name_folded, t.external_id, t.active, \
     t.account_id, t.finding, t.version, t.created_at, t.updated_at";

/// Columns of a group in table or alias `t`, of the same names and types.
pub(super) const GROUP_COLUMNS: &str = "t.connection_id, t.id, t.document, t.display_name_folded AS name_folded, t.external_id, TRUE AS active, \
     CAST(NULL AS uuid) AS account_id, CAST(NULL AS TEXT) AS finding, t.version, t.created_at, t.updated_at";

pub(super) fn columns(kind: Kind) -> &'static str {
    match kind {
        Kind::User => USER_COLUMNS,
        Kind::Group => GROUP_COLUMNS,
    }
}

pub(super) fn table(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "directory_user",
        Kind::Group => "directory_group",
    }
}

pub(super) fn user(company: CompanyId, row: &Row) -> Result<DirectoryUser, DirectoryError> {
    let id: Uuid = row.get("id")?;
    Ok(DirectoryUser {
        company,
        connection: row.get::<Uuid>("connection_id")?.into(),
        id: DirectoryUserId(id),
        resource: resource(Kind::User, id, row)?,
        user_name_folded: row.get("name_folded")?,
        external_id: row.get("external_id")?,
        active: row.get("active")?,
        account: row.get::<Option<Uuid>>("account_id")?.map(AccountId),
        finding: finding(id, row)?,
        version: version("version", row)?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn group(company: CompanyId, row: &Row) -> Result<DirectoryGroup, DirectoryError> {
    let id: Uuid = row.get("id")?;
    let resource = resource(Kind::Group, id, row)?;
    let display_name = resource.display_name().unwrap_or_default().to_owned();
    Ok(DirectoryGroup {
        company,
        connection: row.get::<Uuid>("connection_id")?.into(),
        id: DirectoryGroupId(id),
        resource,
        display_name,
        display_name_folded: row.get("name_folded")?,
        external_id: row.get("external_id")?,
        version: version("version", row)?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// The kind in a column that holds its name.
pub(super) fn kind(column: &str, row: &Row) -> Result<Kind, DirectoryError> {
    let name: String = row.get(column)?;
    Kind::from_name(&name).ok_or_else(|| row.inconsistent(column, &format!("`{name}` is no kind of resource")))
}

fn resource(kind: Kind, id: Uuid, row: &Row) -> Result<Resource, DirectoryError> {
    let document: String = row.get("document")?;
    Resource::from_document(&document).map_err(|_| inconsistent(kind, id))
}

/// A version; never negative.
pub(super) fn version(column: &str, row: &Row) -> Result<u64, DirectoryError> {
    u64::try_from(row.get::<i64>(column)?).map_err(|_| row.inconsistent(column, "a version is never negative"))
}

fn finding(id: Uuid, row: &Row) -> Result<Option<Finding>, DirectoryError> {
    match row.get::<Option<String>>("finding")? {
        None => Ok(None),
        Some(code) => Finding::from_code(&code).map(Some).ok_or_else(|| inconsistent(Kind::User, id)),
    }
}

fn inconsistent(kind: Kind, id: Uuid) -> DirectoryError {
    DirectoryError::Inconsistent { table: table(kind).to_owned(), row: id.to_string() }
}

/// A version as it is stored. Nobody changes a resource 2^63 times.
pub(super) fn counter(version: u64) -> Value {
    i64::try_from(version).unwrap_or(i64::MAX).into()
}

/// A string at the top of a search document.
pub(super) fn text(search: &Map<String, serde_json::Value>, key: &str) -> Option<String> {
    search.get(key).and_then(serde_json::Value::as_str).map(ToOwned::to_owned)
}
