//! Every change of a person is told, by whatever door it comes, and each event says what the catalogue says.

use std::collections::BTreeSet;

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_policy::EventId;
use rollcall_server::app::events::{Keeping, Kind};
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{DAY, SECOND};
use serde_json::{Value, json};

use crate::account_sign_ins::{auto_provision, signs_in};
use crate::admin_members::owner;
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, form, group, id, user_with};

on_each_database! {
    pushes_tell_of_people
    sign_ins_tell_of_people
    groups_tell_of_everybody_whom_they_move
    changes_by_hand_tell_of_people
    invitations_tell_of_people
    domains_tell_of_people
    a_claim_is_told_to_every_company
    plans_and_the_end_of_a_connection_are_told
    domains_are_told
    a_full_organization_is_told_of_once_a_day_at_a_connection
    a_full_organization_is_told_of_once_a_day_by_pushes
    nothing_is_stored_for_nobody
}

/// A company to which somebody listens.
struct Scene {
    site: Site,
    acme: Door,
    operator: String,
    seen: BTreeSet<EventId>,
}

impl Scene {
    async fn start(directory: &TestDirectory) -> Self {
        let site = Site::start(directory).await;
        let acme = site.acme().await;
        let operator = site.admin(AdminRole::Operator).await;
        site.webhook(&operator, "acme", "http://127.0.0.1:9/").await;
        Self { site, acme, operator, seen: BTreeSet::new() }
    }

    /// What was told since the last time, in its order: kinds and data.
    async fn told(&mut self) -> Vec<(Kind, Value)> {
        self.site.clock.advance(SECOND);
        let all = self.site.directory().read().pending_events(None, 10_000).await.unwrap();
        let fresh: Vec<_> = all.into_iter().filter(|event| self.seen.insert(event.id)).collect();
        let told = fresh.into_iter().map(|event| {
            let (kind, data) = (Kind::from_code(&event.kind).unwrap(), serde_json::from_str(&event.payload).unwrap());
            let data: Value = data;
            for member in data.as_object().unwrap().keys() {
                assert!(kind.members().contains(&member.as_str()), "{kind}: {member}");
            }
            (kind, data)
        });
        told.collect()
    }

    /// The kinds that were told since the last time.
    async fn kinds(&mut self) -> Vec<Kind> {
        self.told().await.into_iter().map(|(kind, _)| kind).collect()
    }

    async fn manage(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        self.site.manage(&self.operator, method, path, body, status).await
    }

    async fn patch(&self, user: &str, attribute: &str, value: Value) {
        let change = json!([{"op": "replace", "path": attribute, "value": value}]);
        let answer = self.site.patch(&self.acme, &format!("/Users/{user}"), change).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

use Kind::{
    AccountClaimed, ConnectionEnded, DomainRemoved, DomainVerified, IdentityReplaced, InvitationSent,
    MemberAutoProvisioned, PersonChanged, PersonJoined, PersonRemoved, PersonRestored, PersonSuspended, PolicyChanged,
    RoleChanged, SeatsExhausted, SessionEnded, TeamsChanged,
};

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

async fn pushes_tell_of_people(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    let ada = scene.site.push(&scene.acme, "ada").await;
    let told = scene.told().await;
    assert_eq!(told.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [PersonJoined, TeamsChanged]);
    let account = &told[0].1["account"];
    let by = json!(scene.acme.connection);
    assert_eq!(
        told[0].1,
        json!({"account": account, "organization": "acme", "connection": by, "role": "member", "state": "active", "reason": "scim"})
    );
    assert_eq!(
        told[1].1,
        json!({"organization": "acme", "connection": by, "team": "everyone", "added": [account], "removed": []})
    );
    scene.patch(&ada, "displayName", json!("Ada L")).await;
    let told = scene.told().await;
    assert_eq!((told.len(), &told[0].1["changed"]), (1, &json!(["full_name"])));
    scene.patch(&ada, "active", json!(false)).await;
    let told = scene.told().await;
    let suspended = told.iter().find(|(kind, _)| *kind == PersonSuspended).unwrap();
    assert_eq!((&suspended.1["state"], &suspended.1["reason"]), (&json!("suspended"), &json!("directory")));
    assert!(told.iter().any(|(kind, data)| *kind == SessionEnded && data["reason"] == "access_ended"), "{told:?}");
    scene.patch(&ada, "active", json!(true)).await;
    assert_eq!(scene.kinds().await, [PersonRestored]);
    scene.patch(&ada, "active", json!(true)).await;
    assert_eq!(scene.kinds().await, [], "nothing changed");
    scene.patch(&ada, &format!("{EXTENSION}:role"), json!("editor")).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["role"]), (1, RoleChanged, &json!("editor")), "{told:?}");
    scene.patch(&ada, "userName", json!("lovelace@acme.example")).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["changed"]), (1, PersonChanged, &json!(["email"])), "{told:?}");
    scene.site.expect(&scene.acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
    assert!(scene.kinds().await.contains(&PersonSuspended));
}

