//! Runs a scenario on each number of connections and prints a line for each measurement.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::connection::{Connection, Target};
use crate::measure::{Sample, shown};
use crate::scenario::{Act, Scenario, equals, user};
use crate::{clock, constant, say, seed};

/// What all measurements of a run share.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) target: Target,
    pub(crate) users: u32,
    pub(crate) duration: Duration,
    pub(crate) tag: String,
}

/// Runs a scenario and hands back the number of wrong answers.
pub(crate) async fn run(
    load: &Load,
    scenario: Scenario,
    connections: &[usize],
    yardstick: bool,
) -> Result<usize, String> {
    say(&format!("{} {scenario:?}, tag {}", load.target.url(), load.tag));
    let constant = if yardstick { Some(constant::serve(SocketAddr::from(([127, 0, 0, 1], 0))).await?.0) } else { None };
    let mut wrong = 0;
    for &number in connections {
        let mut base = None;
        if let Some(address) = constant {
            let target = Target::new(&format!("http://{address}"), "")?;
            let mut sample = measured(&Load { target, ..load.clone() }, &Act::Constant, number).await?;
            base = Some(line(load, "constant answer", number, &mut sample, None));
        }
        wrong += match scenario {
            Scenario::Groups => synchronised(load, number).await?,
            Scenario::Create | Scenario::Lookup | Scenario::Members => {
                let mut wrong = 0;
                for (name, act) in acts(load, scenario, number).await? {
                    let mut sample = measured(load, &act, number).await?;
                    line(load, name, number, &mut sample, base);
                    wrong += sample.wrong();
                }
                wrong
            }
        };
    }
    Ok(wrong)
}

async fn acts(load: &Load, scenario: Scenario, connections: usize) -> Result<Vec<(&'static str, Act)>, String> {
    match scenario {
        Scenario::Create | Scenario::Groups => Ok(vec![("create", Act::Create)]),
        Scenario::Lookup => {
            let ids = Arc::new(seed::people(load, load.users.into()).await?);
            Ok(vec![
                ("userName eq, hit", Act::ByUserName),
                ("userName eq, miss", Act::Missing),
                ("externalId eq", Act::ByExternalId),
                ("GET by id", Act::ById(ids)),
            ])
        }
        Scenario::Members => {
            let ids = seed::people(load, u64::from(load.users) + 100).await?;
            let (standing, guests) = ids.split_at(ids.len().saturating_sub(100));
            let guests = Arc::new(guests.to_vec());
            let mut acts = Vec::new();
            for (name, size) in
                [("add or remove 1, group of 10", 10), ("add or remove 1, group of all", standing.len())]
            {
                let members = standing.get(..size).unwrap_or(standing);
                let display = format!("Load {} {size} {connections}", load.tag);
                let group = seed::group_of(load, &display, members).await?;
                acts.push((name, Act::Member { group, members: Arc::clone(&guests) }));
            }
            Ok(acts)
        }
    }
}

/// Repeats one act on several connections until the time is over.
async fn measured(load: &Load, act: &Act, connections: usize) -> Result<Sample, String> {
    let mut load = load.clone();
    if matches!(act, Act::Create) {
        // Nobody may be there yet, whatever ran before under this tag.
        load.tag = format!("{}c{}", load.tag, clock::tag());
    }
    let counter = Arc::new(AtomicU64::new(0));
    let end = clock::now() + load.duration;
    let mut running = Vec::new();
    for _ in 0..connections {
        let (act, counter, load) = (act.clone(), Arc::clone(&counter), load.clone());
        running.push(tokio::spawn(async move {
            let mut connection = Connection::new(load.target.clone());
            let mut sample = Sample::default();
            while clock::now() < end {
                let number = counter.fetch_add(1, Ordering::Relaxed);
                let start = clock::now();
                let result = act.run(&mut connection, &load.tag, number, load.users.into()).await;
                sample.add(start.elapsed(), result);
            }
            sample
        }));
    }
    let mut all = Sample::default();
    for task in running {
        all.merge(task.await.map_err(|error| format!("a client task ended: {error}"))?);
    }
    Ok(all)
}

/// Prints a measurement and hands back its requests per second.
fn line(load: &Load, name: &str, connections: usize, sample: &mut Sample, base: Option<f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate is not counted to the last request")]
    let rate = sample.right() as f64 / load.duration.as_secs_f64();
    let ratio = base.map(|base| format!(", {:.3} of the constant answer", rate / base)).unwrap_or_default();
    let (half, most) = (shown(sample.percentile(50)), shown(sample.percentile(99)));
    say(&format!(
        "{connections:>3} connections  {name:<30} {rate:>9.0}/s  p50 {half:>10}  p99 {most:>10}  {} wrong{ratio}",
        sample.wrong()
    ));
    for example in sample.examples() {
        say(&format!("                 wrong: {example}"));
    }
    rate
}

/// A provider's first synchronisation: look up and create each, then ten groups; it is over when all are in.
async fn synchronised(load: &Load, connections: usize) -> Result<usize, String> {
    let tag = format!("{}s{connections}", load.tag);
    let counter = Arc::new(AtomicU64::new(0));
    let start = clock::now();
    let mut running = Vec::new();
    for _ in 0..connections {
        let (load, tag, counter) = (load.clone(), tag.clone(), Arc::clone(&counter));
        running.push(tokio::spawn(async move { provision(&load, &tag, &counter).await }));
    }
    let mut people = Vec::new();
    for task in running {
        people.extend(task.await.map_err(|error| format!("a client task ended: {error}"))??);
    }
    let users = start.elapsed();
    let mut wrong = 0;
    let mut connection = Connection::new(load.target.clone());
    for number in 0..10_usize {
        let members: Vec<String> = people.iter().skip(number).step_by(10).cloned().collect();
        let id = seed::group_of(load, &format!("Sync {tag} {number}"), &members).await?;
        let read = connection.send("GET", &format!("/Groups/{id}"), None).await?.json();
        let stored = read.get("members").and_then(Value::as_array).map_or(0, Vec::len);
        if stored != members.len() {
            wrong += 1;
            say(&format!("                 wrong: {} members were pushed, {stored} are there", members.len()));
        }
    }
    let all = start.elapsed();
    say(&format!(
        "{connections:>3} connections  first sync of {} users: {:.1} s for users, {:.1} s with 10 groups, {wrong} wrong",
        load.users,
        users.as_secs_f64(),
        all.as_secs_f64()
    ));
    Ok(wrong)
}

async fn provision(load: &Load, tag: &str, counter: &AtomicU64) -> Result<Vec<String>, String> {
    let mut connection = Connection::new(load.target.clone());
    let mut ids = Vec::new();
    loop {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        if number >= u64::from(load.users) {
            return Ok(ids);
        }
        let name = format!("load-{tag}-{number}@load.example");
        let found = connection.send("GET", &equals("userName", &name), None).await?;
        if found.json().get("totalResults") != Some(&Value::from(0)) {
            return Err(format!("`{name}` must not be there yet: {}", found.shown()));
        }
        let made = connection.send("POST", "/Users", Some(&user(tag, number))).await?;
        ids.push(seed::id_of(&made)?);
    }
}
