//! `rollcall export --connection` and `rollcall import`: a directory as lines of SCIM resources.

use std::path::PathBuf;

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::clock::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Door, Site, group, user_with};
use crate::support::{Server, outcome, run};
use rollcall_directory::testing::Dice;

on_each_database! {
    what_is_exported_is_what_scim_shows
    an_exported_directory_imported_elsewhere_is_the_same_and_twice_changes_nothing
    a_broken_file_changes_nothing_and_every_bad_line_is_told
    rules_hold_for_imports
    an_import_hands_nobody_to_another_person_of_the_same_name
    a_table_of_users_is_imported_and_leaves_the_rest_alone
}

/// The binary, the files that it reads and writes, and a server on the same directory.
struct Scene {
    site: Site,
    door: Door,
    url: String,
    folder: TempDir,
}

impl Scene {
    async fn start(directory: &TestDirectory) -> Self {
        let site = Site::start_at(directory, Clock::system()).await;
        let door = site.acme().await;
        Self { site, door, url: directory.database().url(), folder: TempDir::new().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn export(&self, connection: &str) -> Vec<Value> {
        let output = run(&["export", "--connection", connection, "-", "--database-url", &self.url]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Imports a text: exit code, lines, standard error.
    fn import(&self, connection: &str, text: &str, further: &[&str]) -> (i32, Vec<Value>, String) {
        let file = self.file("import", text);
        let mut all = vec!["import", "--connection", connection, file.to_str().unwrap(), "--json"];
        all.extend(["--database-url", &self.url]);
        all.extend(further);
        let output = run(&all);
        let (exit, said) = outcome(&output);
        let text = String::from_utf8(output.stdout).unwrap();
        (exit, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), said)
    }

    /// Imports what must be good: created, changed, unchanged.
    fn imported(&self, connection: &str, text: &str) -> [u64; 3] {
        let (exit, lines, said) = self.import(connection, text, &[]);
        assert_eq!(exit, 0, "{said}{lines:?}");
        ["created", "changed", "unchanged"].map(|name| lines[0][name].as_u64().unwrap())
    }

    /// Another connection of the company, on whose directory nobody has pushed yet.
    async fn second(&self) -> Door {
        self.site.second_door(&self.door, |_| {}).await
    }

    /// People with managers, addresses and names, in groups and groups of groups.
    async fn populate(&self, seed: u64, people: usize) {
        let (mut dice, mut ids) = (Dice::new(seed), Vec::<String>::new());
        for number in 0..people {
            let mut body = json!({
                "externalId": format!("ext-{number}"), "active": dice.chance(80),
                "name": {"givenName": "Ünal \"q\"", "familyName": format!("N{number}")},
                "emails": [{"value": self.door.email(&format!("p{number}")), "type": "work", "primary": true}],
            });
            if dice.chance(30) && !ids.is_empty() {
                let manager = json!({"value": ids[dice.below(ids.len())]});
                body["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] =
                    json!({"manager": manager, "department": "R&D"});
            }
            let made =
                self.site.expect(&self.door, "POST", "/Users", user_with(&format!("p{number}"), body), 201).await;
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
        // The first names the last as manager: whoever imports cannot have both at once.
        let change = json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "value": ids[people - 1]}]);
        assert_eq!(self.site.patch(&self.door, &format!("/Users/{}", ids[0]), change).await.status, 200);
        let mut groups: Vec<String> = Vec::new();
        for number in 0..4 {
            let members: Vec<&str> =
                ids.iter().chain(&groups).filter(|_| dice.chance(40)).map(String::as_str).collect();
            let made = group(&format!("group {number}"), &members);
            let made = self.site.expect(&self.door, "POST", "/Groups", made, 201).await;
            groups.push(made["id"].as_str().unwrap().to_owned());
        }
        // The first group gets the last as a member, which stands behind it in the file.
        let change = json!([{"op": "add", "path": "members", "value": [{"value": groups[3]}]}]);
        assert_eq!(self.site.patch(&self.door, &format!("/Groups/{}", groups[0]), change).await.status, 200);
    }
}

fn text(lines: &[Value]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &format!("{line}\n"))
}

/// What is left of a resource without what a server gives it; ids as names.
fn told_apart(lines: &[Value]) -> Vec<Value> {
    let name = |id: &Value| {
        let found = lines.iter().find(|line| line["id"] == *id).unwrap_or_else(|| panic!("{id} is nobody"));
        found.get("userName").or_else(|| found.get("displayName")).unwrap().clone()
    };
    let mut plain = lines.to_vec();
    for line in &mut plain {
        let object = line.as_object_mut().unwrap();
        for member in ["id", "meta", "groups"] {
            object.remove(member);
        }
        for (_, value) in object.iter_mut() {
            if let Some(manager) = value.get_mut("manager") {
                *manager = name(&manager["value"]);
            }
        }
        if let Some(members) = object.get_mut("members").and_then(Value::as_array_mut) {
            let mut names: Vec<Value> = members.iter().map(|member| name(&member["value"])).collect();
            names.sort_by_key(ToString::to_string);
            *members = names;
        }
    }
    plain.sort_by_key(|line| [line["userName"].to_string(), line["displayName"].to_string()]);
    plain
}

async fn what_is_exported_is_what_scim_shows(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    scene.populate(1, 12).await;
    let lines = scene.export("acme-sso");
    let (users, groups): (Vec<Value>, Vec<Value>) =
        lines.iter().cloned().partition(|line| line.get("userName").is_some());
    assert_eq!((users.len(), groups.len()), (12, 4));
    assert!(lines[11].get("userName").is_some(), "users first");
    for line in &lines {
        let kind = if line.get("userName").is_some() { "Users" } else { "Groups" };
        let mut shown = scene
            .site
            .expect(&scene.door, "GET", &format!("/{kind}/{}", line["id"].as_str().unwrap()), Value::Null, 200)
            .await;
        // The command's links begin with its own address.
        let mut line = line.to_string();
        let base = line.split("/scim/v2").next().unwrap().rsplit('"').next().unwrap().to_owned();
        line = line.replace(&base, scene.site.base_url().trim_end_matches('/'));
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), shown.take());
    }
}

