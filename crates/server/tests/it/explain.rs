//! `rollcall explain`: why, and what if, by the function that judges real sign-ins; and stored decisions decided again.

use std::collections::BTreeSet;
use std::path::Path;

use rollcall_directory::testing::{Acme, TestDirectory};
use rollcall_directory::{DecisionFilter, StoredDecision, on_each_database};
use rollcall_policy::{Client, ConnectionPolicy, DecisionId, Folded, Seats, SignInFacts, decide_sign_in};
use rollcall_scim::fold::fold;
use rollcall_server::app::replay::{Replayed, replay, replay_all};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::sign_ins::invite;
use crate::site::Site;
use crate::support::{Server, outcome, run};

on_each_database! {
    ten_thousand_decisions_come_out_the_same
}

/// Runs `rollcall explain` on a data directory: exit code, standard output, standard error.
fn explain(data: &Path, further: &[&str]) -> (i32, String, String) {
    let mut arguments = vec!["explain", "--data-dir", data.to_str().unwrap()];
    arguments.extend(further);
    let output = run(&arguments);
    let (code, stderr) = outcome(&output);
    (code, String::from_utf8(output.stdout).unwrap(), stderr)
}

fn explained(data: &Path, further: &[&str]) -> Value {
    let (code, stdout, stderr) = explain(data, &[further, &["--json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

fn sign_in(server: &Server, email: &str) -> Value {
    let body =
        json!({"evidence": {"type": "attributes", "subject": email, "attributes": {"email": email}}}).to_string();
    let answer = server.exchange(&format!(
        "POST /sso/sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.credential("sign_in_key"),
        body.len()
    ));
    answer.json()
}

/// J-2, J-7, SI-4, SI-8: asked beside a running server, before and after somebody really came.
#[test]
fn the_command_says_why_and_changes_nothing() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let ada = "ada@acme.example";
    for _ in 0..2 {
        // A dry run makes nobody, so the second time it is a stranger again.
        let (code, text, _) = explain(data.path(), &["--email", ada]);
        assert_eq!(code, 0);
        for part in ["allow (allowed)", "acme-sso", "nobody yet", "J-2 ", "create_account", "acme as member by jit"] {
            assert!(text.contains(part), "no `{part}` in:\n{text}");
        }
    }
    let attributes = data.path().join("evidence.json");
    std::fs::write(&attributes, json!({"name": "Ada", "groups": ["acme:writers"], "role": "emperor"}).to_string())
        .unwrap();
    let told = explained(data.path(), &["--email", ada, "--attributes", attributes.to_str().unwrap()]);
    assert_eq!((&told["decision"], &told["memberships"][0]["teams"]), (&json!("allow"), &json!(["writers"])));
    assert_eq!(told["warnings"][0]["code"], "role_unknown");
    let came = sign_in(&server, ada);
    let told = explained(data.path(), &["--email", ada, "--connection", "acme-sso"]);
    assert_eq!(told["account"]["email"], ada);
    assert!(told["trail"].as_array().unwrap().iter().any(|step| step["rule"] == "SI-8"), "{told}");
    let other = explained(data.path(), &["--email", ada, "--subject", "somebody else"]);
    assert_eq!(other["reason"], "identity_conflict", "RC-13");
    let id = came["decision_id"].as_str().unwrap();
    let stored = explained(data.path(), &["--decision", id]);
    assert_eq!((&stored["trail"], &stored["effects"]), (&came["trail"], &came["effects"]));
    let (_, text, _) = explain(data.path(), &["--decision", id]);
    assert!(text.contains("what was done") && text.contains("J-7"), "{text}");
    // Asking is not signing in: one decision is stored.
    let replayed = explained(data.path(), &["--replay"]);
    assert_eq!(replayed, json!({"decisions": 1, "same": 1, "other_version": 0, "differences": 0}));
}

#[test]
fn what_cannot_be_explained_says_why() {
    let data = TempDir::new().unwrap();
    let _server = Server::spawn("quickstart", data.path(), &[]);
    let broken = data.path().join("broken.json");
    std::fs::write(&broken, "{\"name\": {}}").unwrap();
    let broken = broken.to_str().unwrap();
    for (arguments, code, sentence) in [
        (vec!["--email", "eve@elsewhere.example"], 1, "name a connection"),
        (vec!["--email", "nobody"], 1, "no e-mail address"),
        (vec!["--email", "a@acme.example", "--connection", "none"], 1, "no connection `none`"),
        (vec!["--email", "a@acme.example", "--attributes", broken], 1, "no object of attributes"),
        (vec!["--email", "a@acme.example", "--attributes", "/nowhere.json"], 1, "cannot read"),
        (vec!["--decision", "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f"], 1, "there is no decision"),
        (vec!["--decision", "ada"], 2, "invalid"),
        (vec![], 2, "--email"),
        (vec!["--replay", "--email", "a@acme.example"], 2, "cannot be used with"),
    ] {
        let (got, _, stderr) = explain(data.path(), &arguments);
        assert_eq!(got, code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(sentence), "{arguments:?}: {stderr}");
    }
    // A foreign domain at a named connection is a decision, not a failure.
    let denied = explained(data.path(), &["--email", "eve@elsewhere.example", "--connection", "acme-sso"]);
    assert_eq!(denied["reason"], "domain_not_verified", "SI-4");
}

/// Facts of real sign-ins of many kinds.
async fn real_ones(site: &Site) -> Vec<StoredDecision> {
    let acme = site.acme().await;
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    invite(site, &acme, "invited", None, None).await;
    for person in ["gone", "inactive", "pushed"] {
        let id = site.push(&acme, person).await;
        let path = format!("/Users/{id}");
        match person {
            "gone" => drop(site.expect(&acme, "DELETE", &path, Value::Null, 204).await),
            "inactive" => {
                let operations = json!([{"op": "replace", "path": "active", "value": false}]);
                assert_eq!(site.patch(&acme, &path, operations).await.status, 200);
            }
            _ => {}
        }
    }
    for person in ["ada", "ada", "invited", "gone", "inactive", "pushed"] {
        site.sign_in(&acme, person).await;
    }
    for further in [
        json!({"groups": ["acme:writers", "acme:readers", "nonsense", "globex:x"]}),
        json!({"organization": "acme", "team": "Blue", "role": "owner", "session_minutes": "60"}),
        json!({"organization": "nowhere", "role": "emperor"}),
        json!({"email": "bob@elsewhere.example"}),
        json!({"email": "nobody"}),
    ] {
        site.sign_in_with(&acme, "bob", further).await;
    }
    let all = site.directory().read().decisions_passing(&DecisionFilter::default(), None, 1_000).await.unwrap();
    assert_eq!(all.len(), 11);
    all
}

/// What is varied.
#[derive(Clone)]
struct Base {
    stored: StoredDecision,
    policy: ConnectionPolicy,
    facts: SignInFacts,
}

impl Base {
    fn of(stored: &StoredDecision) -> Self {
        let recorded: Value = serde_json::from_str(&stored.facts).unwrap();
        let policy = serde_json::from_value(recorded["policy"].clone()).unwrap();
        let facts = serde_json::from_value(recorded["facts"].clone()).unwrap();
        Self { stored: stored.clone(), policy, facts }
    }
}

/// The same facts otherwise: switches, seats, groups, words of the provider.
fn varied(base: &Base, number: usize) -> (StoredDecision, String) {
    let Base { stored, mut policy, mut facts } = base.clone();
    let bit = |position: usize| number >> position & 1 == 1;
    (policy.jit, policy.scim, policy.group_mapping) = (bit(0), bit(1), bit(2));
    (policy.create_denied_accounts, policy.freeze_name) = (bit(3), bit(4));
    facts.now += i64::try_from(number).unwrap();
    facts.client = if bit(5) { Client::Desktop } else { Client::Web };
    facts.assertion.email_verified = [None, Some(true), Some(false)][number % 3];
    facts.assertion.full_name = bit(6).then(|| format!("Näme \u{1F600} {number}"));
    facts.assertion.groups.extend((0..number % 5).map(|group| Folded::new(&format!("acme:Team {group}"), fold)));
    facts.assertion.session_minutes = [None, Some("90"), Some("-1"), Some("soon")][number % 4].map(str::to_owned);
    for organization in &mut facts.connection.organizations {
        organization.seats = [Seats::Free, Seats::Full, Seats::Unlimited][number / 3 % 3];
    }
    let decision = decide_sign_in(&policy, &facts);
    let kind = format!("{} {:?} {:?}", decision.reason, decision.trail.rules(), decision.warnings);
    let stored = StoredDecision {
        id: DecisionId::from_u128(number as u128 + 1),
        outcome: decision.outcome,
        reason: decision.reason,
        facts: json!({"policy": policy, "facts": facts}).to_string(),
        decision: serde_json::to_string(&decision).unwrap(),
        ..stored
    };
    (stored, kind)
}

/// Design.md 9: the same facts, policy and version give the same decision, byte for byte.
async fn ten_thousand_decisions_come_out_the_same(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let real = real_ones(&site).await;
    let bases: Vec<Base> = real.iter().map(Base::of).collect();
    let (many, kinds): (Vec<StoredDecision>, BTreeSet<String>) =
        (0..10_000).map(|number| varied(&bases[number % bases.len()], number)).unzip();
    assert!(kinds.len() > 50, "{}", kinds.len());
    for batch in many.chunks(500) {
        site.write(|unit| async move {
            for decision in batch {
                unit.insert_decision(decision);
            }
            Ok(())
        })
        .await;
    }
    let reader = site.directory().read();
    let report = replay_all(&reader, None, |_| {}).await.unwrap();
    assert_eq!((report.decisions, report.same, report.other_version), (10_011, 10_011, 0));
    assert_eq!(report.differences, []);
    let elsewhere = Acme::store_as(directory, "globex", 0x90).await.connection;
    assert_eq!(replay_all(&reader, Some(elsewhere), |_| {}).await.unwrap().decisions, 0);
    // What came out otherwise would be seen.
    let altered =
        |from: &str, to: &str| StoredDecision { decision: real[0].decision.replace(from, to), ..real[0].clone() };
    assert!(matches!(replay(&altered("\"message\":\"", "\"message\":\"x")), Replayed::Differs { .. }));
    let version = format!("\"version\":{}", rollcall_policy::DECISION_VERSION);
    assert_eq!(replay(&altered(&version, "\"version\":0")), Replayed::OtherVersion);
    assert!(matches!(replay(&altered("{", "")), Replayed::Unreadable(_)));
    let no_facts = StoredDecision { facts: "{}".to_owned(), ..real[0].clone() };
    assert!(matches!(replay(&no_facts), Replayed::Unreadable(_)));
}
