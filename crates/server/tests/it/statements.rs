//! What each operation asks of the database: exactly so many statements, however large the group or the directory is
//! (performance.md; D-10, D-11). Every collected write counts as one, although several go out together.

use std::time::Duration;

use rollcall_conformance::client::Request;
use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Backend, DirectoryUser, Kind, Member, on_each_database};
use rollcall_policy::DirectoryUserId;
use rollcall_scim::Resource;
use rollcall_scim::catalog::Catalog;
use rollcall_scim::search_document::search_document;
use rollcall_server::auth::Presented;
use serde_json::{Value, json};

use crate::site::{Door, Site, evidence, group, id, patch, scim, sign_in, user, user_with};

on_each_database! {
    an_operation_costs_the_same_in_a_small_and_a_large_directory
    a_member_of_a_mapped_group_costs_the_same_in_a_small_and_a_large_one
}

/// The same on either database, but for [`LOCKED`].
const COSTS: [(&str, u64); 17] = [
    ("create", 12),
    ("create with organization, team and role", 13),
    ("read by id", 2),
    ("look-up by userName, hit", 2),
    ("look-up by userName, miss", 1),
    ("look-up by externalId, hit", 2),
    ("look-up by externalId, miss", 1),
    ("look-up by emails.value, hit", 2),
    ("look-up by emails.value, miss", 1),
    ("add a member", 6),
    ("remove a member", 5),
    ("read a group without members", 1),
    ("sign-in that changes nothing", 10),
    // The brake has its say (RC-12): people are counted when a window begins, and a place is taken for each removal.
    ("deactivate, the first within an hour", 19),
    ("deactivate one more", 17),
    ("deactivate one more, held", 19),
    ("PATCH that changes nothing", 2),
];

/// Operations that cost one more on PostgreSQL: whoever removes somebody keeps the connection as it is while the brake has
/// its say (RC-12). On SQLite they are alone.
const LOCKED: &str = "deactivate";

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// A directory with one group of so many members.
struct Town<'a> {
    site: &'a Site,
    door: Door,
    group: String,
}

impl<'a> Town<'a> {
    /// Ten people come as pushes do; the rest is stored at once.
    async fn of(site: &'a Site, door: Door, people: usize) -> Self {
        let mut members = Vec::new();
        for n in 0..10 {
            let address = door.email(&format!("p{n}"));
            let body = user_with(&address, json!({"externalId": format!("x{n}"), "emails": [{"value": address}]}));
            members.push(id(&site.expect(&door, "POST", "/Users", body, 201).await));
        }
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        let group = id(&site.expect(&door, "POST", "/Groups", group("Crew", &members), 201).await);
        let crew = group.parse().unwrap();
        let crowd: Vec<DirectoryUser> = (members.len()..people).map(|n| stranger(&door, n)).collect();
        let (crowd, scope, catalog) = (&crowd, door.scope(), Catalog::rollcall());
        let user_type = catalog.user();
        site.write(|unit| async move {
            let rows: Vec<Member> = crowd.iter().map(|user| Member { id: user.id.uuid(), kind: Kind::User }).collect();
            for user in crowd {
                let search = search_document(user_type, &user.resource, &user.id.to_string());
                unit.insert_user(user, &search);
            }
            unit.flush().await?;
            unit.add_members(scope, crew, &rows).await.map(drop)
        })
        .await;
        Self { site, door, group }
    }

    /// The statements of a request that is answered so. A token and its connection are remembered for half a second;
    /// the requests before make sure of that.
    async fn cost(&self, request: &Request, statuses: &[u16]) -> u64 {
        self.site.forget(&self.door);
        let warm = self.site.scim(&self.door, "GET", "/Users?count=0", Value::Null).await;
        assert_eq!(warm.status, 200);
        self.site.introspect(&self.door.sign_in, "nobody's").await;
        let before = self.site.directory().statements();
        let answer = self.site.send(request).await;
        assert!(statuses.contains(&answer.status), "{} {}: {}", request.method, request.path, answer.text);
        self.site.directory().statements() - before
    }

    async fn look_up(&self, filter: &str, hits: u64) -> u64 {
        let path = format!("/Users?filter={filter}");
        let found = self.site.expect(&self.door, "GET", &path, Value::Null, 200).await;
        assert_eq!(found["totalResults"], hits, "{filter}");
        self.cost(&scim(&self.door, "GET", &path, &Value::Null), &[200]).await
    }

    /// What it costs that somebody leaves.
    async fn leaves(&self, person: &str) -> u64 {
        let named = format!("/Users?filter=userName eq \"{}\"", self.door.email(person));
        let found = self.site.expect(&self.door, "GET", &named, Value::Null, 200).await;
        let path = format!("/Users/{}", id(&found["Resources"][0]));
        let leaves = patch(json!([{"op": "replace", "path": "active", "value": false}]));
        self.cost(&scim(&self.door, "PATCH", &path, &leaves), &[200]).await
    }

    /// The same where too many have left already, and owners are told.
    async fn is_held(&self, person: &str) -> u64 {
        let brake = json!({"count": 2, "percent": 0});
        self.site.change(&self.door, |record| drop(record.details.insert("brake".to_owned(), brake.clone()))).await;
        self.leaves(person).await
    }

