//! A plan as a table, for people who talk about it in a spreadsheet.

use rollcall_policy::plan::{Affected, Change};

use crate::app::csv::line;

/// What the columns are called.
pub const HEADER: [&str; 10] =
    ["Email", "Now", "Then", "Rules", "Basis", "Door", "Teams now", "Teams then", "Roles now", "Roles then"];

/// The line of somebody affected, from the JSON that is stored of them.
pub fn row(stored: &str) -> Result<String, serde_json::Error> {
    Ok(line(&cells(&serde_json::from_str(stored)?)))
}

/// One cell for each column.
pub fn cells(affected: &Affected) -> [String; HEADER.len()] {
    let rules: Vec<&str> = affected.rules.iter().map(|rule| rule.code()).collect();
    let [teams_now, teams_then] = both(affected.teams.as_ref());
    let [roles_now, roles_then] = both(affected.roles.as_ref());
    [
        affected.email.clone(),
        affected.now.to_string(),
        affected.then.to_string(),
        rules.join(" "),
        affected.basis.to_string(),
        affected.door.to_string(),
        teams_now,
        teams_then,
        roles_now,
        roles_then,
    ]
}

fn both(change: Option<&Change<Vec<String>>>) -> [String; 2] {
    change.map(|change| [change.now.join(" | "), change.then.join(" | ")]).unwrap_or_default()
}
