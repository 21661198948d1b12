//! `rollcall doctor`: broken set-ups of real parts, each fault named; and a healthy one, of which nothing bad is said.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rollcall_directory::testing::postgres_database;
use rollcall_server::app::tokens::{Doer, Holder, create, mint};
use rollcall_server::clock::{Clock, DAY, HOUR};
use rollcall_server::config::{Config, Network, Outbound, Resolver, Transport};
use rollcall_server::doctor::{Finding, Scene, Standing, examine};
use rollcall_server::ids::Ids;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::dns::{NameServer, Reply};
use crate::letters::by;
use crate::mail_server::{MailServer, Manner};
use crate::support::{Server, outcome, run};

/// A set-up that a test breaks: data that quickstart made, a name server in process, a server that answers.
struct Setup {
    data: TempDir,
    server: Server,
    names: NameServer,
    config: Config,
    clock: Clock,
    network: bool,
}

impl Setup {
    async fn new() -> Self {
        let data = closed();
        let server = Server::spawn("quickstart", data.path(), &[]);
        let names = NameServer::start().await;
        let config = Config {
            data_dir: data.path().to_owned(),
            public_url: Some(server.credential("base_url").parse().unwrap()),
            dns: Resolver { server: Some(names.address), timeout: Duration::from_secs(1) },
            outbound: Outbound { allow: vec![Network::LOOPBACK_V4], allow_http: true },
            ..Config::default()
        };
        Self { data, server, names, config, clock: Clock::system(), network: true }
    }

    /// A command on this data that must do what it is told.
    fn run(&self, line: &str) -> Vec<Value> {
        let mut arguments: Vec<&str> = line.split(' ').collect();
        arguments.extend(["--json", "--data-dir", self.data.path().to_str().unwrap()]);
        let output = run(&arguments);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn scene(&self) -> Scene {
        Scene { config: self.config.clone(), clock: self.clock.clone(), network: self.network }
    }

    /// A certificate for these names from 2020 until this year, shown with its key or another one.
    fn certificate(&mut self, names: &[&str], until: i32, foreign_key: bool) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        let key = KeyPair::generate().unwrap();
        let [certificate, private] = ["chain.pem", "key.pem"].map(|name| self.data.path().join(name));
        std::fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        let shown = if foreign_key { KeyPair::generate().unwrap() } else { key };
        std::fs::write(&private, shown.serialize_pem()).unwrap();
        self.config.transport = Transport::Tls { certificate, key: private };
    }
}

/// A directory that is closed to others, as those are that Rollcall makes.
fn closed() -> TempDir {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    tempfile::Builder::new().permissions(mode).tempdir().unwrap()
}

async fn findings(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    examine(scene, |finding| found.push(finding)).await;
    found
}

