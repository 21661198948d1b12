//! A server in process on a database of its own, with companies that tests fill. What tests cannot say over HTTP (seats,
//! invitations, owners), they store through the directory, as an administrator would.

use std::net::SocketAddr;

use rollcall_conformance::client::{Answer, Client, Request};
use rollcall_directory::testing::{Acme, TestDirectory};
use rollcall_directory::{ConnectionRecord, Directory, DirectoryError, Scope, Unit};
use rollcall_policy::{CompanyId, ConnectionId, OrganizationId};
use rollcall_server::app::tokens::{Doer, Holder, create, mint};
use rollcall_server::auth::{AdminRole, Presented};
use rollcall_server::clock::{Clock, SECOND};
use rollcall_server::config::{Config, Network, Outbound};
use rollcall_server::ids::Ids;
use rollcall_server::{Parts, Running, Sources, start};
use serde_json::{Value, json};

/// A running server.
#[derive(Debug)]
pub(crate) struct Site {
    running: Running,
    pub(crate) clock: Clock,
    pub(crate) client: Client,
    pub(crate) product: String,
}

/// One connection with its credentials.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Name of the company, of its organization and of its domain before `.example`.
    pub(crate) name: String,
    pub(crate) company: CompanyId,
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    pub(crate) scim: String,
    pub(crate) sign_in: String,
}

impl Door {
    pub(crate) fn scope(&self) -> Scope {
        Scope { company: self.company, connection: self.connection }
    }

    /// An address in the company's verified domain.
    pub(crate) fn email(&self, person: &str) -> String {
        format!("{person}@{}.example", self.name)
    }
}

impl Site {
    /// A server whose clock stands still in 2027 until it is told to advance.
    pub(crate) async fn start(directory: &TestDirectory) -> Self {
        Self::start_at(directory, Clock::fixed(1_800_000_000 * SECOND)).await
    }

    /// The same with a clock of the test's choice.
    pub(crate) async fn start_at(directory: &TestDirectory, clock: Clock) -> Self {
        Self::start_as(directory, clock, Config::default()).await
    }