    /// The first use of a token in a day is noted off the request's path: it must not be counted with another request.
    async fn tokens_are_noted(&self) {
        self.site.scim(&self.door, "GET", "/Users?count=0", Value::Null).await;
        self.site.introspect(&self.door.sign_in, "nobody's").await;
        for token in [&self.door.scim, &self.door.sign_in] {
            let id = Presented::parse(token).unwrap().id;
            let noted = async || {
                let stored = self.site.directory().read().token(id).await.unwrap().unwrap();
                stored.last_used_day.is_some()
            };
            while !noted().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    async fn costs(&self) -> Vec<(&'static str, u64)> {
        self.tokens_are_noted().await;
        let (door, name) = (&self.door, &self.door.name);
        let named = format!("/Users?filter=userName eq \"{}\"", door.email("p3"));
        let found = self.site.expect(door, "GET", &named, Value::Null, 200).await;
        let person = format!("/Users/{}", id(&found["Resources"][0]));
        let crew = format!("/Groups/{}", self.group);
        let newcomer = self.site.push(door, "newcomer").await;
        let change = |operation: Value| scim(door, "PATCH", &crew, &patch(json!([operation])));
        let add = json!({"op": "add", "path": "members", "value": [{"value": newcomer}]});
        let remove = json!({"op": "remove", "path": format!("members[value eq \"{newcomer}\"]")});
        let placed = json!({"organization": name, "team": "everyone", "role": "editor"});
        let placed = user_with(&door.email("grace"), json!({EXTENSION: placed}));
        let signs_in = sign_in(door, &evidence(door, "p3", &json!({})));
        // The first one links the subject.
        self.site.send(&signs_in).await;
        let leaves = patch(json!([{"op": "replace", "path": "active", "value": false}]));
        let leaves = scim(door, "PATCH", &person, &leaves);
        let read = |path: &str| scim(door, "GET", path, &Value::Null);
        vec![
            ("create", self.cost(&scim(door, "POST", "/Users", &user(&door.email("ada"))), &[201]).await),
            (
                "create with organization, team and role",
                self.cost(&scim(door, "POST", "/Users", &placed), &[201]).await,
            ),
            ("read by id", self.cost(&read(&person), &[200]).await),
            ("look-up by userName, hit", self.look_up(&format!("userName eq \"P3@{name}.example\""), 1).await),
            ("look-up by userName, miss", self.look_up("userName eq \"nobody\"", 0).await),
            ("look-up by externalId, hit", self.look_up("externalId eq \"x3\"", 1).await),
            ("look-up by externalId, miss", self.look_up("externalId eq \"X3\"", 0).await),
            ("look-up by emails.value, hit", self.look_up(&format!("emails.value eq \"p3@{name}.example\""), 1).await),
            ("look-up by emails.value, miss", self.look_up("emails.value eq \"nobody@acme.example\"", 0).await),
            ("add a member", self.cost(&change(add), &[200, 204]).await),
            ("remove a member", self.cost(&change(remove), &[200, 204]).await),
            (
                "read a group without members",
                self.cost(&read(&format!("{crew}?excludedAttributes=members")), &[200]).await,
            ),
            ("sign-in that changes nothing", self.cost(&signs_in, &[200]).await),
            ("deactivate, the first within an hour", self.cost(&leaves, &[200]).await),
            ("deactivate one more", self.leaves("p4").await),
            ("deactivate one more, held", self.is_held("p5").await),
            ("PATCH that changes nothing", self.cost(&leaves, &[200]).await),
        ]
    }
}

/// Somebody of the crowd, as stored.
fn stranger(door: &Door, number: usize) -> DirectoryUser {
    let name = door.email(&format!("p{number}"));
    let document = json!({"userName": name, "externalId": format!("x{number}"), "active": true});
    DirectoryUser {
        company: door.company,
        connection: door.connection,
        id: DirectoryUserId::from_u128(door.company.uuid().as_u128() << 32 | number as u128),
        resource: Resource::from_document(&document.to_string()).unwrap(),
        user_name_folded: name,
        external_id: Some(format!("x{number}")),
        active: true,
        account: None,
        finding: None,
        version: 1,
        created_at: 1,
        updated_at: 1,
    }
}

async fn an_operation_costs_the_same_in_a_small_and_a_large_directory(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let locks = directory.backend() == Backend::Postgres;
    let expected = COSTS.map(|(name, cost)| (name, cost + u64::from(locks && name.starts_with(LOCKED))));
    for (door, people) in [(acme, 10), (globex, 2_000)] {
        let town = Town::of(&site, door, people).await;
        assert_eq!(town.costs().await, expected, "{people} people");
    }
}

/// RC-14, D-10: a mapped team costs what the write changes. Locks of people and connection are statements on PostgreSQL
/// alone, so the databases differ.
async fn a_member_of_a_mapped_group_costs_the_same_in_a_small_and_a_large_one(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let mut costs = Vec::new();
    for (door, people) in [(acme, 10), (globex, 2_000)] {
        site.change(&door, |record| record.policy.group_mapping = true).await;
        let name = format!("{}:dev", door.name);
        let town = Town::of(&site, door, people).await;
        let crew = format!("/Groups/{}", town.group);
        let rename = json!([{"op": "replace", "path": "displayName", "value": name}]);
        assert_eq!(site.patch(&town.door, &format!("{crew}?attributes=id"), rename).await.status, 200);
        let newcomer = site.push(&town.door, "newcomer").await;
        let add = json!([{"op": "add", "path": "members", "value": [{"value": newcomer}]}]);
        let remove = json!([{"op": "remove", "path": format!("members[value eq \"{newcomer}\"]")}]);
        let cost =
            async |operations| town.cost(&scim(&town.door, "PATCH", &crew, &patch(operations)), &[200, 204]).await;
        let mut least = [u64::MAX; 3];
        // On a busy machine the server may have to look a token up again in between: the least is what the change costs.
        for _ in 0..3 {
            let turn = [cost(add.clone()).await, cost(add.clone()).await, cost(remove.clone()).await];
            least = std::array::from_fn(|index| least[index].min(turn[index]));
        }
        costs.push(least);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].iter().all(|cost| *cost <= 18), "{costs:?}");
}