async fn sign_ins_tell_of_people(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    scene.site.sign_in_with(&scene.acme, "ada", json!({"role": "editor"})).await;
    let told = scene.told().await;
    assert_eq!((told[0].0, &told[0].1["reason"], &told[0].1["role"]), (PersonJoined, &json!("jit"), &json!("editor")));
    scene.site.sign_in(&scene.acme, "ada").await;
    assert_eq!(scene.kinds().await, [], "nothing changed");
    scene.site.sign_in_with(&scene.acme, "ada", json!({"name": "Ada L"})).await;
    assert_eq!(scene.kinds().await, [PersonChanged]);
    let decided = scene.site.sign_in(&scene.acme, "ada").await;
    let session = decided["session"]["id"].as_str().unwrap();
    scene.site.send(&form("origin:/sso/revoke", &scene.acme.sign_in, session)).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["reason"]), (1, SessionEnded, &json!("revoked")));
    scene.site.send(&form("origin:/sso/revoke", &scene.acme.sign_in, session)).await;
    assert_eq!(scene.kinds().await, [], "it had ended");
    // RC-13.
    scene.site.change(&scene.acme, |record| record.policy.on_new_subject = rollcall_policy::OnNewSubject::Link).await;
    let evidence = json!({"type": "attributes", "subject": "another", "attributes": {"email": "ada@acme.example"}});
    scene.site.send(&crate::site::sign_in(&scene.acme, &json!({"evidence": evidence}))).await;
    assert!(scene.kinds().await.contains(&IdentityReplaced));
}

async fn groups_tell_of_everybody_whom_they_move(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    scene.site.change(&scene.acme, |record| record.policy.group_mapping = true).await;
    let (ada, bob) = (scene.site.push(&scene.acme, "ada").await, scene.site.push(&scene.acme, "bob").await);
    scene.told().await;
    let crew = scene.site.expect(&scene.acme, "POST", "/Groups", group("acme:dev", &[&ada, &bob]), 201).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["team"]), (1, TeamsChanged, &json!("dev")));
    assert_eq!(told[0].1["added"].as_array().unwrap().len(), 2);
    let path = format!("/Groups/{}", id(&crew));
    scene.site.expect(&scene.acme, "DELETE", &path, Value::Null, 204).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].1["removed"].as_array().unwrap().len()), (1, 2), "{told:?}");
}

async fn changes_by_hand_tell_of_people(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    owner(&scene.site, &scene.acme, 1, "boss").await;
    let zoe = account(2, "zoe@acme.example");
    insert_account(&scene.site, &zoe).await;
    let members = "/organizations/acme/members";
    let zoes = &format!("{members}/{}", zoe.id);
    let accounts = &format!("/accounts/{}", zoe.id);
    let dev = &format!("/organizations/acme/teams/dev/members/{}", zoe.id);
    scene.manage("POST", members, json!({"account_id": zoe.id}), 201).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["reason"]), (1, PersonJoined, &json!("manual")));
    scene.manage("PATCH", zoes, json!({"role": "editor"}), 200).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["role"]), (1, RoleChanged, &json!("editor")));
    scene.manage("POST", "/organizations/acme/teams", json!({"name": "dev"}), 201).await;
    assert_eq!(scene.kinds().await, []);
    for (method, told) in
        [("PUT", vec![TeamsChanged]), ("PUT", vec![]), ("DELETE", vec![TeamsChanged]), ("PUT", vec![TeamsChanged])]
    {
        scene.manage(method, dev, Value::Null, 204).await;
        assert_eq!(scene.kinds().await, told, "{method}");
    }
    scene.manage("DELETE", "/organizations/acme/teams/dev", Value::Null, 204).await;
    let told = scene.told().await;
    assert_eq!((told.len(), &told[0].1["removed"]), (1, &json!([zoe.id])));
    scene.manage("PATCH", zoes, json!({"state": "suspended"}), 200).await;
    let told = scene.told().await;
    assert_eq!((told[0].0, &told[0].1["reason"]), (PersonSuspended, &json!("administrator")));
    assert_eq!((told.len(), told[1].0), (2, SessionEnded));
    scene.manage("PATCH", zoes, json!({"state": "active"}), 200).await;
    assert_eq!(scene.kinds().await, [PersonRestored]);
    scene.manage("PATCH", accounts, json!({"full_name": "Zoe Z"}), 200).await;
    assert_eq!(scene.kinds().await, [PersonChanged]);
    scene.manage("PATCH", accounts, json!({"disabled": true}), 200).await;
    let told = scene.told().await;
    assert_eq!((told[0].0, told[1].0, &told[1].1["reason"]), (PersonChanged, SessionEnded, &json!("disabled")));
    scene.manage("DELETE", zoes, Value::Null, 204).await;
    let told = scene.told().await;
    assert_eq!((told[0].0, &told[0].1["state"], told[1].0), (PersonRemoved, &json!("removed"), SessionEnded));
}

