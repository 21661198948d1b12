//! The journal: what a provider sent and was answered, kept off the request's path, found again, sent again.

use std::process::Command;

use rollcall_conformance::client::{Client, Request};
use rollcall_conformance::script::Script;
use rollcall_conformance::session::Session;
use rollcall_conformance::target::{Mode, Target};
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{Clock, SECOND};
use rollcall_server::config::{self, Config};
use rollcall_server::journal;
use serde_json::{Value, json};

use crate::site::{Door, Site, group, id, scim, user, user_with};

on_each_database! {
    each_exchange_is_kept_and_found
    refused_credentials_are_kept_with_their_connection
    a_company_sees_no_journal_but_its_own
    a_connection_says_how_much_is_kept
    a_dialogue_is_answered_the_same_by_a_fresh_server
    a_command_survives_the_shell_whatever_was_sent
    what_a_removed_connection_sent_is_gone
    exchanges_outlive_the_server_that_wrote_them
}

/// The journal of a connection as its operator reads it.
async fn list(site: &Site, door: &Door, query: &str) -> Vec<Value> {
    let operator = site.admin(AdminRole::Operator).await;
    let path = format!("/connections/{}/journal?limit=200{query}", door.connection);
    let found = site.manage(&operator, "GET", &path, Value::Null, 200).await;
    found["items"].as_array().unwrap().clone()
}

/// A whole exchange.
async fn whole(site: &Site, door: &Door, line: &Value) -> Value {
    let operator = site.admin(AdminRole::Operator).await;
    let path = format!("/connections/{}/journal/{}", door.connection, id(line));
    site.manage(&operator, "GET", &path, Value::Null, 200).await
}

/// Method and status, latest first.
fn shown(lines: &[Value]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}", line["method"].as_str().unwrap(), line["status"])).collect()
}

