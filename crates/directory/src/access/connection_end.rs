//! The end of a connection: what goes with it.

use crate::bind::values;
use crate::{DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{AccountId, CompanyId, OrganizationId, Outcome};

/// Everything that hangs on a connection, children first. Each text takes company and connection. Decisions, the audit
/// log, sessions and tokens stay, ended; memberships and teams are the organizations' own.
const REMOVALS: [&str; 19] = [
    "DELETE FROM rehearsal_difference WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM directory_member WHERE company_id = ? AND group_id IN \
     (SELECT g.id FROM directory_group g WHERE g.company_id = directory_member.company_id AND g.connection_id = ?)",
    "DELETE FROM directory_group WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM directory_address WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM directory_user WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM scim_id WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM tombstone WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM identity WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM used_evidence WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM last_evidence WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM plan_person WHERE company_id = ? AND plan_id IN \
     (SELECT p.id FROM plan p WHERE p.company_id = plan_person.company_id AND p.connection_id = ?)",
    "DELETE FROM plan WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM brake_hold WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM brake_removal WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM brake WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM connection_domain WHERE company_id = ? AND connection_id = ?",
    "DELETE FROM connection_organization WHERE company_id = ? AND connection_id = ?",
    "UPDATE team SET made_by = NULL, made_at = NULL WHERE company_id = ? AND made_by = ?",
    "DELETE FROM connection WHERE company_id = ? AND id = ?",
];

impl Reader {
    /// Whether anybody was ever let in through the connection, as far as decisions are kept.
    pub async fn has_allowed_sign_in(&self, scope: Scope) -> Result<bool, DirectoryError> {
        let sql =
            "SELECT d.id FROM decision d WHERE d.company_id = ? AND d.connection_id = ? AND d.outcome = ? LIMIT 1";
        let found = self.query_one(sql, values![scope.company, scope.connection, Outcome::Allow]).await?;
        Ok(found.is_some())
    }
}

impl Reader {
    /// Who has a session that was opened through the connection and has not been ended, if anybody listens to the company.
    pub async fn accounts_with_sessions(&self, scope: Scope) -> Result<Vec<AccountId>, DirectoryError> {
        let sql = "SELECT DISTINCT s.account_id FROM session s WHERE s.company_id = ? AND s.connection_id = ? \
             AND s.ended_at IS NULL AND EXISTS \
             (SELECT 1 FROM webhook w WHERE w.company_id = s.company_id AND w.disabled_at IS NULL)";
        self.query_as(sql, values![scope.company, scope.connection], |row| row.id("account_id")).await
    }
}

impl Unit {
    /// Tells everybody who read them earlier that the connections which serve an organization are not as they were.
    pub fn touch_connections_serving(&self, company: CompanyId, organization: OrganizationId, now: i64) {
        self.execute(
            "UPDATE connection SET updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at + 1 END \
             WHERE company_id = ? AND id IN (SELECT co.connection_id FROM connection_organization co \
             WHERE co.company_id = ? AND co.organization_id = ?)",
            values![now, now, company, company, organization],
        );
    }

    /// Ends the sessions that were opened through the connection.
    pub fn end_sessions_of_connection(&self, scope: Scope, at: i64) {
        let sql = "UPDATE session SET ended_at = ? WHERE company_id = ? AND connection_id = ? AND ended_at IS NULL";
        self.execute(sql, values![at, scope.company, scope.connection]);
    }

    /// Ends the tokens that speak for the connection.
    pub fn revoke_tokens_of_connection(&self, scope: Scope, at: i64) {
        let sql = "UPDATE token SET revoked_at = ? WHERE company_id = ? AND connection_id = ? AND revoked_at IS NULL";
        self.execute(sql, values![at, scope.company, scope.connection]);
    }

    /// Removes the connection and what hangs on it.
    pub fn delete_connection(&self, scope: Scope) {
        for sql in REMOVALS {
            self.execute(sql, values![scope.company, scope.connection]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::REMOVALS;
    use crate::sql::Sql;

    /// Tables whose rows outlive the connection that they name: history, and what was ended.
    const KEPT: [&str; 3] = ["decision", "session", "token"];

    /// P4-26: nothing dangles.
    #[tokio::test]
    async fn every_table_that_names_connections_is_thought_of() {
        let directory = crate::testing::sqlite().await;
        let sql = "SELECT m.name AS table_name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.name = 'connection_id' ORDER BY m.name";
        let rows = directory.read().query(sql, Vec::new()).await.unwrap();
        let mut naming: BTreeSet<String> = rows.iter().map(|row| row.get("table_name").unwrap()).collect();
        assert!(naming.contains("directory_user"), "{naming:?}");
        for removal in REMOVALS {
            naming.remove(Sql::from(removal).table());
        }
        assert_eq!(naming.iter().collect::<Vec<_>>(), KEPT, "name each in REMOVALS, or say here that it stays");
    }
}
