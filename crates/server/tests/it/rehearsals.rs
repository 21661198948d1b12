//! Rehearsals: a candidate policy judges beside the real one, counts what would have gone otherwise, and changes nobody.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{RehearsalDifference, on_each_database};
use rollcall_policy::{ConnectionPolicy, SignInDecision};
use rollcall_server::auth::{AdminRole, Presented};
use rollcall_server::clock::{DAY, SECOND};
use rollcall_server::jobs::housekeeping::tidy;
use serde_json::{Value, json};

use crate::site::{Door, Site, id, rules, user};
use rollcall_directory::testing::{Dice, rounds};

on_each_database! {
    a_candidate_counts_differences_and_changes_nobody
    decisions_say_how_they_would_have_gone
    pushes_are_judged_too
    a_rehearsal_becomes_a_plan_and_ends
    what_cannot_be_rehearsed_is_refused
    a_rehearsal_costs_nothing_but_its_differences
    old_differences_are_forgotten
    of_too_many_differences_the_last_are_forgotten
}

fn path(door: &Door) -> String {
    format!("/connections/{}/rehearsal", door.connection)
}

async fn start(site: &Site, door: &Door, change: Value) -> Value {
    let operator = site.admin(AdminRole::Operator).await;
    let begun = site.manage(&operator, "POST", &path(door), change, 201).await;
    site.forget(door);
    begun
}

async fn show(site: &Site, door: &Door) -> Value {
    let operator = site.admin(AdminRole::Operator).await;
    site.manage(&operator, "GET", &path(door), Value::Null, 200).await
}

/// N-3: strangers come in, and would not.
async fn a_candidate_counts_differences_and_changes_nobody(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    site.push(&acme, "ada").await;
    let begun = start(&site, &acme, json!({"jit": false})).await;
    assert_eq!((&begun["change"], &begun["sign_ins"]), (&json!({"jit": false}), &json!(0)));
    assert_eq!(site.sign_in(&acme, "ada").await["decision"], "allow");
    let stranger = site.sign_in(&acme, "grace").await;
    assert_eq!(stranger["decision"], "allow", "the candidate decides nothing");
    assert!(rules(&stranger).iter().all(|rule| *rule != "N-3"));
    site.sign_in(&globex, "barbara").await;
    let found = show(&site, &acme).await;
    assert_eq!(
        (&found["sign_ins"], &found["differing_sign_ins"], &found["differing_pushes"]),
        (&json!(2), &json!(1), &json!(0)),
        "{found}"
    );
    let line = &found["items"][0];
    assert_eq!((&line["person"], &line["occasion"]), (&json!(acme.email("grace")), &json!("sign_in")));
    assert_eq!(line["difference"]["email"], acme.email("grace"));
    assert_eq!((&line["difference"]["now"], &line["difference"]["then"]), (&json!("allow"), &json!("deny")));
    assert!(line["difference"]["rules"].as_array().unwrap().contains(&json!("N-3")), "{line}");
    assert_eq!(line["reasons"], json!({"now": "allowed", "then": "access_denied"}));
    // By now she is a member: nothing would differ any more.
    site.clock.advance(SECOND);
    site.sign_in(&acme, "grace").await;
    let found = show(&site, &acme).await;
    assert_eq!((&found["sign_ins"], &found["differing_sign_ins"]), (&json!(3), &json!(1)));
    let first = site.api(&site.admin(AdminRole::Operator).await, "GET", &path(&globex), Value::Null).await;
    assert_eq!(first.status, 404, "the other connection rehearses nothing");
}

/// L-2: the log shows what was rehearsed.
async fn decisions_say_how_they_would_have_gone(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let before = site.sign_in(&acme, "ada").await;
    start(&site, &acme, json!({"jit": false})).await;
    for (decided, expected) in [(before, None), (site.sign_in(&acme, "grace").await, Some("deny"))] {
        let path = format!("/decisions/{}", decided["decision_id"].as_str().unwrap());
        let stored = site.manage(&operator, "GET", &path, Value::Null, 200).await;
        match expected {
            None => assert_eq!(stored["rehearsal"], Value::Null),
            Some(outcome) => {
                assert_eq!(stored["decision"], "allow");
                assert_eq!(
                    (&stored["rehearsal"]["outcome"], &stored["rehearsal"]["reason"]),
                    (&json!(outcome), &json!("access_denied"))
                );
                assert_eq!(stored["rehearsal"]["change"], json!({"jit": false}));
            }
        }
    }
    let report = rollcall_server::app::replay::replay_all(&site.directory().read(), None, |_| ()).await.unwrap();
    assert_eq!((report.decisions, report.same), (2, 2), "a rehearsed decision can be decided again");
}

