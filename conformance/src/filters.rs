//! The filter table (RFC 7644 §3.4.2.2): rows of a filter and whom it finds, over a small population.
//!
//! The population of `tables/filters.toml` is created in the order that makes its instants come out as the table wants
//! them. Other resources of the server do not disturb: only hits among the population count.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Request};
use crate::report::{Outcome, Verdict};
use crate::script::{Status, Step};
use crate::session::Session;
use crate::suite::Selection;
use crate::target::{Mode, Target};

const GROUP: &str = "tables/filters";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Names that earlier, interrupted runs may have left behind.
    leftovers: Vec<String>,
    /// Steps that create the population; each captures `u1` and the like.
    before: Vec<Step>,
    /// Names of the population, as variables.
    population: Vec<String>,
    #[serde(rename = "row")]
    rows: Vec<Row>,
}

/// One filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    filter: String,
    #[serde(default = "users")]
    on: String,
    /// Whom it finds, or `refused`; for both modes unless one of the next two says otherwise.
    #[serde(default)]
    finds: Option<Finds>,
    #[serde(default)]
    lenient: Option<Finds>,
    #[serde(default)]
    strict: Option<Finds>,
    /// Set for rows whose filter cannot be complemented.
    #[serde(default)]
    no_complement: bool,
    /// Text that the error's sentence must hold.
    #[serde(default)]
    detail: Option<String>,
}

fn users() -> String {
    "/Users".to_owned()
}

/// Names found, or the status of the refusal.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Finds {
    Refused(u16),
    Names(Vec<String>),
}

/// Reads the table.
pub fn table() -> Result<Table, String> {
    toml::from_str(include_str!("../tables/filters.toml")).map_err(|error| format!("tables/filters.toml: {error}"))
}

/// Ids of all rows.
pub fn row_ids() -> Result<Vec<String>, String> {
    Ok(table()?.rows.into_iter().map(|row| row.id).collect())
}

/// Runs all rows that are selected, each also through `POST .search`, and its complement.
pub async fn run(
    client: &Client,
    target: &Target,
    mode: Mode,
    selection: &Selection,
    tag: &str,
) -> Result<Vec<Outcome>, String> {
    let table = table()?;
    let wanted: Vec<&Row> =
        table.rows.iter().filter(|row| selection.wants(GROUP, &row.filter, std::slice::from_ref(&row.id))).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut session = match Session::new(client, target, mode, tag) {
        Ok(session) => session,
        Err(reason) => return Ok(vec![outcome("the table", Vec::new(), mode, Verdict::Skipped(reason))]),
    };
    let mut outcomes = Vec::new();
    let before = prepare(client, target, mode, &table, &mut session).await;
    if let Err(reason) = before {
        outcomes.push(outcome("the population is created", Vec::new(), mode, Verdict::Failed(reason)));
    } else {
        for row in wanted {
            let verdict = Verdict::from(check(&mut session, &table, row, mode).await);
            let title: String = format!("{} {}", row.on, row.filter).chars().take(160).collect();
            outcomes.push(outcome(&title, vec![row.id.clone()], mode, verdict));
        }
    }
    session.clean_up().await;
    Ok(outcomes)
}

fn outcome(title: &str, covers: Vec<String>, mode: Mode, verdict: Verdict) -> Outcome {
    Outcome { group: GROUP.to_owned(), title: title.to_owned(), covers, mode, verdict }
}

async fn prepare(
    client: &Client,
    target: &Target,
    mode: Mode,
    table: &Table,
    session: &mut Session<'_>,
) -> Result<(), String> {
    let token = target.token(mode).unwrap_or_default();
    for name in &table.leftovers {
        let (endpoint, filter) = name.split_once('?').ok_or("a leftover is written `/Endpoint?filter`")?;
        let found = client.send(&Request::new("GET", &format!("{endpoint}?filter={filter}"), token)).await?;
        for id in ids(found.body()) {
            client.send(&Request::new("DELETE", &format!("{endpoint}/{id}"), token)).await?;
        }
    }
    for step in &table.before {
        session.steps(std::slice::from_ref(step)).await?;
        // Instants of neighbours must differ even where a server keeps milliseconds.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    for name in &table.population {
        describe(session, name).await?;
    }
    Ok(())
}

/// Sets `u1.upper`, `u1.created`, `u1.created+2` (two hours east), `u1.modified` and `u1.version` from the stored resource.
async fn describe(session: &mut Session<'_>, name: &str) -> Result<(), String> {
    let endpoint = if name.starts_with('g') { "Groups" } else { "Users" };
    let id = session.variables.text_of(name)?;
    let answer = session.step(&Step::new(&format!("GET /{endpoint}/{id}"), Status::One(200))).await?;
    let meta =
        |member: &str| answer.body().pointer(&format!("/meta/{member}")).and_then(Value::as_str).map(str::to_owned);
    let created = meta("created").ok_or("meta.created is missing")?;
    let modified = meta("lastModified").ok_or("meta.lastModified is missing")?;
    let east = FixedOffset::east_opt(7200).ok_or("two hours are an offset")?;
    let instant = DateTime::parse_from_rfc3339(&created).map_err(|error| format!("`{created}`: {error}"))?;
    let shifted = instant.with_timezone(&east).to_rfc3339_opts(SecondsFormat::Micros, false);
    session.variables.set(&format!("{name}.upper"), Value::from(id.to_uppercase()));
    session.variables.set(&format!("{name}.created"), Value::from(created));
    session.variables.set(&format!("{name}.created+2"), Value::from(shifted));
    session.variables.set(&format!("{name}.modified"), Value::from(modified));
    let version = meta("version").unwrap_or_default().replace('\\', "\\\\").replace('"', "\\\"");
    session.variables.set(&format!("{name}.version"), Value::from(version));
    Ok(())
}