/// K-47: tolerances that fired are named.
async fn each_exchange_is_kept_and_found(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let ada = site.push(&acme, "ada").await;
    site.clock.advance(SECOND);
    let replace = json!([{"op": "Replace", "path": "active", "value": "True"}]);
    assert_eq!(site.patch(&acme, &format!("/Users/{ada}"), replace).await.status, 200);
    site.clock.advance(SECOND);
    site.expect(&acme, "POST", "/Users", user(&acme.email("ADA")), 409).await;
    site.expect(&acme, "POST", "/Groups", group("Crew", &[&ada]), 201).await;
    site.expect(&acme, "GET", "/Users?filter=userName eq \"grace\"", Value::Null, 200).await;
    site.expect(&acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
    let all = list(&site, &acme, "").await;
    assert_eq!(shown(&all), ["DELETE 204", "GET 200", "POST 201", "POST 409", "PATCH 200", "POST 201"]);
    let (changed, refused) = (&all[4], &all[3]);
    assert_eq!((&changed["user"], &changed["user_name"]), (&json!(ada), &json!(acme.email("ada"))));
    assert!(changed["account"].is_string() && changed["request_id"].as_str().unwrap().len() > 30);
    assert_eq!(changed["tolerances"], json!(["boolean_as_string", "operation_case"]));
    assert_eq!(refused["scim_type"], "uniqueness");
    let detail = whole(&site, &acme, refused).await;
    assert_eq!(detail["exchange"]["mode"], "redacted");
    assert!(detail["exchange"]["detail"].is_string());
    for (query, expected) in [
        (format!("&person={ada}"), vec!["DELETE 204", "POST 201", "PATCH 200", "POST 201"]),
        (format!("&person={}", acme.email("Ada")), vec!["POST 409", "PATCH 200", "POST 201"]),
        (format!("&person={}", changed["account"].as_str().unwrap()), vec!["PATCH 200", "POST 201"]),
        ("&person=grace".to_owned(), vec!["GET 200"]),
        ("&status=4xx".to_owned(), vec!["POST 409"]),
        ("&status=204".to_owned(), vec!["DELETE 204"]),
        ("&tolerance=operation_case".to_owned(), vec!["PATCH 200"]),
        ("&from=2027-01-15T08:00:01Z&to=2027-01-15T08:00:02Z".to_owned(), vec!["PATCH 200"]),
        ("&person=nobody".to_owned(), vec![]),
    ] {
        assert_eq!(shown(&list(&site, &acme, &query).await), expected, "{query}");
    }
    let operator = site.admin(AdminRole::Operator).await;
    for wrong in ["status=42", "status=9xx", "tolerance=kindness", "from=yesterday", "who=ada"] {
        let path = format!("/connections/{}/journal?{wrong}", acme.connection);
        site.manage(&operator, "GET", &path, Value::Null, 400).await;
    }
}

/// RC-16: an administrator sees why a provider is turned away; the body of such a request is not read.
async fn refused_credentials_are_kept_with_their_connection(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let wrong = format!("{}0", &acme.scim[..acme.scim.len() - 1]);
    let wrong = if wrong == acme.scim { format!("{}1", &acme.scim[..acme.scim.len() - 1]) } else { wrong };
    for (token, status) in [(&wrong, 401), (&acme.sign_in, 403), (&"nonsense".to_owned(), 401)] {
        let request = Request::new("POST", "/Users", token).json(&user("ada"));
        assert_eq!(site.send(&request).await.status, status);
    }
    site.change(&acme, |record| record.policy.scim = false).await;
    site.expect(&acme, "POST", "/Users", user("grace"), 403).await;
    let all = list(&site, &acme, "").await;
    assert_eq!(shown(&all), ["POST 403", "POST 403", "POST 401"], "nobody knows whose `nonsense` is");
    for line in &all {
        let exchange = &whole(&site, &acme, line).await["exchange"];
        assert_eq!(exchange["request"]["text"], Value::Null);
        assert!(!exchange.to_string().contains("rcscim") && exchange["headers"].get("authorization").is_none());
    }
    // Whoever tries tokens does not push real exchanges out.
    for _ in 0..40 {
        site.send(&Request::new("GET", "/Users", &wrong)).await;
    }
    let all = list(&site, &acme, "").await;
    let (kept, lost) = (shown(&all).iter().filter(|line| *line == "GET 401").count(), all[0]["lost"].as_u64());
    let gaps: u64 = all.iter().map(|line| line["lost"].as_u64().unwrap()).sum();
    assert!(kept < 40 && gaps > 0 && kept as u64 + gaps >= 40, "{kept} kept, {lost:?} lost");
}

async fn a_company_sees_no_journal_but_its_own(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let second = site.second_door(&acme, |_| ()).await;
    for door in [&acme, &globex, &second] {
        site.push(door, "ada").await;
    }
    let (ours, theirs) = (list(&site, &acme, "").await, list(&site, &globex, "").await);
    assert_eq!((ours.len(), theirs.len(), list(&site, &second, "").await.len()), (1, 1, 1));
    let owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    for (connection, entry, status) in [
        (acme.connection, &ours[0], 200),
        (globex.connection, &theirs[0], 404),
        (acme.connection, &theirs[0], 404),
        (second.connection, &ours[0], 404),
    ] {
        let path = format!("/connections/{connection}/journal/{}", id(entry));
        site.manage(&owner, "GET", &path, Value::Null, status).await;
    }
}

async fn a_connection_says_how_much_is_kept(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let connection = format!("/connections/{}", acme.connection);
    let lovelace =
        user_with(&acme.email("ada"), json!({"name": {"familyName": "Lovelace"}, "password": "s3cret-s3cret"}));
    let body = |mode: &str| json!({"journal": mode});
    for (mode, kept) in [("redacted", 1), ("full", 2), ("off", 2)] {
        let shown = site.manage(&operator, "PATCH", &connection, body(mode), 200).await;
        assert_eq!(shown["journal"], mode);
        site.scim(&acme, "POST", "/Users", lovelace.clone()).await;
        let all = list(&site, &acme, "").await;
        assert_eq!(all.len(), kept, "{mode}");
        let text = whole(&site, &acme, &all[0]).await.to_string();
        assert_eq!(text.contains("Lovelace"), mode != "redacted", "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    site.manage(&operator, "PATCH", &connection, body("everything"), 400).await;
    let shown = site.manage(&operator, "PATCH", &connection, json!({"journal": null}), 200).await;
    assert_eq!(shown["journal"], "redacted", "as the server says");
}

/// Sends what was recorded to another server.
async fn replay(dialogue: &str) -> Result<(), String> {
    let script: Script = toml::from_str(dialogue).map_err(|error| format!("{error}: {dialogue}"))?;
    let fresh = rollcall_directory::testing::sqlite().await;
    let site = Site::start_at(&fresh, Clock::system()).await;
    let door = site.acme().await;
    let base = site.client.base().to_owned();
    let target =
        Target { base: base.clone(), token: door.scim, strict_token: None, other_token: None, tag: "7".to_owned() };
    let client = Client::new(&base)?;
    Session::new(&client, &target, Mode::Lenient, "7")?.run(&script).await
}

async fn a_dialogue_is_answered_the_same_by_a_fresh_server(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let hostile = "${tag} ${nobody} ${repeat:3:x} '''\"\"\" \\u0000 \u{1f600}\u{2028} {token} $ROLLCALL_TOKEN #";
    for (mode, expected) in [("redacted", 4), ("full", 8)] {
        site.change(&acme, |record| drop(record.details.insert("journal".into(), json!(mode)))).await;
        let name = format!("{mode} {hostile}");
        let lovelace = user_with(&name, json!({"externalId": hostile, "name": {"familyName": hostile}, "${base}": 1}));
        let ada = id(&site.expect(&acme, "POST", "/Users", lovelace, 201).await);
        site.expect(&acme, "POST", "/Users", json!({"userName": hostile, "schemas": ["urn:x"]}), 201).await;
        let filter = format!("/Users?filter=name.familyName eq \"{mode}${{tag}}$x\"");
        site.expect(&acme, "GET", &filter, Value::Null, 200).await;
        site.expect(&acme, "PUT", "/Users/nobody", user("x"), 404).await;
        site.expect(&acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
        let deletion = format!("/Users?filter=userName eq \"{}\"", "x".repeat(3));
        site.expect(&acme, "GET", &deletion, Value::Null, 200).await;
        let mut replayed = 0;
        for line in list(&site, &acme, "").await {
            if line["method"] == "DELETE" {
                continue;
            }
            let whole = whole(&site, &acme, &line).await;
            replay(whole["dialogue"].as_str().unwrap()).await.unwrap();
            replayed += 1;
        }
        assert!(replayed >= expected, "{replayed}");
        let everybody = site.expect(&acme, "GET", "/Users", Value::Null, 200).await;
        for user in everybody["Resources"].as_array().unwrap() {
            site.expect(&acme, "DELETE", &format!("/Users/{}", id(user)), Value::Null, 204).await;
        }
    }
}

/// What a shell makes of the command: the words that curl would get.
fn words(shell: &str, command: &str) -> Vec<String> {
    let script = format!("curl() {{ for word in \"$@\"; do printf '%s\\001' \"$word\"; done; }}\n{command}\n");
    let run = Command::new(shell).args(["-c", &script]).env("ROLLCALL_TOKEN", "the token").output().unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{command}: {}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    text.split_terminator('\u{1}').map(str::to_owned).collect()
}

async fn a_command_survives_the_shell_whatever_was_sent(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.change(&acme, |record| drop(record.details.insert("journal".into(), json!("full")))).await;
    let hostile = "'; touch /tmp/owned; echo '$(id)`id`\\'\"!! $ROLLCALL_TOKEN %s %n\\n @file ${x} \u{e9} --help";
    let request = scim(&acme, "POST", "/Users?filter=a'b", &user_with(hostile, json!({"title": hostile})));
    let answer = site.send(&request.header("user-agent", "a'b\"$(id)\\ @x; c")).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let all = list(&site, &acme, "").await;
    let shown = whole(&site, &acme, &all[0]).await;
    let command = shown["curl"].as_str().unwrap();
    assert!(
        !command.contains(&acme.scim) && command.contains("\"Authorization: Bearer $ROLLCALL_TOKEN\""),
        "{command}"
    );
    for shell in ["sh", "bash"] {
        let words = words(shell, command);
        let after = |flag: &str| &words[words.iter().position(|word| word == flag).unwrap() + 1];
        assert_eq!(after("--header"), "Authorization: Bearer the token");
        assert_eq!(after("--request"), "POST");
        assert_eq!(after("--url"), &format!("{}/Users?filter=a'b", site.client.base()));
        let body: Value = serde_json::from_str(after("--data-raw")).unwrap();
        assert_eq!((&body["userName"], &body["title"]), (&json!(hostile), &json!(hostile)));
        assert!(words.contains(&"user-agent: a'b\"$(id)\\ @x; c".to_owned()), "{words:?}");
    }
}

async fn what_a_removed_connection_sent_is_gone(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.push(&acme, "ada").await;
    assert_eq!(list(&site, &acme, "").await.len(), 1);
    let operator = site.admin(AdminRole::Operator).await;
    site.manage(&operator, "DELETE", &format!("/connections/{}", acme.connection), Value::Null, 204).await;
    let store = directory.open_journal().await.unwrap();
    let left = store.list(acme.scope(), &rollcall_directory::JournalFilter::default(), None, 10).await.unwrap();
    assert_eq!(left, []);
}

/// What was answered is kept once the server has stopped in good order.
async fn exchanges_outlive_the_server_that_wrote_them(directory: &TestDirectory) {
    let journal = config::Journal { mode: journal::Mode::Full, ..config::Journal::default() };
    let config = Config { journal, ..Config::default() };
    let site = Site::start_as(directory, Clock::fixed(1_800_000_000 * SECOND), config).await;
    let acme = site.acme().await;
    site.push(&acme, "ada").await;
    site.parts().journal.written().await;
    drop(site);
    let store = directory.open_journal().await.unwrap();
    let kept = store.list(acme.scope(), &rollcall_directory::JournalFilter::default(), None, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].exchange.contains("\"mode\":\"full\""));
}