async fn an_exported_directory_imported_elsewhere_is_the_same_and_twice_changes_nothing(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    scene.second().await;
    scene.populate(2, 12).await;
    let lines = scene.export("acme-sso");
    // Nothing rests on the order of the lines.
    let mut shuffled = lines.clone();
    shuffled.reverse();
    assert_eq!(scene.imported("acme-second", &text(&shuffled)), [16, 0, 0]);
    assert_eq!(told_apart(&scene.export("acme-second")), told_apart(&lines));
    let before = directory.contents().await;
    assert_eq!(scene.imported("acme-second", &text(&lines)), [0, 0, 16]);
    // Imported where it is from, each is itself.
    assert_eq!(scene.imported("acme-sso", &text(&lines)), [0, 0, 16]);
    assert_eq!(directory.contents().await, before);
    let changed = text(&lines).replace("\"givenName\":\"Ünal", "\"givenName\":\"Anna");
    assert_eq!(scene.imported("acme-second", &changed), [0, 12, 4]);
    assert!(text(&scene.export("acme-second")).contains("Anna"));
}

async fn a_broken_file_changes_nothing_and_every_bad_line_is_told(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let before = directory.contents().await;
    let file = [
        json!({"userName": "ada", "id": "1", "externalId": "x"}).to_string(),
        "{\"userName\": ".to_owned(),
        "[]".to_owned(),
        json!({"nickName": "nobody"}).to_string(),
        json!({"userName": "ADA", "id": "2"}).to_string(),
        json!({"userName": "bob", "id": "1", "externalId": "x"}).to_string(),
        json!({"userName": "cleo", "active": "perhaps"}).to_string(),
        json!({"userName": ""}).to_string(),
        json!({"displayName": "all", "members": [{"value": "1"}, {"value": "9"}]}).to_string(),
        json!({"displayName": "ALL", "members": []}).to_string(),
        json!({"displayName": "odd", "members": 5}).to_string(),
    ];
    let (exit, lines, said) = scene.import("acme-sso", &file.join("\n"), &[]);
    assert_eq!(exit, 2, "{lines:?}");
    for (line, sentence) in [
        (2, "this is no JSON"),
        (3, "expected a JSON object"),
        (4, "neither a user nor a group"),
        (5, "the same `userName` stands in line 1"),
        (6, "the same `id` stands in line 1"),
        (6, "the same `externalId` stands in line 1"),
        (7, "active"),
        (8, "userName"),
        (9, "the member `9` is neither in the file nor in the directory"),
        (10, "the same `displayName` stands in line 9"),
        (11, "members"),
    ] {
        let place = format!("import, line {line}: ");
        let found = said.lines().any(|one| one.contains(&place) && one.contains(sentence));
        assert!(found, "line {line}: `{sentence}` in\n{said}");
    }
    assert!(said.contains("11 lines are bad; nothing was changed"), "{said}");
    assert!(!said.contains("line 1:"), "{said}");
    assert_eq!(directory.contents().await, before);
    let (exit, lines, _) = scene.import("acme-sso", &file[0], &["--dry-run"]);
    assert_eq!((exit, &lines[0]["users"], &lines[0]["imported"]), (0, &json!(1), &json!(false)));
    assert_eq!(directory.contents().await, before);
}

