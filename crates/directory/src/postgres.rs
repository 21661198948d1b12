//! PostgreSQL: one pool, a transaction for each unit, and a unit's inserts in as few statements as possible.

mod connect;

pub(crate) use connect::{connect_aside, durability, open};

use crate::backend::Backend;
use crate::constraint::Constraints;
use crate::fault::Fault;
use crate::sql::number_placeholders;
use crate::unit::Write;
use crate::unit_connection::check_rows;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};

/// Inserts that one statement may hold: bounded, so that the statement cache holds them.
const INSERTS_IN_ONE_STATEMENT: usize = 16;

/// Sends the writes in order. Neighbouring plain inserts become one statement: they read nothing, so their order within
/// it does not matter, and each saved statement saves a round trip.
pub(crate) async fn flush(
    transaction: &DatabaseTransaction,
    writes: Vec<Write>,
    constraints: &Constraints,
) -> Result<(), Fault> {
    let mut inserts = Vec::new();
    for write in writes {
        if is_plain_insert(&write) {
            inserts.push(write);
            if inserts.len() < INSERTS_IN_ONE_STATEMENT {
                continue;
            }
            send(transaction, merged(std::mem::take(&mut inserts)), constraints).await?;
            continue;
        }
        if !inserts.is_empty() {
            send(transaction, merged(std::mem::take(&mut inserts)), constraints).await?;
        }
        let text = write.sql.for_backend(Backend::Postgres);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, text, write.values);
        let hit = send(transaction, statement, constraints).await?;
        if let Some(rows) = write.rows {
            check_rows(rows, hit)?;
        }
    }
    if !inserts.is_empty() {
        send(transaction, merged(inserts), constraints).await?;
    }
    Ok(())
}

async fn send(
    transaction: &DatabaseTransaction,
    statement: Statement,
    constraints: &Constraints,
) -> Result<u64, Fault> {
    match transaction.execute_raw(statement).await {
        Ok(result) => Ok(result.rows_affected()),
        Err(error) => Err(Fault::of(&error, constraints)),
    }
}

/// `INSERT INTO .. VALUES` that depends on no other row. What reads (SELECT) or reacts (ON CONFLICT) keeps its place.
fn is_plain_insert(write: &Write) -> bool {
    let text = write.sql.text();
    write.rows.is_none()
        && text.starts_with("INSERT INTO ")
        && text.contains(" VALUES ")
        && !text.contains("SELECT")
        && !text.contains("ON CONFLICT")
}

/// `WITH write_1 AS (INSERT ..), .. INSERT ..`.
fn merged(inserts: Vec<Write>) -> Statement {
    let mut text = String::new();
    let mut values: Vec<Value> = Vec::new();
    let mut placeholders = 0;
    let last = inserts.len() - 1;
    for (index, write) in inserts.into_iter().enumerate() {
        if index < last {
            text.push_str(if index == 0 { "WITH " } else { ", " });
            text.push_str("write_");
            text.push_str(&index.to_string());
            text.push_str(" AS (");
        } else if index > 0 {
            text.push(' ');
        }
        number_placeholders(write.sql.text(), &mut placeholders, &mut text);
        if index < last {
            text.push(')');
        }
        values.extend(write.values);
    }
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}
