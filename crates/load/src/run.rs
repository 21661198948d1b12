//! Runs a scenario on each number of connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::act::{Act, Turn};
use crate::arguments::Run;
use crate::clock;
use crate::connection::{Connection, Target};
use crate::constant;
use crate::crowd::Crowd;
use crate::measurement::{Measurement, Sample};
use crate::pace::Pace;
use crate::report::{Report, bar};
use crate::scenario::Scenario;
use crate::{sync, walk};

/// The constant answer is measured for so long: it hardly varies.
const CEILING: Duration = Duration::from_secs(3);

/// Measures, reports, and hands back the number of wrong answers.
pub(crate) async fn run(arguments: &Run) -> Result<u64, String> {
    let mut crowd = Crowd::of(arguments)?;
    let mut report = Report::begin(arguments, &crowd.names.tag);
    if arguments.scenario.needs_people() {
        crowd = crowd.gathered().await?;
    }
    if arguments.scenario == Scenario::SignIn {
        crowd = at_sign_in(arguments, crowd).await?;
    }
    for &connections in &arguments.connections {
        let ceiling = if arguments.no_ceiling { None } else { Some(ceiling(&crowd, connections).await?) };
        report.add_ceiling(ceiling.as_ref());
        for mut measurement in measured(arguments, &crowd, connections).await? {
            measurement.of_ceiling = ceiling.as_ref().map(|ceiling| measurement.per_second / ceiling.per_second);
            report.add(measurement);
        }
    }
    report.write(arguments)?;
    Ok(report.wrong())
}

async fn measured(arguments: &Run, crowd: &Crowd, connections: usize) -> Result<Vec<Measurement>, String> {
    let duration = Duration::from_secs(arguments.duration);
    match arguments.scenario {
        Scenario::Sync => sync::measure(crowd, connections).await,
        Scenario::Walk => walk::measure(crowd, arguments.page).await,
        scenario @ (Scenario::Lookup
        | Scenario::Create
        | Scenario::Patch
        | Scenario::Groups
        | Scenario::Mixed
        | Scenario::SignIn) => {
            let mut measured = Vec::new();
            for (name, act) in scenario.acts(crowd, connections).await? {
                // Several connections that add and remove the same people would only wait for each other.
                let connections = if matches!(act, Act::Members(..)) { 1 } else { connections };
                let crowd = crowd.clone().renewed();
                let pace = Pace::begin(duration, arguments.rate);
                let sample = repeated(&crowd, &act, connections, &name, pace).await?;
                measured.push(sample);
            }
            Ok(measured)
        }
    }
}

/// What this program reaches against a server that does nothing.
async fn ceiling(crowd: &Crowd, connections: usize) -> Result<Measurement, String> {
    let (address, serving) = constant::serve(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let target = Target::scim(&format!("http://{address}"), "")?;
    let crowd = Crowd { target, ..crowd.clone() };
    let measured = repeated(&crowd, &Act::Constant, connections, "constant answer", Pace::begin(CEILING, None)).await;
    serving.abort();
    measured
}

/// Everybody has signed in once, and the requests go to the sign-in URL.
async fn at_sign_in(arguments: &Run, crowd: Crowd) -> Result<Crowd, String> {
    let (url, key) = (arguments.sign_in_url.as_ref(), arguments.sign_in_key.as_ref());
    let (Some(url), Some(key)) = (url, key) else {
        return Err("the scenario sign-in needs --sign-in-url and --sign-in-key".to_owned());
    };
    let crowd = Crowd { target: Target::json(url, key)?, ..crowd };
    let mut connection = Connection::new(crowd.target.clone());
    let bar = bar(crowd.users, "first sign-ins");
    for number in 0..crowd.users {
        crate::act::sign_in(&mut connection, &crowd, number).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(crowd)
}

/// Repeats one act on several connections until the time is over.
async fn repeated(crowd: &Crowd, act: &Act, connections: usize, name: &str, pace: Pace) -> Result<Measurement, String> {
    let pace = Arc::new(pace);
    let mut running = Vec::new();
    for connection in 0..connections {
        let (act, crowd, pace) = (act.clone(), crowd.clone(), Arc::clone(&pace));
        running.push(tokio::spawn(async move { worker(&crowd, &act, connection, &pace).await }));
    }
    let mut all = Sample::new()?;
    for task in running {
        all.merge(task.await.map_err(|error| format!("a client task ended: {error}"))??)?;
    }
    let took = pace.elapsed();
    all.add_unsent(pace.unsent());
    if let Err(reason) = act.check(&mut Connection::new(crowd.target.clone())).await {
        all.add(Duration::ZERO, Err(reason));
    }
    Ok(all.measurement(name, connections, pace.rate(), took))
}

async fn worker(crowd: &Crowd, act: &Act, number: usize, pace: &Pace) -> Result<Sample, String> {
    let mut connection = Connection::new(crowd.target.clone());
    let mut sample = Sample::new()?;
    while let Some(ticket) = pace.next().await {
        let turn = Turn { number: ticket.number, connection: number };
        let result = act.run(&mut connection, crowd, turn).await;
        sample.add(clock::now().duration_since(ticket.due), result);
    }
    Ok(sample)
}
