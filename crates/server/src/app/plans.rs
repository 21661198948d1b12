//! Plans: what a change of policy would do, shown before it is made, and made as it was shown (design.md 5.2).

mod change;
mod in_the_making;
mod judging;
mod losers;
mod population;
pub mod table;

use std::time::Duration;

use rollcall_directory::{Backend, Connection, DirectoryError, Plan, PlanPerson, Scope, watermark_of_changes};
use rollcall_policy::AccountId;
use rollcall_policy::plan::Summary;
use sha2::{Digest, Sha256};

pub use in_the_making::{InTheMaking, Place};

use self::judging::Verdict;
use super::connections::policy::PolicyChange;
use super::{Doer, Refusal};
use crate::clock::{Clock, HOUR, SECOND};
use crate::state::Parts;

/// How long a plan can be applied.
const GOOD_FOR: i64 = HOUR;
/// Clocks of instances differ; entries made within this time before the judging are counted, too.
const CLOCKS_DIFFER: i64 = 600 * SECOND;
/// How often a plan is made anew while things keep moving (design.md 5.2).
const ATTEMPTS: usize = 3;
/// Affected people of one unit of work.
const STORED_AT_ONCE: usize = 1_000;

/// Between two units of judging, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Who changes what.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Who asks.
    pub doer: Doer<'a>,
    /// Whose policy.
    pub connection: &'a Connection,
    /// What is wanted.
    pub change: &'a PolicyChange,
}

impl Wish<'_> {
    fn scope(&self) -> Scope {
        Scope { company: self.connection.record.company, connection: self.connection.record.id }
    }
}

/// What came of applying a plan.
#[derive(Debug)]
pub enum Applied {
    /// The policy is as planned, now or since an earlier call.
    Done(Plan),
    /// Other people would be hit than were shown: a fresh plan to look at.
    Stale(Plan),
    /// The plan is too old to say what would happen.
    Expired,
}

/// Judges everybody and stores the plan. `progress` is told how many of how many were judged.
pub async fn make(app: &Parts, wish: Wish<'_>, progress: impl Fn(usize, usize)) -> Result<Plan, Refusal> {
    let judged = judge(app, wish, progress).await?;
    let plan = judged.plan(wish)?;
    for (number, people) in judged.lines.chunks(STORED_AT_ONCE).enumerate() {
        let from = i64::try_from(number * STORED_AT_ONCE).unwrap_or(i64::MAX);
        let (plan, first) = (&plan, number == 0);
        app.directory
            .write(|unit| async move {
                if first {
                    unit.insert_plan(plan);
                }
                unit.insert_plan_people(plan.company, plan.id, from, people);
                Ok::<(), Refusal>(())
            })
            .await?;
    }
    if judged.lines.is_empty() {
        let plan = &plan;
        app.directory
            .write(|unit| async move {
                unit.insert_plan(plan);
                Ok::<(), Refusal>(())
            })
            .await?;
    }
    Ok(plan)
}

/// Whom the change would hit, without storing a plan.
pub async fn foresee(app: &Parts, wish: Wish<'_>) -> Result<Summary, Refusal> {
    Ok(judge(app, wish, |_, _| ()).await?.summary)
}

/// Everybody, judged.
struct JudgedAll {
    summary: Summary,
    /// The affected people in their order.
    lines: Vec<PlanPerson>,
    watermark: String,
}

impl JudgedAll {
    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for PlanPerson { affected, .. } in &self.lines {
            digest.update(affected.len().to_be_bytes());
            digest.update(affected);
        }
        digest.finalize().into()
    }

    fn losers(&self) -> Vec<AccountId> {
        self.lines.iter().filter_map(|person| person.loses).collect()
    }

    fn plan(&self, wish: Wish<'_>) -> Result<Plan, Refusal> {
        let scope = wish.scope();
        Ok(Plan {
            company: scope.company,
            id: wish.doer.id(),
            connection: scope.connection,
            change: written(wish.change)?,
            summary: written(&self.summary)?,
            digest: self.digest(),
            watermark: self.watermark.clone(),
            made_at: wish.doer.now,
            expires_at: wish.doer.now + GOOD_FOR,
            applied_at: None,
        })
    }
}

fn written(value: &impl serde::Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::Invalid(error.to_string()))
}