/// RC-16: with SCIM off every push would be refused.
async fn pushes_are_judged_too(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    start(&site, &acme, json!({"scim": false})).await;
    let ada = site.push(&acme, "ada").await;
    let replace = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(site.patch(&acme, &format!("/Users/{ada}"), replace.clone()).await.status, 200);
    assert_eq!(
        site.patch(&acme, &format!("/Users/{ada}"), replace).await.status,
        200,
        "changes nothing, judged by nobody"
    );
    let found = show(&site, &acme).await;
    assert_eq!(found["differing_pushes"], 2);
    let line = &found["items"][0];
    assert_eq!((&line["person"], &line["times"]), (&json!(acme.email("ada")), &json!(2)));
    assert_eq!(line["difference"], json!({"now": "accepted", "then": "refused", "rules": ["RC-16"]}));
}

async fn a_rehearsal_becomes_a_plan_and_ends(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    start(&site, &acme, json!({"jit": false})).await;
    site.sign_in(&acme, "grace").await;
    let plan = site.manage(&operator, "POST", &format!("{}/plan", path(&acme)), Value::Null, 201).await;
    assert_eq!(plan["change"], json!({"jit": false}));
    site.manage(&operator, "POST", &format!("/plans/{}/apply", id(&plan)), json!({}), 200).await;
    site.forget(&acme);
    assert_eq!(site.sign_in(&acme, "barbara").await["message"], "Access denied");
    assert_eq!(show(&site, &acme).await["differing_sign_ins"], 1, "policy and candidate agree by now");
    site.manage(&operator, "DELETE", &path(&acme), Value::Null, 204).await;
    for (method, further) in [("GET", ""), ("DELETE", ""), ("POST", "/plan")] {
        let path = format!("{}{further}", path(&acme));
        site.manage(&operator, method, &path, Value::Null, 404).await;
    }
    start(&site, &acme, json!({"jit": true})).await;
    assert_eq!(show(&site, &acme).await["items"], json!([]), "a new rehearsal begins with nothing");
}

async fn what_cannot_be_rehearsed_is_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    for (change, status, sentence) in [
        (json!({}), 400, "say what"),
        (json!({"domains": ["acme.example"]}), 400, "`domains` cannot be rehearsed"),
        (json!({"jit": false, "group_mapping": true}), 400, "`group_mapping` cannot be rehearsed"),
        (json!({"jit": false, "scim": false}), 422, "SCIM"),
        (json!({"kindness": true}), 400, "kindness"),
    ] {
        let answer = site.api(&operator, "POST", &path(&acme), change.clone()).await;
        assert_eq!(answer.status, status, "{change}: {}", answer.text);
        assert!(answer.text.contains(sentence), "{change}: {}", answer.text);
    }
    start(&site, &acme, json!({"jit": false})).await;
    site.manage(&operator, "POST", &path(&acme), json!({"jit": true}), 409).await;
    site.manage(&operator, "DELETE", &path(&acme), Value::Null, 204).await;
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    site.manage(&operator, "POST", &path(&acme), json!({"scim": false}), 400).await;
    site.manage(&operator, "POST", &path(&acme), json!({"jit": false}), 201).await;
}

/// "No request costs more than what it changes": one write for a difference, nothing for anything else.
async fn a_rehearsal_costs_nothing_but_its_differences(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let cost = async |person: &str| {
        site.forget(&acme);
        site.introspect(&acme.sign_in, "nobody's").await;
        let before = site.directory().statements();
        assert_eq!(site.sign_in(&acme, person).await["decision"], "allow");
        site.directory().statements() - before
    };
    for person in ["ada", "ada", "grace"] {
        site.sign_in(&acme, person).await;
    }
    // The first use of a key in a day is noted off the path: it must not be counted with another request.
    let key = Presented::parse(&acme.sign_in).unwrap().id;
    while directory.read().token(key).await.unwrap().unwrap().last_used_day.is_none() {
        tokio::task::yield_now().await;
    }
    let (member, stranger) = (cost("ada").await, cost("barbara").await);
    start(&site, &acme, json!({"jit": false})).await;
    assert_eq!((cost("grace").await, cost("hedy").await), (member, stranger + 1));
}

async fn old_differences_are_forgotten(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    start(&site, &acme, json!({"jit": false})).await;
    site.sign_in(&acme, "grace").await;
    tidy(directory, site.clock.now() + 90 * DAY).await.unwrap();
    assert_eq!(show(&site, &acme).await["items"].as_array().unwrap().len(), 1);
    tidy(directory, site.clock.now() + 92 * DAY).await.unwrap();
    assert_eq!(show(&site, &acme).await["items"], json!([]));
}