async fn invitations_tell_of_people(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    let eve = account(3, "eve@elsewhere.example");
    insert_account(&scene.site, &eve).await;
    scene.manage("POST", "/organizations/acme/teams", json!({"name": "Blue"}), 201).await;
    let body = json!({"email": "eve@elsewhere.example", "team": "Blue", "role": "editor"});
    let sent = scene.manage("POST", "/organizations/acme/invitations", body, 201).await;
    assert_eq!(scene.kinds().await, [InvitationSent]);
    let path = format!("/invitations/{}/accept", id(&sent));
    scene.site.manage(&scene.site.product, "POST", &path, json!({"account_id": eve.id}), 200).await;
    let told = scene.told().await;
    let kinds: BTreeSet<Kind> = told.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, BTreeSet::from([PersonJoined, TeamsChanged]));
    assert!(told.iter().any(|(_, data)| data["reason"] == "invitation" && data["role"] == "editor"), "{told:?}");
}

async fn domains_tell_of_people(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    auto_provision(&scene.site, &scene.acme).await;
    insert_account(&scene.site, &account(7, "ada@acme.example")).await;
    signs_in(&scene.site, "ada@acme.example", true).await;
    let told = scene.told().await;
    assert_eq!((told[0].0, &told[0].1["reason"]), (PersonJoined, &json!("domain")));
    assert_eq!((told[1].0, &told[1].1["organization"]), (MemberAutoProvisioned, &json!("acme")));
}

/// RC-10: sessions of other companies end, too, and those hear of it.
async fn a_claim_is_told_to_every_company(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    let globex = scene.site.company("globex", 0x60).await;
    scene.site.webhook(&scene.operator, "globex", "http://127.0.0.1:9/").await;
    let squatter = account(4, "ada@acme.example");
    insert_account(&scene.site, &squatter).await;
    scene.manage("POST", "/organizations/globex/members", json!({"account_id": squatter.id}), 201).await;
    scene.manage("PATCH", &format!("/accounts/{}", squatter.id), json!({"email_verified": false}), 200).await;
    scene.told().await;
    scene.site.sign_in(&scene.acme, "ada").await;
    let all = scene.site.directory().read().pending_events(None, 1_000).await.unwrap();
    let claimed: Vec<_> = all.iter().filter(|event| event.payload.contains("\"claimed\"")).collect();
    let companies: BTreeSet<_> = claimed.iter().filter_map(|event| event.company).collect();
    assert_eq!(companies, BTreeSet::from([scene.acme.company, globex.company]));
    assert!(scene.kinds().await.contains(&AccountClaimed));
}

async fn plans_and_the_end_of_a_connection_are_told(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    scene.site.sign_in(&scene.acme, "ada").await;
    scene.told().await;
    let connection = format!("/connections/{}", scene.acme.connection);
    let plan = scene.manage("POST", &format!("{connection}/plans"), json!({"group_mapping": true}), 201).await;
    assert_eq!(scene.kinds().await, [], "a plan changes nothing");
    scene.manage("POST", &format!("/plans/{}/apply", id(&plan)), Value::Null, 200).await;
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].0, &told[0].1["change"]), (1, PolicyChanged, &json!({"group_mapping": true})));
    scene.manage("DELETE", &connection, Value::Null, 204).await;
    let told = scene.told().await;
    assert_eq!((told[0].0, &told[0].1["reason"]), (SessionEnded, &json!("connection_ended")));
    assert_eq!((told.len(), told[1].0, &told[1].1["name"]), (2, ConnectionEnded, &json!("acme-sso")));
}