/// Among what is found is this one; every warning and fault says what to do.
#[track_caller]
fn check(found: &[Finding], check: &str, standing: Standing, part: &str) {
    for finding in found {
        let next = finding.next.as_deref().unwrap_or_default();
        assert_eq!(next.is_empty(), finding.standing == Standing::Ok, "{finding:?}");
    }
    let named =
        |finding: &&Finding| finding.check == check && finding.standing == standing && finding.said.contains(part);
    assert!(found.iter().any(|finding| named(&finding)), "no {standing:?} of {check} with `{part}` in {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_healthy_set_up_nothing_bad_is_said() {
    let setup = Setup::new().await;
    let found = findings(&setup.scene()).await;
    let bad: Vec<&Finding> = found.iter().filter(|finding| finding.standing != Standing::Ok).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    let checks: Vec<&str> = found.iter().map(|finding| finding.check).collect();
    let all = [
        "data_directory",
        "disk_space",
        "servers",
        "tls",
        "database",
        "public_url",
        "clock",
        "resolver",
        "mail",
        "domains",
        "connections",
        "tokens",
        "outbox",
    ];
    assert_eq!(checks, all);
    check(&found, "servers", Standing::Ok, "one server runs");
    check(&found, "public_url", Standing::Ok, "this Rollcall answers there");
}

/// A mail server that is not there, one that is, and none.
#[tokio::test(flavor = "multi_thread")]
async fn mail_that_cannot_leave_is_a_fault() {
    let setup = Setup::new().await;
    let mut scene = setup.scene();
    check(&findings(&scene).await, "mail", Standing::Ok, "no mail is sent");
    let post = MailServer::start(Manner::Greets("554 no mail here")).await;
    scene.config.mail = Some(by(&post));
    check(&findings(&scene).await, "mail", Standing::Fault, "no mail here");
    post.behave(Manner::Takes);
    check(&findings(&scene).await, "mail", Standing::Ok, "letters go to 127.0.0.1");
}

/// What is broken before anything is stored, or in files.
#[tokio::test(flavor = "multi_thread")]
async fn broken_places_are_named() {
    let mut setup = Setup::new().await;
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(setup.data.path(), open).unwrap();
    check(&findings(&setup.scene()).await, "data_directory", Standing::Warning, "open to other users");
    setup.network = false;
    for (directory, part) in [
        ("/nowhere/rollcall", "cannot be looked at"),
        // Nobody, whatever their rights, writes there.
        ("/proc/self/net", "nothing can be written"),
        ("/etc/hostname", "is no directory"),
    ] {
        setup.config.data_dir = directory.into();
        let found = findings(&setup.scene()).await;
        check(&found, "data_directory", Standing::Fault, part);
        assert!(found.iter().any(|finding| finding.check == "database" && finding.standing == Standing::Fault));
    }
    let scratch = TempDir::new().unwrap();
    setup.config.data_dir = scratch.path().to_owned();
    std::fs::write(scratch.path().join("rollcall.db"), "precious thesis, no database").unwrap();
    check(&findings(&setup.scene()).await, "database", Standing::Fault, "is not a SQLite database");
}

/// A page in the middle of the file is overwritten, as a dying disk would.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_named() {
    let mut setup = Setup::new().await;
    let copy = TempDir::new().unwrap();
    setup.server.signal("TERM");
    setup.server.wait();
    let mut bytes = std::fs::read(setup.data.path().join("rollcall.db")).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(copy.path().join("rollcall.db"), bytes).unwrap();
    (setup.config.data_dir, setup.network) = (copy.path().to_owned(), false);
    check(&findings(&setup.scene()).await, "database", Standing::Fault, "damaged");
}

