//! What is left of deleted users (RC-8), and the SCIM ids that people have before they are pushed (RC-7).

use rollcall_policy::{AccountId, DirectoryUserId};
use uuid::Uuid;

use super::records::{Scope, Tombstone};
use super::rows;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;
use crate::unit::Unit;

macro_rules! latest_tombstone_where {
    ($condition:literal) => {
        concat!(
            "SELECT t.id, t.user_name_folded, t.external_id, t.address_folded, t.account_id, t.version, t.created_at, ",
            "t.deleted_at FROM tombstone AS t WHERE t.company_id = ? AND t.connection_id = ? AND ",
            $condition,
            " ORDER BY t.deleted_at DESC, t.id DESC LIMIT 1"
        )
    };
}

impl Reader {
    /// The tombstone of the same person by RC-8, the latest if there are several: same `externalId`; or neither side has
    /// one, and both `userName` and address are equal. Whether it is still in time is the caller's question.
    pub async fn tombstone_matching(
        &self,
        scope: Scope,
        external_id: Option<&str>,
        user_name_folded: &str,
        address_folded: Option<&str>,
    ) -> Result<Option<Tombstone>, DirectoryError> {
        let (company, connection) = (scope.company.uuid().into(), scope.connection.uuid().into());
        let row = match (external_id, address_folded) {
            (Some(external_id), _) => {
                const SQL: &str = latest_tombstone_where!("t.external_id = ?");
                self.query_one(SQL, vec![company, connection, external_id.into()]).await?
            }
            (None, Some(address)) => {
                const SQL: &str = latest_tombstone_where!(
                    "t.external_id IS NULL AND t.user_name_folded = ? AND t.address_folded = ?"
                );
                self.query_one(SQL, vec![company, connection, user_name_folded.into(), address.into()]).await?
            }
            (None, None) => None,
        };
        row.as_ref().map(tombstone).transpose()
    }

    /// The SCIM id of a person on the connection, minted when either door first saw the pair.
    pub async fn scim_id(&self, scope: Scope, account: AccountId) -> Result<Option<DirectoryUserId>, DirectoryError> {
        const SQL: &str =
            "SELECT s.id FROM scim_id AS s WHERE s.company_id = ? AND s.connection_id = ? AND s.account_id = ?";
        let values = vec![scope.company.uuid().into(), scope.connection.uuid().into(), account.uuid().into()];
        let row = self.query_one(SQL, values).await?;
        row.map(|row| row.get::<Uuid>("id").map(DirectoryUserId)).transpose()
    }
}

impl Unit {
    /// Leaves a tombstone; [`Unit::delete_user`] does so itself.
    pub fn insert_tombstone(&self, scope: Scope, tombstone: &Tombstone) {
        self.execute(
            "INSERT INTO tombstone (company_id, id, connection_id, user_name_folded, external_id, address_folded, \
             account_id, version, created_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            vec![
                scope.company.uuid().into(),
                tombstone.id.uuid().into(),
                scope.connection.uuid().into(),
                tombstone.user_name_folded.as_str().into(),
                tombstone.external_id.clone().into(),
                tombstone.address_folded.clone().into(),
                tombstone.account.map(AccountId::uuid).into(),
                rows::counter(tombstone.version),
                tombstone.created_at.into(),
                tombstone.deleted_at.into(),
            ],
        );
    }

    /// Takes the tombstone away: the same person is back. If somebody else was faster, the unit runs again.
    pub fn delete_tombstone(&self, scope: Scope, id: DirectoryUserId) {
        self.guard(
            "DELETE FROM tombstone WHERE company_id = ? AND id = ? AND connection_id = ?",
            vec![scope.company.uuid().into(), id.uuid().into(), scope.connection.uuid().into()],
            1,
        );
    }

    /// Remembers the SCIM id of a person on the connection, in the place of `before`; if another one was remembered
    /// meanwhile, the unit runs again.
    pub fn set_scim_id(&self, scope: Scope, account: AccountId, before: Option<DirectoryUserId>, id: DirectoryUserId) {
        let (company, connection) = (scope.company.uuid(), scope.connection.uuid());
        let Some(before) = before else {
            self.execute(
                "INSERT INTO scim_id (company_id, connection_id, account_id, id) VALUES (?, ?, ?, ?)",
                vec![company.into(), connection.into(), account.uuid().into(), id.uuid().into()],
            );
            return;
        };
        self.guard(
            "UPDATE scim_id SET id = ? WHERE company_id = ? AND connection_id = ? AND account_id = ? AND id = ?",
            vec![id.uuid().into(), company.into(), connection.into(), account.uuid().into(), before.uuid().into()],
            1,
        );
    }
}

fn tombstone(row: &Row) -> Result<Tombstone, DirectoryError> {
    Ok(Tombstone {
        id: DirectoryUserId(row.get("id")?),
        user_name_folded: row.get("user_name_folded")?,
        external_id: row.get("external_id")?,
        address_folded: row.get("address_folded")?,
        account: row.get::<Option<Uuid>>("account_id")?.map(AccountId),
        version: rows::version("version", row)?,
        created_at: row.get("created_at")?,
        deleted_at: row.get("deleted_at")?,
    })
}