async fn judge(app: &Parts, wish: Wish<'_>, progress: impl Fn(usize, usize)) -> Result<JudgedAll, Refusal> {
    let scope = wish.scope();
    let _place = app.plans_in_the_making.take(scope.connection)?;
    // First the mark, then the people: whatever happens meanwhile moves it.
    let reader = app.directory.read();
    let watermark = reader.watermark(scope.company, wish.doer.now - CLOCKS_DIFFER).await?;
    let everybody = population::everybody(&reader, wish).await?;
    let mut all = JudgedAll { summary: Summary::default(), lines: Vec::new(), watermark };
    let mut done = 0;
    // Even with nobody to judge, rules may forbid the change.
    let nobody = everybody.is_empty().then_some([].as_slice());
    for people in everybody.chunks(judging::at_once(wish.change)).chain(nobody) {
        let faces = population::faces(&reader, wish, people).await?;
        let started = Clock::instant();
        for Verdict { judged, loses } in judging::judge(app, wish, &faces).await? {
            all.summary.count(&judged);
            if let Some(affected) = &judged.affected {
                all.lines.push(PlanPerson { affected: written(affected)?, loses });
            }
        }
        done += faces.len();
        progress(done, everybody.len());
        if done < everybody.len() {
            let_others_write(app, started.elapsed()).await;
        }
    }
    Ok(all)
}

/// An embedded database has one writer, which was taken for so long: half of the time is everybody else's.
async fn let_others_write(app: &Parts, taken: Duration) {
    if app.directory.backend() == Backend::Sqlite {
        tokio::time::sleep(taken.min(LONGEST_PAUSE)).await;
    }
}

/// Makes the change if it still does what the plan says; applying a plan twice does nothing more.
pub async fn apply(app: &Parts, doer: Doer<'_>, connection: &Connection, plan: Plan) -> Result<Applied, Refusal> {
    if plan.applied_at.is_some() {
        return Ok(Applied::Done(plan));
    }
    if plan.expires_at <= doer.now {
        return Ok(Applied::Expired);
    }
    let change: PolicyChange =
        serde_json::from_str(&plan.change).map_err(|error| Refusal::Invalid(error.to_string()))?;
    let wish = Wish { doer, connection, change: &change };
    let losers = app.directory.read().losers_of_plan(&plan).await?;
    let mut basis = Basis { watermark: plan.watermark.clone(), losers, again: false };
    for _attempt in 0..ATTEMPTS {
        if let Carried::Out(at) = carry_out(app, wish, &plan, &basis).await? {
            return Ok(Applied::Done(Plan { applied_at: Some(at), ..plan }));
        }
        let fresh = judge(app, wish, |_, _| ()).await?;
        if fresh.digest() != plan.digest {
            return make(app, wish, |_, _| ()).await.map(Applied::Stale);
        }
        basis = Basis { losers: fresh.losers(), watermark: fresh.watermark, again: true };
    }
    match carry_out(app, wish, &plan, &basis).await? {
        Carried::Out(at) => Ok(Applied::Done(Plan { applied_at: Some(at), ..plan })),
        // The same people would be hit as are shown: there is nothing new to look at, only a quieter moment to wait for.
        Carried::Overtaken => Err(DirectoryError::Busy.into()),
    }
}

/// What is known of the people at an attempt to make the change.
struct Basis {
    watermark: String,
    /// Whose sessions end.
    losers: Vec<AccountId>,
    /// They were judged again just now.
    again: bool,
}

impl Basis {
    /// Whether it still holds. Who signs in while people are judged again, and changes nobody by it, is not waited for.
    fn holds(&self, watermark: &str) -> bool {
        self.watermark == watermark
            || (self.again && watermark_of_changes(&self.watermark) == watermark_of_changes(watermark))
    }
}

/// What came of an attempt to make the change.
enum Carried {
    /// It is made, since this instant: perhaps by somebody who applied the same plan at the same time.
    Out(i64),
    /// Something has happened since the people were judged.
    Overtaken,
}

/// The change in one unit.
async fn carry_out(app: &Parts, wish: Wish<'_>, plan: &Plan, basis: &Basis) -> Result<Carried, Refusal> {
    let scope = wish.scope();
    let since = since(&basis.watermark);
    app.directory
        .write(|unit| async move {
            unit.hold_connection(scope).await?;
            if let Some(at) = unit.plan(plan.id).await?.and_then(|plan| plan.applied_at) {
                return Ok(Carried::Out(at));
            }
            if !basis.holds(&unit.watermark(scope.company, since).await?) {
                return Ok(Carried::Overtaken);
            }
            change::make(app, &unit, wish).await?;
            losers::end_sessions(&unit, wish, &basis.losers).await?;
            unit.mark_plan_applied(plan, wish.doer.now);
            Ok(Carried::Out(wish.doer.now))
        })
        .await
}

fn since(watermark: &str) -> i64 {
    watermark.split(':').next().and_then(|since| since.parse().ok()).unwrap_or(0)
}
