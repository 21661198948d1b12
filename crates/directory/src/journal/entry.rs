//! One exchange as it is kept.

use crate::DirectoryError;
use crate::row::Row;
use rollcall_policy::{AccountId, CompanyId, ConnectionId, DirectoryUserId, JournalEntryId};

/// One exchange of a provider with its connection, redacted before it comes here; or a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The tenant.
    pub company: CompanyId,
    /// Its id; sorts by time.
    pub id: JournalEntryId,
    /// The identity provider.
    pub connection: ConnectionId,
    /// When the request came, in UTC microseconds.
    pub at: i64,
    /// The name of the exchange in logs and in its answer.
    pub request_id: String,
    /// `POST` and the like; empty for a gap.
    pub method: String,
    /// Path and query below the base URL of SCIM.
    pub target: String,
    /// HTTP status; 0 if nothing was answered.
    pub status: u16,
    /// The keyword of a SCIM error.
    pub scim_type: Option<String>,
    /// Names of the tolerances that were used.
    pub tolerances: Vec<String>,
    /// Words by which the people of the exchange are found: ids, and folded user names.
    pub people: Vec<String>,
    /// The directory user that it is about.
    pub user: Option<DirectoryUserId>,
    /// The account of that one.
    pub account: Option<AccountId>,
    /// The `userName` of that one.
    pub user_name: Option<String>,
    /// How long the answer took, in microseconds.
    pub micros: u64,
    /// Exchanges that were not kept since the entry before: this is a gap, if it is not 0.
    pub lost: u64,
    /// JSON text with headers and bodies.
    pub exchange: String,
}

/// Words are kept as one text, each between line ends, so that one look finds one.
pub(super) fn joined(words: &[String]) -> String {
    let mut text = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        text.push('\n');
        text.push_str(&on_one_line(word));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A word as it stands in such a text.
pub(super) fn sought(word: &str) -> String {
    format!("\n{}\n", on_one_line(word))
}

fn on_one_line(word: &str) -> String {
    word.replace(['\n', '\0'], " ")
}

fn split(text: &str) -> Vec<String> {
    text.split('\n').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The columns that [`record`] reads, of `journal_entry j`.
pub(super) const COLUMNS: &str = "j.company_id, j.id, j.connection_id, j.at, j.request_id, j.method, j.target, j.status, \
     j.scim_type, j.tolerances, j.people, j.directory_user_id, j.account_id, j.user_name, j.micros, j.lost, j.exchange";

pub(super) fn record(row: &Row) -> Result<JournalEntry, DirectoryError> {
    Ok(JournalEntry {
        company: row.id("company_id")?,
        id: row.id("id")?,
        connection: row.id("connection_id")?,
        at: row.get("at")?,
        request_id: row.get("request_id")?,
        method: row.get("method")?,
        target: row.get("target")?,
        status: u16::try_from(row.get::<i64>("status")?).map_err(|_| row.inconsistent("status", "no status"))?,
        scim_type: row.get("scim_type")?,
        tolerances: split(&row.get::<String>("tolerances")?),
        people: split(&row.get::<String>("people")?),
        user: row.optional_id("directory_user_id")?,
        account: row.optional_id("account_id")?,
        user_name: row.get("user_name")?,
        micros: row.count("micros")?,
        lost: row.count("lost")?,
        exchange: row.get("exchange")?,
    })
}