/// Two servers on one directory: what the lock prevents, until somebody "cleans up".
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_directory_are_named() {
    let mut setup = Setup::new().await;
    std::fs::remove_file(setup.data.path().join("rollcall.lock")).unwrap();
    let _second = Server::spawn("quickstart", setup.data.path(), &[]);
    setup.network = false;
    check(&findings(&setup.scene()).await, "servers", Standing::Fault, "2 servers run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_down_or_whose_clock_is_another_is_named() {
    let mut setup = Setup::new().await;
    setup.network = false;
    // A port that nobody listens on any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = postgres_database().await;
    setup.config.database_url = Some(SecretString::from(format!("postgres://nobody@127.0.0.1:{port}/rollcall")));
    check(&findings(&setup.scene()).await, "database", Standing::Fault, "cannot use the PostgreSQL database");
    setup.config.database_url = Some(SecretString::from(url.clone()));
    let found = findings(&setup.scene()).await;
    check(&found, "database", Standing::Ok, "PostgreSQL");
    check(&found, "clock", Standing::Ok, "");
    // The clock of this machine, against that of the database.
    setup.clock = Clock::fixed(Clock::system().now() - HOUR);
    check(&findings(&setup.scene()).await, "clock", Standing::Fault, "behind that of the database");
    setup.clock = Clock::fixed(Clock::system().now() + 20_000_000);
    check(&findings(&setup.scene()).await, "clock", Standing::Warning, "ahead of that of the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_named() {
    let mut setup = Setup::new().await;
    setup.clock = Clock::fixed(Clock::system().now() - HOUR);
    let found = findings(&setup.scene()).await;
    check(&found, "clock", Standing::Fault, "behind the latest entry");
    check(&found, "clock", Standing::Fault, "behind that of the public URL");
}

#[tokio::test(flavor = "multi_thread")]
async fn name_servers_and_domains_are_named() {
    let mut setup = Setup::new().await;
    setup.config.public_url = None;
    let added = setup.run("domain add corp.example");
    check(&findings(&setup.scene()).await, "domains", Standing::Warning, "there is no such name");
    setup.names.set("corp.example", crate::dns::text("v=spf1 -all"));
    check(&findings(&setup.scene()).await, "domains", Standing::Warning, "it has others only");
    setup.names.set("corp.example", crate::dns::text(added[0]["txt_value"].as_str().unwrap()));
    check(&findings(&setup.scene()).await, "domains", Standing::Ok, "1 wait");
    for (reply, part) in [(Reply::Code(ResponseCode::Refused), "REFUSED"), (Reply::Silence, "does not answer")] {
        setup.names.set("example.com", reply);
        check(&findings(&setup.scene()).await, "resolver", Standing::Fault, part);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_urls_are_named() {
    let mut setup = Setup::new().await;
    let other = Setup::new().await;
    let foreign = TcpListener::bind("127.0.0.1:0").unwrap();
    for (url, standing, part) in [
        (other.server.credential("base_url").to_owned(), Standing::Fault, "another Rollcall answers"),
        (format!("{}/below", setup.server.credential("base_url")), Standing::Fault, "something else than Rollcall"),
        (format!("http://{}", foreign.local_addr().unwrap()), Standing::Warning, "cannot be reached"),
        ("http://rollcall.invalid".to_owned(), Standing::Fault, "is not https"),
    ] {
        setup.config.public_url = Some(url.parse().unwrap());
        check(&findings(&setup.scene()).await, "public_url", standing, part);
    }
    setup.network = false;
    setup.config.public_url = Some("https://in.rollcall.example".parse().unwrap());
    for (names, until, foreign_key, standing, part) in [
        (["in.rollcall.example"], 4000, false, Standing::Ok, "go together"),
        (["*.rollcall.example"], 4000, false, Standing::Ok, "go together"),
        (["in.rollcall.example"], 2021, false, Standing::Fault, "has expired"),
        (["elsewhere.example"], 4000, false, Standing::Fault, "is not for in.rollcall.example"),
        (["in.rollcall.example"], 4000, true, Standing::Fault, "do not go together"),
    ] {
        setup.certificate(&names, until, foreign_key);
        check(&findings(&setup.scene()).await, "tls", standing, part);
    }
    let listen = "0.0.0.0:443".parse().unwrap();
    (setup.config.public_url, setup.config.listen) = (None, listen);
    check(&findings(&setup.scene()).await, "public_url", Standing::Fault, "none is set");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_tokens_are_named() {
    let mut setup = Setup::new().await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    setup.run(&format!(
        "connection add oidc silent --domain acme.example --organization acme --issuer https://{nobody} --client-id a"
    ));
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_after = date_time_ymd(2021, 1, 1);
    let file = setup.data.path().join("idp.pem");
    std::fs::write(&file, params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
    setup.run(&format!(
        "connection add saml old --domain acme.example --organization acme --idp-entity-id i --audience a --recipient \
         https://app.example/acs --certificate {}",
        file.display()
    ));
    setup.run("token create --kind product --expires-in 3d");
    // A server would hand the event on.
    setup.server.signal("TERM");
    setup.server.wait();
    store_old_things(setup.data.path()).await;
    let found = findings(&setup.scene()).await;
    check(&found, "connections", Standing::Fault, "the keys of silent's provider are out of reach");
    check(&found, "connections", Standing::Warning, "silent has no good token of kind sign-in");
    check(&found, "connections", Standing::Warning, "old's provider has expired");
    check(&found, "connections", Standing::Fault, "acme-sso has no verified domain");
    check(&found, "connections", Standing::Warning, "acme-sso has JIT and SCIM both off");
    check(&found, "tokens", Standing::Warning, "the product token");
    check(&found, "tokens", Standing::Warning, "has expired");
    check(&found, "outbox", Standing::Warning, "1 events wait");
}

/// What no command makes: a connection without domains, a token and an event of long ago.
async fn store_old_things(data: &Path) {
    use rollcall_directory::{DATABASE_FILE, Database, Directory, DirectoryError, Event, Options};
    let options = Options { exclusive: false, ..Options::new(Database::Sqlite(data.join(DATABASE_FILE))) };
    let directory = Directory::open(options).await.unwrap();
    let (ids, now) = (Ids::system(), Clock::system().now());
    let ended = mint(Holder::Product, Some(now - DAY), &ids, now - 2 * DAY);
    create(&directory, &ended.record, Doer { actor: "test", ids: &ids, now }).await.unwrap();
    let company = directory.read().company_by_name("acme").await.unwrap().unwrap().id;
    let event = Event {
        company: Some(company),
        id: ids.uuid(now).into(),
        at: now - 2 * HOUR,
        kind: "person.joined".to_owned(),
        subject: "nobody".to_owned(),
        payload: "{}".to_owned(),
        delivered_at: None,
    };
    let record = directory.read().connection_by_name(company, "acme-sso").await.unwrap().unwrap();
    let (event, record) = (&event, &record);
    let written = directory.write(|unit| async move {
        let mut moved = record.clone();
        (moved.policy.jit, moved.policy.scim) = (false, false);
        moved.updated_at += 1;
        unit.set_connection_domains(company, moved.id, &[]);
        unit.update_connection(&moved, record.updated_at)?;
        unit.insert_event(event);
        Ok::<(), DirectoryError>(())
    });
    written.await.unwrap();
    directory.close().await;
}

/// The command itself: a line a check, JSON for programs, exit code 1 for a fault and 0 for warnings.
#[test]
fn the_command_prints_findings_and_exits_by_them() {
    let data = closed();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    let doctor = |further: &[&str]| {
        let output = run(&[&["doctor", "--offline", "--data-dir", place], further].concat());
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        (outcome(&output), stdout)
    };
    let ((exit, stderr), text) = doctor(&["--public-url", server.credential("base_url")]);
    assert_eq!(exit, 0, "{stderr}{text}");
    assert!(text.starts_with("ok       configuration") && text.contains("data directory"), "{text}");
    let ((exit, stderr), text) = doctor(&["--public-url", "http://rollcall.example", "--json"]);
    assert_eq!(exit, 1, "{text}");
    assert!(stderr.contains("there is a fault"), "{stderr}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let fault = lines.iter().find(|line| line["standing"] == "fault").unwrap();
    assert_eq!(fault["check"], json!("public_url"));
    assert!(fault["next"].as_str().is_some_and(|next| next.contains("TLS")), "{fault}");
    let ((exit, _), text) = doctor(&["--listen", "nowhere"]);
    assert!(exit == 1 && text.contains("fault    configuration"), "{text}");
}

/// Of a database without a schema nothing more is said than that.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_schema_is_named() {
    let mut setup = Setup::new().await;
    let empty = closed();
    std::fs::write(empty.path().join("rollcall.db"), "").unwrap();
    (setup.config.data_dir, setup.network) = (empty.path().to_owned(), false);
    let found = findings(&setup.scene()).await;
    check(&found, "database", Standing::Fault, "has no Rollcall schema");
    assert!(!found.iter().any(|finding| finding.check == "connections"), "{found:?}");
}
