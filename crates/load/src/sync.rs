//! A provider's first synchronisation: look up and create each user, then ten groups; it is over when all are in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::body::{Names, equals};
use crate::clock;
use crate::connection::Connection;
use crate::crowd::Crowd;
use crate::measurement::{Measurement, Sample};

/// How many groups there are; each person is in one.
const GROUPS: usize = 10;

/// The users alone, and the users with the groups; a latency is that of a look-up and a create together.
pub(crate) async fn measure(crowd: &Crowd, connections: usize) -> Result<Vec<Measurement>, String> {
    let names = Arc::new(Names { tag: format!("{}s{connections}", crowd.fresh.tag), ..crowd.fresh.clone() });
    let counter = Arc::new(AtomicU64::new(0));
    let bar = crate::report::bar(crowd.users, &format!("synchronising, {connections} connections"));
    let start = clock::now();
    let mut running = Vec::new();
    for _ in 0..connections {
        let (crowd, names, counter, bar) = (crowd.clone(), Arc::clone(&names), Arc::clone(&counter), bar.clone());
        running.push(tokio::spawn(async move { provision(&crowd, &names, &counter, &bar).await }));
    }
    let mut all = Sample::new()?;
    let mut people = Vec::new();
    for task in running {
        let (sample, ids) = task.await.map_err(|error| format!("a client task ended: {error}"))??;
        all.merge(sample)?;
        people.extend(ids);
    }
    bar.finish_and_clear();
    let users =
        all.clone().measurement(&format!("first sync of {} users", crowd.users), connections, None, start.elapsed());
    for number in 0..GROUPS {
        let members: Vec<String> = people.iter().skip(number).step_by(GROUPS).cloned().collect();
        let begun = clock::now();
        all.add(begun.elapsed(), filled(crowd, &members).await);
    }
    let name = format!("the same and {GROUPS} groups");
    Ok(vec![users, all.measurement(&name, connections, None, start.elapsed())])
}

/// A group with these members, which must all be in.
async fn filled(crowd: &Crowd, members: &[String]) -> Result<(), String> {
    let id = crowd.group(members).await?;
    let mut connection = Connection::new(crowd.target.clone());
    let read = connection.send("GET", &format!("/Groups/{id}"), None).await?.json();
    let stored = read.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    if stored == members.len() {
        Ok(())
    } else {
        Err(format!("{} members were pushed, {stored} are there", members.len()))
    }
}

async fn provision(
    crowd: &Crowd,
    names: &Names,
    counter: &AtomicU64,
    bar: &indicatif::ProgressBar,
) -> Result<(Sample, Vec<String>), String> {
    let mut connection = Connection::new(crowd.target.clone());
    let (mut sample, mut ids) = (Sample::new()?, Vec::new());
    loop {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        if number >= crowd.users {
            return Ok((sample, ids));
        }
        let begun = clock::now();
        let found = connection.send("GET", &equals("userName", &names.address(number)), None).await?;
        if found.json().get("totalResults") != Some(&Value::from(0)) {
            return Err(format!("`{}` must not be there yet: {}", names.address(number), found.shown()));
        }
        let made = connection.send("POST", "/Users", Some(&names.user(number))).await?;
        sample.add(begun.elapsed(), made.created().map(|id| ids.push(id)));
        bar.inc(1);
    }
}