async fn domains_are_told(directory: &TestDirectory) {
    use rollcall_server::app::Doer;
    use rollcall_server::app::domains::{remove, trust};
    let mut scene = Scene::start(directory).await;
    let ids = rollcall_server::ids::Ids::system();
    let doer = Doer { actor: "test", ids: &ids, now: scene.site.clock.now() };
    let name = "corp.example".parse().unwrap();
    for _ in 0..2 {
        trust::trust(scene.site.directory(), scene.acme.company, &name, doer).await.unwrap();
    }
    let told = scene.told().await;
    assert_eq!(told, [(DomainVerified, json!({"domain": "corp.example", "reason": "operator"}))]);
    let seen = rollcall_scim::etag::Preconditions::none();
    remove::remove(scene.site.directory(), scene.acme.company, &name, &seen, doer).await.unwrap();
    assert_eq!(scene.told().await, [(DomainRemoved, json!({"domain": "corp.example"}))]);
}

/// P/A-7, P4-29, J-12.
async fn a_full_organization_is_told_of_once_a_day_at_a_connection(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    scene.site.seats(&scene.acme, Some(0)).await;
    for (person, wait, told) in [("ada", 0, 1), ("bob", 0, 0), ("ada", DAY / 2, 0), ("ada", DAY / 2 + SECOND, 1)] {
        scene.site.clock.advance(wait);
        assert_eq!(scene.site.sign_in(&scene.acme, person).await["reason"], "no_seats");
        let full = scene.told().await;
        assert_eq!(full.len(), told, "{person} {wait}: {full:?}");
        assert!(full.iter().all(|(kind, data)| *kind == SeatsExhausted && data["organization"] == "acme"));
    }
}

/// RC-16: the push is refused, and nothing else of it is stored.
async fn a_full_organization_is_told_of_once_a_day_by_pushes(directory: &TestDirectory) {
    let mut scene = Scene::start(directory).await;
    scene.site.seats(&scene.acme, Some(0)).await;
    for (person, wait, told) in [("ada", 0, 1), ("bob", 0, 0), ("ada", DAY, 1)] {
        scene.site.clock.advance(wait);
        let user = user_with(&scene.acme.email(person), json!({}));
        scene.site.expect(&scene.acme, "POST", "/Users", user, 403).await;
        let full = scene.told().await;
        assert_eq!(full.len(), told, "{person} {wait}: {full:?}");
        assert!(full.iter().all(|(kind, data)| *kind == SeatsExhausted && data["organization"] == "acme"));
    }
    assert_eq!(scene.site.members(&scene.acme).await, []);
}

async fn nothing_is_stored_for_nobody(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let ada = site.push(&acme, "ada").await;
    site.sign_in(&acme, "ada").await;
    site.expect(&acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
    assert_eq!(site.directory().read().pending_events(None, 10).await.unwrap(), []);
    let user = user_with("zoe@acme.example", json!({"active": true}));
    site.expect(&acme, "POST", "/Users", user, 201).await;
    site.seats(&acme, Some(0)).await;
    site.sign_in(&acme, "bob").await;
    let kept = site.directory().read().pending_events(None, 10).await.unwrap();
    let kinds: Vec<Kind> = kept.iter().map(|event| Kind::from_code(&event.kind).unwrap()).collect();
    assert_eq!(kinds, [SeatsExhausted], "owners hear of it by mail");
    assert!(kinds.iter().all(|kind| kind.keeping() == Keeping::Always));
}

/// The table of docs/webhooks.md, line by line.
#[test]
fn the_documentation_lists_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/webhooks.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, table) = page.split_once("## Kinds").unwrap();
    let written: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let lines = Kind::ALL.iter().map(|kind| {
        let members: Vec<String> = kind.members().iter().map(|member| format!("`{member}`")).collect();
        format!("| `{kind}` | {} | {} |", kind.about(), members.join(", "))
    });
    assert_eq!(written, lines.collect::<Vec<String>>());
}