/// RC-16, RC-5, S-12, N-3: an import is a push.
async fn rules_hold_for_imports(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let one = |person: &str| json!({"userName": person, "emails": [{"value": person}]}).to_string() + "\n";
    let people = ["ada@acme.example", "eve@evil.example", "bob@acme.example"].map(one).concat();
    scene.site.change(&scene.door, |record| record.policy.scim = false).await;
    let before = directory.contents().await;
    let (exit, _, said) = scene.import("acme-sso", &people, &[]);
    assert_eq!(exit, 1);
    assert!(said.contains("SCIM is switched off"), "{said}");
    assert_eq!(directory.contents().await, before);
    scene
        .site
        .change(&scene.door, |record| {
            record.policy.scim = true;
            record.policy.unverified_domains = rollcall_policy::UnverifiedDomains::Refuse;
        })
        .await;
    let (exit, lines, said) = scene.import("acme-sso", &people, &[]);
    assert_eq!(exit, 1, "{said}");
    assert_eq!(lines[0]["line"], 2, "{lines:?}");
    assert!(lines[0]["refused"].as_str().unwrap().contains("evil.example"), "{lines:?}");
    assert_eq!(lines[1], json!({"created": 2, "changed": 0, "unchanged": 0, "refused": 1}));
    let members: Vec<String> = scene.site.members(&scene.door).await.into_iter().map(|(email, _)| email).collect();
    assert_eq!(members.len(), 2, "{members:?}");
    // Inactive people are suspended, as by a push.
    let gone = json!({"userName": "ada@acme.example", "active": false, "emails": [{"value": "ada@acme.example"}]});
    assert_eq!(scene.imported("acme-sso", &gone.to_string()), [0, 1, 0]);
    let states: Vec<_> = scene.site.members(&scene.door).await;
    assert!(states.contains(&("ada@acme.example".to_owned(), "suspended")), "{states:?}");
    let actors = directory.contents().await["activity"].clone();
    assert!(actors.iter().any(|row| row.contains("user.created") && row.contains("'operator'")), "{actors:?}");
}