async fn of_too_many_differences_the_last_are_forgotten(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (scope, now) = (site.acme().await.scope(), site.clock.now());
    for portion in 0..4_u64 {
        site.write(|unit| async move {
            for number in portion * 2_501..(portion + 1) * 2_501 {
                let difference = RehearsalDifference {
                    person: format!("p{number:05}"),
                    digest: "d".to_owned(),
                    occasion: "sign_in".to_owned(),
                    difference: "{}".to_owned(),
                    times: 1,
                    first_at: now,
                    last_at: now,
                };
                unit.put_rehearsal_difference(scope, &difference);
            }
            Ok(())
        })
        .await;
    }
    tidy(directory, now).await.unwrap();
    let kept = directory.read().rehearsal_differences(scope, ("", ""), 20_000).await.unwrap();
    assert_eq!((kept.len(), kept.last().unwrap().person.as_str()), (10_000, "p09999"));
    assert_eq!(directory.read().rehearsals_beyond(10_000).await.unwrap(), []);
}

const PEOPLE: [&str; 8] = ["ada", "grace", "barbara", "hedy", "joan", "karen", "lynn", "mary"];

/// A step that changes somebody, as directories and administrators do.
async fn happens(site: &Site, door: &Door, dice: &mut Dice, scim_on: bool) {
    let person = dice.pick(&PEOPLE);
    let found = site.directory().read().user_by_user_name(door.scope(), &door.email(person)).await.unwrap();
    match (found, scim_on, dice.below(4)) {
        (None, true, _) => drop(site.scim(door, "POST", "/Users", user(&door.email(person))).await),
        (Some(user), true, 0) => drop(site.scim(door, "DELETE", &format!("/Users/{}", user.id), Value::Null).await),
        (Some(user), true, _) => {
            let replace = json!([{"op": "replace", "path": "active", "value": dice.chance(60)}]);
            drop(site.patch(door, &format!("/Users/{}", user.id), replace).await);
        }
        (_, false, 0) => site.seats(door, Some(2 + dice.below(4) as u64)).await,
        (_, false, _) => site.seats(door, None).await,
    }
}

/// The decision that was really made, as it is stored.
async fn stored(site: &Site, decided: &Value) -> (SignInDecision, Value) {
    let id = decided["decision_id"].as_str().unwrap().parse().unwrap();
    let stored = site.directory().read().decision_anywhere(id).await.unwrap().unwrap();
    let facts: Value = serde_json::from_str(&stored.facts).unwrap();
    (serde_json::from_str(&stored.decision).unwrap(), facts["rehearsal"].clone())
}

/// Over random people, pushes, seats and switches: what a rehearsal says of a sign-in is what happens to the same sign-in
/// where the policy really is the candidate. The twin is the same connection with its switches really changed, asked by a
/// dry run, which leaves no trace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_says_what_a_twin_with_the_candidate_does() {
    let mut differing = 0;
    for seed in 0..rounds(6, 60) {
        let directory = rollcall_directory::testing::sqlite().await;
        let site = Site::start(&directory).await;
        let door = site.acme().await;
        let mut dice = Dice::new(seed);
        let real = |policy: &mut ConnectionPolicy, (jit, scim)| (policy.jit, policy.scim) = (jit, scim);
        let modes = [(true, false), (true, true), (false, true)];
        for _ in 0..10 {
            happens(&site, &door, &mut dice, true).await;
        }
        for _ in 0..4 {
            let (now, then) = (dice.pick(&modes), dice.pick(&modes));
            site.change(&door, |record| {
                real(&mut record.policy, now);
                record.details.remove("rehearsal");
            })
            .await;
            start(&site, &door, json!({"jit": then.0, "scim": then.1})).await;
            for _ in 0..8 {
                let pushes = now.1 && dice.chance(50);
                happens(&site, &door, &mut dice, pushes).await;
                let person = dice.pick(&PEOPLE);
                site.change(&door, |record| real(&mut record.policy, then)).await;
                let twin = dry_run(&site, &door, person).await;
                site.change(&door, |record| real(&mut record.policy, now)).await;
                let (decision, rehearsed) = stored(&site, &site.sign_in(&door, person).await).await;
                assert_eq!(
                    rehearsed["outcome"], twin["decision"],
                    "seed {seed}, {now:?} to {then:?}, {person}: {twin}"
                );
                assert_eq!(rehearsed["reason"], twin["reason"], "seed {seed}: {twin}");
                assert_eq!(rehearsed["rules"], json!(rules(&twin)), "seed {seed}, {now:?} to {then:?}, {person}");
                differing += usize::from(!rehearsed["difference"].is_null());
                let otherwise = json!(decision.outcome) != twin["decision"];
                assert!(!otherwise || !rehearsed["difference"].is_null(), "seed {seed}: {rehearsed}");
            }
        }
    }
    assert!(differing > 5, "{differing} differences");
}

async fn dry_run(site: &Site, door: &Door, person: &str) -> Value {
    let mut body = crate::site::evidence(door, person, &json!({}));
    body["dry_run"] = json!(true);
    let answer = site.send(&crate::site::sign_in(door, &body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body().clone()
}