    /// The same with further settings.
    pub(crate) async fn start_as(directory: &TestDirectory, clock: Clock, config: Config) -> Self {
        // As with `quickstart`, so that identity providers in process may be asked.
        let outbound = Outbound { allow: vec![Network::LOOPBACK_V4], allow_http: true };
        let config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), outbound, ..config };
        let sources = Sources { clock: clock.clone(), ids: Ids::system() };
        let running = start(config, Directory::clone(directory), sources).await.unwrap();
        let client = Client::new(&running.base_url().join("/scim/v2")).unwrap();
        let mut site = Self { running, clock, client, product: String::new() };
        site.product = site.token(Holder::Product).await;
        site
    }

    /// The parts of the server, for use cases that have no edge yet.
    pub(crate) fn parts(&self) -> &Parts {
        self.running.state()
    }

    /// The same as jobs have them.
    pub(crate) fn state(&self) -> &rollcall_server::AppState {
        self.running.state()
    }

    /// What URLs in answers begin with.
    pub(crate) fn base_url(&self) -> String {
        self.running.base_url().to_string()
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.running.state().directory
    }

    /// The company `acme`, its connection with JIT and SCIM on.
    pub(crate) async fn acme(&self) -> Door {
        self.company("acme", 0xac).await
    }

    /// Another company.
    pub(crate) async fn company(&self, name: &str, number: u128) -> Door {
        let Acme { company, organization, connection, .. } = Acme::store_as(self.directory(), name, number).await;
        let (scim, sign_in) = (String::new(), String::new());
        let door = Door { name: name.to_owned(), company, organization, connection, scim, sign_in };
        self.change(&door, |record| record.policy.scim = true).await;
        self.with_keys(door).await
    }

    /// One more connection of the same company, with the same organization and domain.
    pub(crate) async fn second_door(&self, first: &Door, change: impl Fn(&mut ConnectionRecord) + Send + Sync) -> Door {
        let connection = ConnectionId::from(Ids::system().uuid(self.clock.now()));
        let change = &change;
        self.write(|unit| async move {
            let named = format!("{}-sso", first.name);
            let mut record = unit.connection_by_name(first.company, &named).await?.expect("the first connection");
            record.id = connection;
            record.name = format!("{}-second", first.name);
            change(&mut record);
            unit.insert_connection(&record)?;
            unit.set_connection_organizations(first.company, connection, &[first.organization]);
            unit.set_connection_domains(first.company, connection, &[format!("{}.example", first.name)]);
            Ok(())
        })
        .await;
        self.with_keys(Door { connection, ..first.clone() }).await
    }

    async fn with_keys(&self, door: Door) -> Door {
        let scim = self.token(Holder::Scim(door.company, door.connection)).await;
        let sign_in = self.token(Holder::SignIn(door.company, door.connection)).await;
        Door { scim, sign_in, ..door }
    }

    async fn token(&self, holder: Holder) -> String {
        let (ids, now) = (&Ids::system(), self.clock.now());
        let minted = mint(holder, None, ids, now);
        create(self.directory(), &minted.record, Doer { actor: "test", ids, now }).await.unwrap();
        minted.reveal().to_owned()
    }

    /// Changes a connection as its administrator would; it holds at once.
    pub(crate) async fn change(&self, door: &Door, change: impl Fn(&mut ConnectionRecord) + Send + Sync) {
        let change = &change;
        self.write(|unit| async move {
            let mut record = unit.connection(door.company, door.connection).await?.expect("a connection").record;
            let before = record.updated_at;
            change(&mut record);
            record.updated_at += 1;
            unit.update_connection(&record, before)
        })
        .await;
        self.forget(door);
    }

    /// Gives the organization so many seats.
    pub(crate) async fn seats(&self, door: &Door, seats: Option<u64>) {
        self.write(|unit| async move {
            let stored = unit.organization(door.company, door.organization).await?.expect("an organization");
            unit.update_organization(&rollcall_directory::Organization { seats, ..stored });
            Ok(())
        })
        .await;
        self.forget(door);
    }

    /// The server remembers tokens and connections for half a second: from now on, or not at all.
    pub(crate) fn forget(&self, door: &Door) {
        let authenticator = &self.running.state().authenticator;
        authenticator.forget_connection(door.connection);
        for token in [&door.scim, &door.sign_in] {
            if let Some(presented) = Presented::parse(token) {
                authenticator.forget_token(presented.id);
            }
        }
    }

    /// One unit of work of an administrator.
    pub(crate) async fn write<F, Fut>(&self, work: F)
    where
        F: Fn(Unit) -> Fut + Send,
        Fut: Future<Output = Result<(), DirectoryError>> + Send,
    {
        self.directory().write(work).await.unwrap();
    }

    pub(crate) async fn send(&self, request: &Request) -> Answer {
        self.client.send(request).await.unwrap()
    }

    /// A SCIM request; `Value::Null` is no body.
    pub(crate) async fn scim(&self, door: &Door, method: &str, path: &str, body: Value) -> Answer {
        self.send(&scim(door, method, path, &body)).await
    }

    /// A SCIM request that must be answered so; its body.
    pub(crate) async fn expect(&self, door: &Door, method: &str, path: &str, body: Value, status: u16) -> Value {
        let answer = self.scim(door, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.json.unwrap_or(Value::Null)
    }

    /// Creates somebody whose `userName` is their address; their id.
    pub(crate) async fn push(&self, door: &Door, person: &str) -> String {
        id(&self.expect(door, "POST", "/Users", user(&door.email(person)), 201).await)
    }

    /// Sends a PATCH of these operations.
    pub(crate) async fn patch(&self, door: &Door, path: &str, operations: Value) -> Answer {
        self.scim(door, "PATCH", path, patch(operations)).await
    }

    /// A sign-in that must be decided; the answer's body.
    pub(crate) async fn sign_in(&self, door: &Door, person: &str) -> Value {
        self.sign_in_with(door, person, json!({})).await
    }

    /// The same with further attributes, or others.
    pub(crate) async fn sign_in_with(&self, door: &Door, person: &str, further: Value) -> Value {
        let answer = self.send(&sign_in(door, &evidence(door, person, &further))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body().clone()
    }

    /// Whether the session is good for the holder of this key.
    pub(crate) async fn introspect(&self, key: &str, session: &str) -> Value {
        let answer = self.send(&form("origin:/sso/introspect", key, session)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body().clone()
    }

    /// A token for an administrator.
    pub(crate) async fn admin(&self, role: AdminRole) -> String {
        self.token(Holder::Admin(role)).await
    }

    /// A request to the administration below `/api/v1`; `Value::Null` is no body.
    pub(crate) async fn api(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        self.send(&api(token, method, path, &body)).await
    }

    /// A request to the administration that must be answered so; its body.
    pub(crate) async fn manage(&self, token: &str, method: &str, path: &str, body: Value, status: u16) -> Value {
        let answer = self.api(token, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.json.unwrap_or(Value::Null)
    }

    /// Everybody in the organization: address and state.
    pub(crate) async fn members(&self, door: &Door) -> Vec<(String, &'static str)> {
        let reader = self.directory().read();
        let all = reader.members_of_organization(door.company, door.organization, None, 1_000).await.unwrap();
        all.into_iter().map(|member| (member.account.email, member.view.membership.state.code())).collect()
    }
}

pub(crate) fn scim(door: &Door, method: &str, path: &str, body: &Value) -> Request {
    let request = Request::new(method, path, &door.scim);
    if body.is_null() { request } else { request.json(body) }
}

pub(crate) fn api(token: &str, method: &str, path: &str, body: &Value) -> Request {
    let mut request = Request::new(method, &format!("origin:/api/v1{path}"), token);
    if !body.is_null() {
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        request.body = Some(body.to_string().into_bytes());
    }
    request
}

pub(crate) fn sign_in(door: &Door, body: &Value) -> Request {
    let mut request = Request::new("POST", "origin:/sso/sign-in", &door.sign_in);
    request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    request.body = Some(body.to_string().into_bytes());
    request
}

pub(crate) fn form(path: &str, key: &str, session: &str) -> Request {
    let mut request = Request::new("POST", path, key);
    request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    request.body = Some(format!("token={session}").into_bytes());
    request
}

/// The body of a sign-in: subject and address from the person's name, further attributes as given.
pub(crate) fn evidence(door: &Door, person: &str, further: &Value) -> Value {
    let mut attributes = json!({"email": door.email(person)});
    for (name, value) in further.as_object().unwrap() {
        attributes[name] = value.clone();
    }
    json!({"evidence": {"type": "attributes", "subject": format!("subject-{person}"), "attributes": attributes}})
}

pub(crate) fn user(user_name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name})
}

/// A user with further attributes.
pub(crate) fn user_with(user_name: &str, further: Value) -> Value {
    let mut user = user(user_name);
    if let Value::Object(further) = further {
        user.as_object_mut().unwrap().extend(further);
    }
    user
}

pub(crate) fn group(display_name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    json!({"schemas": schemas, "displayName": display_name, "members": members})
}

pub(crate) fn patch(operations: Value) -> Value {
    let mut message = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
    message["Operations"] = operations;
    message
}

pub(crate) fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap_or_else(|| panic!("no id: {resource}")).to_owned()
}

/// The rules of a trail, in order.
pub(crate) fn rules(decided: &Value) -> Vec<&str> {
    decided["trail"].as_array().unwrap().iter().map(|step| step["rule"].as_str().unwrap()).collect()
}