async fn check(session: &mut Session<'_>, table: &Table, row: &Row, mode: Mode) -> Result<(), String> {
    let filter = session.variables.fill(&row.filter)?;
    let special = match mode {
        Mode::Lenient => row.lenient.as_ref(),
        Mode::Strict => row.strict.as_ref(),
    };
    let finds = special.or(row.finds.as_ref()).ok_or("the row says nothing for this mode")?;
    match finds {
        Finds::Refused(status) => refused(session, row, &filter, *status).await,
        Finds::Names(names) => {
            let found = found(session, table, &row.on, &filter).await?;
            same(&names.iter().cloned().collect(), &found, &filter)?;
            let searched = searched(session, table, &row.on, &filter).await?;
            same(&found, &searched, &format!("{filter} (through .search)"))?;
            if row.no_complement || row.on == "/" {
                return Ok(());
            }
            // L-2: whatever a filter finds, its negation finds the rest.
            let endpoint_has = |name: &str| name.starts_with('u') == (row.on == "/Users");
            let rest =
                table.population.iter().filter(|name| endpoint_has(name) && !found.contains(*name)).cloned().collect();
            let negated = format!("not ({filter})");
            same(&rest, &self::found(session, table, &row.on, &negated).await?, &negated)
        }
    }
}

fn same(expected: &BTreeSet<String>, got: &BTreeSet<String>, filter: &str) -> Result<(), String> {
    if expected == got { Ok(()) } else { Err(format!("`{filter}` finds {got:?}; expected {expected:?}")) }
}

async fn refused(session: &mut Session<'_>, row: &Row, filter: &str, status: u16) -> Result<(), String> {
    session.variables.set("filter", Value::from(filter));
    if filter.len() > 8000 {
        // Too long for a request line, so it goes into a body.
        let mut step =
            Step::new(&format!("POST {}/.search", row.on.trim_end_matches('/')), Status::AnyOf(vec![status, 413]));
        step.body = Some(r#"{"schemas":["${SearchRequest}"],"filter":"${filter}"}"#.to_owned());
        session.step(&step).await.map_err(|reason| clip(&reason))?;
        return Ok(());
    }
    let mut step = Step::new(&format!("GET {}?filter=${{filter}}", row.on), Status::One(status));
    step.error = Some("invalidFilter".to_owned());
    let answer = session.step(&step).await?;
    let detail = answer.body().get("detail").and_then(Value::as_str).unwrap_or_default();
    match &row.detail {
        Some(text) if !detail.contains(text.as_str()) => Err(format!("the detail `{detail}` does not name `{text}`")),
        _ => Ok(()),
    }
}

fn clip(reason: &str) -> String {
    reason.chars().take(400).collect()
}

/// Names of the population that a filter finds, over all pages.
async fn found(session: &mut Session<'_>, table: &Table, on: &str, filter: &str) -> Result<BTreeSet<String>, String> {
    session.variables.set("filter", Value::from(filter));
    let mut names = BTreeSet::new();
    let mut start = 1;
    loop {
        let send = format!("GET {on}?filter=${{filter}}&startIndex={start}&count=100&attributes=userName,displayName");
        let answer = session.step(&Step::new(&send, Status::One(200))).await?;
        let page = ids(answer.body());
        names.extend(named(session, table, &page));
        start += page.len();
        let total = answer.body().get("totalResults").and_then(Value::as_u64).unwrap_or_default();
        if page.is_empty() || start as u64 > total {
            return Ok(names);
        }
    }
}

async fn searched(
    session: &mut Session<'_>,
    table: &Table,
    on: &str,
    filter: &str,
) -> Result<BTreeSet<String>, String> {
    session.variables.set("filter", Value::from(filter));
    let mut names = BTreeSet::new();
    let mut start = 1;
    loop {
        let mut step = Step::new(&format!("POST {}/.search", on.trim_end_matches('/')), Status::One(200));
        step.body = Some(format!(
            r#"{{"schemas":["${{SearchRequest}}"],"filter":"${{filter}}","attributes":["id"],"startIndex":{start},"count":100}}"#
        ));
        let answer = session.step(&step).await?;
        let page = ids(answer.body());
        names.extend(named(session, table, &page));
        start += page.len();
        let total = answer.body().get("totalResults").and_then(Value::as_u64).unwrap_or_default();
        if page.is_empty() || start as u64 > total {
            return Ok(names);
        }
    }
}

fn ids(list: &Value) -> Vec<String> {
    let resources = list.get("Resources").and_then(Value::as_array);
    let id = |resource: &Value| resource.get("id").and_then(Value::as_str).map(str::to_owned);
    resources.into_iter().flatten().filter_map(id).collect()
}

fn named(session: &Session<'_>, table: &Table, page: &[String]) -> Vec<String> {
    let known: BTreeMap<String, &String> =
        table.population.iter().filter_map(|name| Some((session.variables.text_of(name).ok()?, name))).collect();
    page.iter().filter_map(|id| known.get(id).map(|name| (*name).clone())).collect()
}
