//! The PATCH table (RFC 7644 §3.5.2): each row starts from the same user and group, freshly made.

use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::matching::difference;
use crate::report::{Outcome, Verdict};
use crate::script::{Status, Step};
use crate::session::Session;
use crate::suite::Selection;
use crate::target::{Mode, Target};

const GROUP: &str = "tables/patch";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    before: Vec<Step>,
    #[serde(rename = "row")]
    rows: Vec<Row>,
}

/// One PATCH.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    /// Tells rows of one id apart.
    #[serde(default)]
    case: String,
    /// `user` or `group`.
    #[serde(default = "user")]
    on: String,
    /// The operations; the message around them is the usual one.
    #[serde(default)]
    operations: Option<String>,
    /// The whole message, where it is not the usual one.
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    query: String,
    #[serde(default)]
    if_match: Option<String>,
    #[serde(default)]
    then: Option<Then>,
    #[serde(default)]
    lenient: Option<Then>,
    #[serde(default)]
    strict: Option<Then>,
}

fn user() -> String {
    "user".to_owned()
}

/// What a row leads to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Then {
    /// The resource afterwards.
    expect: Option<String>,
    /// The answer, where it is not the resource.
    answer: Option<String>,
    /// Neither version nor lastModified moved.
    unchanged: bool,
    /// `scimType` of a refusal with 400, `uniqueness` of one with 409; the empty string with `status` where there is none.
    error: Option<String>,
    /// Status of a refusal that is not 400 or 409.
    status: Option<u16>,
}

fn table() -> Result<Table, String> {
    toml::from_str(include_str!("../tables/patch.toml")).map_err(|error| format!("tables/patch.toml: {error}"))
}

/// Ids of all rows.
pub fn row_ids() -> Result<Vec<String>, String> {
    Ok(table()?.rows.into_iter().map(|row| row.id).collect())
}

/// Runs all rows that are selected.
pub async fn run(
    client: &Client,
    target: &Target,
    mode: Mode,
    selection: &Selection,
    next_tag: &mut impl FnMut() -> String,
) -> Result<Vec<Outcome>, String> {
    let table = table()?;
    let mut outcomes = Vec::new();
    for row in &table.rows {
        let title = row.title();
        if !selection.wants(GROUP, &title, std::slice::from_ref(&row.id)) {
            continue;
        }
        let verdict = match Session::new(client, target, mode, &next_tag()) {
            Err(reason) => {
                let verdict = Verdict::Skipped(reason);
                outcomes.push(Outcome {
                    group: GROUP.to_owned(),
                    title: "the table".to_owned(),
                    covers: vec![],
                    mode,
                    verdict,
                });
                return Ok(outcomes);
            }
            Ok(mut session) => {
                let result = check(&mut session, &table, row, mode).await;
                session.clean_up().await;
                Verdict::from(result)
            }
        };
        outcomes.push(Outcome { group: GROUP.to_owned(), title, covers: vec![row.id.clone()], mode, verdict });
    }
    Ok(outcomes)
}

impl Row {
    fn title(&self) -> String {
        let operations = self.operations.as_ref().or(self.body.as_ref());
        let text: String = operations.map(String::as_str).unwrap_or_default().chars().take(160).collect();
        format!("{}{}{text}", self.case, if self.case.is_empty() { "" } else { ": " })
    }
}

async fn check(session: &mut Session<'_>, table: &Table, row: &Row, mode: Mode) -> Result<(), String> {
    let special = match mode {
        Mode::Lenient => row.lenient.as_ref(),
        Mode::Strict => row.strict.as_ref(),
    };
    let then = special.or(row.then.as_ref()).ok_or("the row says nothing for this mode")?;
    session.steps(&table.before).await.map_err(|reason| format!("start state: {reason}"))?;
    let path = if row.on == "group" { "/Groups/${gp}" } else { "/Users/${p1}" };
    let get = Step::new(&format!("GET {path}"), Status::One(200));
    let before = session.step(&get).await?.body().clone();

    let mut change = Step::new(&format!("PATCH {path}{}", row.query), then.status());
    let message = row
        .operations
        .as_ref()
        .map(|operations| format!(r#"{{"schemas":["${{PatchOp}}"],"Operations":{operations}}}"#));
    change.body = message.or_else(|| row.body.clone());
    if let Some(version) = &row.if_match {
        change.headers.insert("if-match".to_owned(), version.clone());
    }
    change.error.clone_from(&then.error);
    let answer = session.step(&change).await?;
    let after = session.step(&get).await?.body().clone();

    if then.refuses() || then.unchanged {
        return difference(&before, Some(&after), "")
            .or_else(|| difference(&after, Some(&before), ""))
            .map_or(Ok(()), |found| Err(format!("nothing may change, but {found}\nbefore {before}\nafter  {after}")));
    }
    let told = |what: &str, found: String, seen: &Value| Err(format!("{what}: {found}\nit is {seen}"));
    if let Some(expect) = &then.expect {
        let expected = session.variables.fill_json(expect)?;
        if let Some(found) = difference(&expected, Some(&after), "") {
            return told("the resource afterwards", found, &after);
        }
        // With `attributes` in the query the answer is a part of the resource.
        if row.query.is_empty()
            && let Some(json) = &answer.json
            && let Some(found) = difference(&expected, Some(json), "")
        {
            return told("the answer", found, json);
        }
    }
    if let Some(expect) = &then.answer {
        let expected = session.variables.fill_json(expect)?;
        if let Some(found) = difference(&expected, answer.json.as_ref(), "") {
            return told("the answer", found, answer.body());
        }
    }
    Ok(())
}

impl Then {
    fn refuses(&self) -> bool {
        self.error.is_some() || self.status.is_some_and(|status| status >= 400)
    }

    fn status(&self) -> Status {
        match (self.status, self.error.as_deref()) {
            (Some(status), _) => Status::One(status),
            (None, Some("uniqueness")) => Status::One(409),
            (None, Some(_)) => Status::One(400),
            (None, None) => Status::AnyOf(vec![200, 204]),
        }
    }
}
