//! A plan for people, for programs and for spreadsheets.

use rollcall_directory::{Directory, Plan};
use rollcall_policy::plan::{Affected, Change, Summary};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use crate::app::csv::line;
use crate::app::plans::table::{HEADER, cells};
use crate::cli::Failure;
use crate::cli::output::Output;
use crate::cli::table::Table;

/// People of one statement.
const PAGE: u64 = 1_000;

/// The plan: with `--json` a line of the whole and one for each affected person.
pub(super) async fn say(directory: &Directory, plan: &Plan, csv: bool, output: &mut Output) -> Result<(), Failure> {
    if csv {
        raw(output, &line(&HEADER));
        return each(directory, plan, |affected| raw(output, &line(&cells(affected)))).await;
    }
    if output.is_json() {
        output.say(&whole(plan), String::new);
    }
    let mut table = Table::begin(output, &["EMAIL", "NOW", "THEN", "RULES", "BASIS", "DOOR", "CHANGES"]);
    each(directory, plan, |affected| {
        table.row(affected, || {
            let [email, now, then, rules, basis, door, ..] = cells(affected);
            vec![email, now, then, rules, basis, door, changes(affected)]
        });
    })
    .await?;
    table.end("Nothing changes for anybody.");
    if !output.is_json() {
        output.note(&sentence(plan));
    }
    Ok(())
}

/// How to go on.
pub(super) fn next(plan: &Plan, output: &mut Output) {
    if !output.is_json() {
        let until = to_rfc3339(plan.expires_at);
        output.note(&format!(
            "Nothing is changed. To make the change, add --apply; or, until {until}, POST /api/v1/plans/{}/apply.",
            plan.id
        ));
    }
}

/// That it is made.
pub(super) fn applied(plan: &Plan, connection: &str, output: &mut Output) {
    let value = json!({"plan": plan.id, "applied_at": plan.applied_at.map(to_rfc3339)});
    if output.is_json() {
        output.say(&value, String::new);
    } else {
        output.note(&format!("{connection} is changed."));
    }
}

/// All affected people in their order, a page at a time.
async fn each(directory: &Directory, plan: &Plan, mut tell: impl FnMut(&Affected)) -> Result<(), Failure> {
    let (reader, mut from) = (directory.read(), 0);
    loop {
        let page = reader.plan_people(plan, from, PAGE).await?;
        let Ok(count @ 1..) = i64::try_from(page.len()) else { return Ok(()) };
        for stored in &page {
            tell(&serde_json::from_str(stored).map_err(Failure::failed)?);
        }
        from += count;
    }
}

/// A line that is complete already.
fn raw(output: &mut Output, text: &str) {
    output.say(&(), || text.trim_end_matches("\r\n").to_owned());
}

fn whole(plan: &Plan) -> Value {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    json!({
        "plan": plan.id,
        "connection": plan.connection,
        "change": parsed(&plan.change),
        "summary": parsed(&plan.summary),
        "expires_at": to_rfc3339(plan.expires_at),
    })
}

fn sentence(plan: &Plan) -> String {
    let Summary { keeps, loses, gains, changes_teams, changes_role } =
        serde_json::from_str(&plan.summary).unwrap_or_default();
    format!(
        "{loses} lose their access, {gains} gain it, {keeps} keep it; of these {changes_teams} change teams and \
         {changes_role} their role."
    )
}

fn changes(affected: &Affected) -> String {
    let parts = [affected.teams.as_ref(), affected.roles.as_ref()];
    let told =
        parts.into_iter().flatten().map(|Change { now, then }| format!("{} -> {}", now.join(" "), then.join(" ")));
    told.collect::<Vec<String>>().join("; ")
}
