//! The same questions about many people at once, for whoever judges a company: one statement for each kind of anchor.

use std::collections::BTreeMap;

use rollcall_policy::AccountId;
use sea_orm::Value;

use super::{Anchors, DELETED, LATEST, LIVE, Question};
use crate::bind::{Bind, values};
use crate::error::DirectoryError;
use crate::foreseen;
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::scim::records::Scope;
use crate::unit::Unit;

/// Reads ahead what [`crate::Reader::traces`] will be asked for each folded address that signs in, and for each account.
pub(crate) async fn foresee(
    unit: &Unit,
    scope: Scope,
    emails: &[&str],
    accounts: &[AccountId],
) -> Result<(), DirectoryError> {
    for chunk in batches(emails) {
        of_addresses(unit, scope, &chunk).await?;
    }
    for chunk in batches(accounts) {
        of_accounts(unit, scope, &chunk).await?;
    }
    Ok(())
}

async fn of_addresses(unit: &Unit, scope: Scope, emails: &[&str]) -> Result<(), DirectoryError> {
    let places = repeated("?", emails.len());
    let own = |first: Vec<Value>| -> Vec<Value> {
        first.into_iter().chain(emails.iter().map(|email| email.bind())).collect()
    };
    let in_connection = || own(values![scope.company, scope.connection]);
    let named = format!("{LIVE}t.connection_id = ? AND t.user_name_folded IN ({places})");
    let named = keyed(&named, "t.user_name_folded");
    let reachable = format!(
        "{}t.active = FALSE AND a.company_id = ? AND a.connection_id = ? AND a.value_folded IN ({places})",
        LIVE.replace(
            "FROM directory_user AS t",
            "FROM directory_user AS t JOIN directory_address AS a ON a.user_id = t.id"
        )
    );
    let reachable = keyed(&reachable, "a.value_folded");
    let mut found: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for (sql, values) in [
        (named, in_connection()),
        (latest("t.user_name_folded", &places), in_connection()),
        (reachable, own(values![scope.company, scope.company, scope.connection])),
        (latest("t.address_folded", &places), in_connection()),
    ] {
        for row in unit.query(sql, values).await? {
            found.entry(row.get("anchor")?).or_default().push(row);
        }
    }
    for email in emails {
        let anchors = Anchors { user_name: Some(email), address: Some(email), external_id: None };
        keep(unit, Question::about(scope, &[], anchors), found.get(*email));
    }
    Ok(())
}

async fn of_accounts(unit: &Unit, scope: Scope, accounts: &[AccountId]) -> Result<(), DirectoryError> {
    let places = repeated("?", accounts.len());
    let mut found: BTreeMap<AccountId, Vec<Row>> = BTreeMap::new();
    for table in [LIVE, DELETED] {
        let values = values![scope.company].into_iter().chain(accounts.iter().map(|account| account.bind()));
        for row in unit.query(format!("{table}t.account_id IN ({places})"), values.collect()).await? {
            found.entry(row.id("account_id")?).or_default().push(row);
        }
    }
    for account in accounts {
        keep(unit, Question::about(scope, &[*account], Anchors::default()), found.get(account));
    }
    Ok(())
}

/// The same select with the anchor by which a row was found.
fn keyed(select: &str, column: &str) -> String {
    // Columns are asked for in sub-selects, too: only the table itself ends the list of columns.
    let tables = [" FROM directory_user AS t", " FROM tombstone AS t"];
    let keyed = |text: String, table: &str| text.replacen(table, &format!(", {column} AS anchor{table}"), 1);
    tables.into_iter().fold(select.to_owned(), keyed)
}

/// The latest tombstones of each anchor.
fn latest(column: &str, places: &str) -> String {
    let numbered = format!("ROW_NUMBER() OVER (PARTITION BY {column} ORDER BY t.deleted_at DESC) AS place, {column}");
    let all = keyed(&format!("{DELETED}t.connection_id = ? AND {column} IN ({places})"), &numbered);
    format!("SELECT * FROM ({all}) AS latest WHERE place <= {LATEST}")
}

fn keep(unit: &Unit, question: Question, rows: Option<&Vec<Row>>) {
    let (sql, values) = question.statement();
    unit.foreseen().keep(foreseen::question(&sql.into(), &values), rows.cloned().unwrap_or_default());
}
