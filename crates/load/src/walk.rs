//! Reading everybody, page by page: by position (`startIndex`) and by cursor (RFC 9865).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::clock;
use crate::connection::Connection;
use crate::crowd::Crowd;
use crate::measurement::{Measurement, Sample};

/// One way of asking for the next page.
#[derive(Clone, Copy, Debug)]
enum Way {
    Position,
    Cursor,
}

/// Both ways, one after another; a latency is that of one page.
pub(crate) async fn measure(crowd: &Crowd, count: u64) -> Result<Vec<Measurement>, String> {
    let mut connection = Connection::new(crowd.target.clone());
    let config = connection.send("GET", "/ServiceProviderConfig", None).await?.json();
    let has_cursors = config.pointer("/pagination/cursor") == Some(&Value::Bool(true));
    let ways = [Some(Way::Position), has_cursors.then_some(Way::Cursor)];
    let mut measured = Vec::new();
    for way in ways.into_iter().flatten() {
        measured.push(walk(&mut connection, way, count).await?);
    }
    Ok(measured)
}

async fn walk(connection: &mut Connection, way: Way, count: u64) -> Result<Measurement, String> {
    let mut sample = Sample::new()?;
    let (mut seen, mut total) = (BTreeSet::new(), 0);
    let mut next = Some(first(way, count));
    let bar = crate::report::bar(0, "walking");
    let start = clock::now();
    while let Some(path) = next.take() {
        let begun = clock::now();
        let answer = connection.send("GET", &path, None).await?;
        let took = begun.elapsed();
        let page = answer.json();
        let people = page.get("Resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        total = page.get("totalResults").and_then(Value::as_u64).unwrap_or(total);
        let fresh = people.iter().filter(|one| seen.insert(short(one.get("id")))).count();
        sample.add(took, answer.expect(200, fresh == people.len()));
        bar.set_length(total);
        bar.inc(fresh as u64);
        if answer.status != 200 || people.is_empty() {
            break;
        }
        next = following(way, count, seen.len() as u64, total, &page);
    }
    let took = start.elapsed();
    bar.finish_and_clear();
    if seen.len() as u64 != total {
        sample.add(took, Err(format!("{} people were shown, and the total is {total}", seen.len())));
    }
    let name = format!("walk {total} by {}, pages of {count}", word(way));
    Ok(sample.measurement(&name, 1, None, took))
}

fn first(way: Way, count: u64) -> String {
    match way {
        Way::Position => format!("/Users?startIndex=1&count={count}&attributes=userName"),
        Way::Cursor => format!("/Users?cursor&count={count}&attributes=userName"),
    }
}

fn following(way: Way, count: u64, seen: u64, total: u64, page: &Value) -> Option<String> {
    match way {
        Way::Position => {
            (seen < total).then(|| format!("/Users?startIndex={}&count={count}&attributes=userName", seen + 1))
        }
        Way::Cursor => {
            let cursor = page.get("nextCursor").and_then(Value::as_str)?;
            Some(format!("/Users?cursor={cursor}&count={count}&attributes=userName"))
        }
    }
}

/// Enough of an id to tell it from a million others, in few bytes.
fn short(id: Option<&Value>) -> u128 {
    let text = id.and_then(Value::as_str).unwrap_or_default();
    let digits: String = text.chars().filter(|one| *one != '-').collect();
    u128::from_str_radix(&digits, 16)
        .unwrap_or_else(|_| text.bytes().fold(0, |sum, byte| sum.wrapping_mul(257) + u128::from(byte)))
}

const fn word(way: Way) -> &'static str {
    match way {
        Way::Position => "startIndex",
        Way::Cursor => "cursor",
    }
}