/// RC-8: a new hire who got the name of somebody who left is refused, as by a POST, and gets none of their memberships.
async fn an_import_hands_nobody_to_another_person_of_the_same_name(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let ada = scene.door.email("ada");
    let person = |id: &str, active: bool| {
        let emails = json!([{"value": ada, "type": "work"}]);
        user_with(&ada, json!({"externalId": id, "active": active, "emails": emails}))
    };
    let left = scene.site.expect(&scene.door, "POST", "/Users", person("1", true), 201).await;
    let path = format!("/Users/{}", left["id"].as_str().unwrap());
    let leaves = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(scene.site.patch(&scene.door, &path, leaves).await.status, 200);
    let stored = scene.site.expect(&scene.door, "GET", &path, Value::Null, 200).await;
    scene.site.expect(&scene.door, "POST", "/Users", person("2", true), 409).await;
    let table = format!("userName,externalId,active,emails.work\n{ada},2,true,{ada}\n");
    for file in [person("2", true).to_string(), table] {
        let (exit, lines, said) = scene.import("acme-sso", &file, &[]);
        assert_eq!(exit, 1, "{said}");
        assert_eq!(lines[1], json!({"created": 0, "changed": 0, "unchanged": 0, "refused": 1}));
        assert_eq!(scene.site.expect(&scene.door, "GET", &path, Value::Null, 200).await, stored);
        assert_eq!(scene.site.members(&scene.door).await, [(ada.clone(), "suspended")]);
    }
    // The same person, and one of whom only one side knows an id.
    let unnamed = format!("userName,title\n{ada},Builder\n");
    assert_eq!(scene.imported("acme-sso", &unnamed), [0, 1, 0]);
    assert_eq!(scene.imported("acme-sso", &person("1", true).to_string()), [0, 1, 0]);
    assert_eq!(scene.site.members(&scene.door).await, [(ada, "active")]);
    assert_eq!(scene.imported("acme-sso", "userName\nbob\n"), [1, 0, 0]);
    assert_eq!(scene.imported("acme-sso", "userName,externalId\nbob,3\n"), [0, 1, 0]);
}

async fn a_table_of_users_is_imported_and_leaves_the_rest_alone(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let table = "userName,externalId,name.givenName,emails.work,active\r\n\
        ada,1,Ada,ada@acme.example,true\r\nbob,2,\"Bob, the \"\"B\"\"\",bob@acme.example,\r\n";
    assert_eq!(scene.imported("acme-sso", table), [2, 0, 0]);
    assert_eq!(scene.imported("acme-sso", table), [0, 0, 2]);
    let found = scene.export("acme-sso");
    let bob = found.iter().find(|line| line["userName"] == "bob").unwrap();
    assert_eq!((&bob["name"]["givenName"], &bob["active"]), (&json!("Bob, the \"B\""), &json!(true)));
    assert_eq!(bob["emails"][0]["value"], "bob@acme.example");
    let path = format!("/Users/{}", bob["id"].as_str().unwrap());
    let change = json!([{"op": "add", "path": "title", "value": "Builder"}]);
    assert_eq!(scene.site.patch(&scene.door, &path, change).await.status, 200);
    assert_eq!(scene.imported("acme-sso", "userName,name.givenName\nbob,Robert\n"), [0, 1, 0]);
    let bob = scene.site.expect(&scene.door, "GET", &path, Value::Null, 200).await;
    assert_eq!((&bob["title"], &bob["name"]["givenName"]), (&json!("Builder"), &json!("Robert")));
    let (exit, _, said) = scene.import("acme-sso", "userName,active\nada,perhaps\nbob\n", &[]);
    assert_eq!(exit, 2);
    assert!(said.contains("line 2: `active` is `perhaps`") && said.contains("line 3: 1 fields; expected 2"), "{said}");
}

/// Beside a running server, whose next answer shows them.
#[test]
fn an_import_beside_a_running_server_counts() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let file = data.path().join("people.csv");
    let rows = (0..300).fold(String::new(), |rows, number| rows + &format!("p{number},p{number}@acme.example\n"));
    std::fs::write(&file, format!("userName,emails.work\n{rows}")).unwrap();
    let place = data.path().to_str().unwrap();
    let output = run(&["import", "--connection", "acme-sso", file.to_str().unwrap(), "--data-dir", place]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "300 created, 0 changed, 0 as before, 0 refused.\n");
    let bearer = format!("Bearer {}", server.credential("scim_token"));
    let answer = server.ask("GET", "/scim/v2/Users?count=1", &[("Authorization", &bearer)]);
    assert_eq!(answer.json()["totalResults"], 300);
}
