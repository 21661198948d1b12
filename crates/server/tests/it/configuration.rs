//! `rollcall export --config` and `rollcall apply`: the configuration as a file, there and back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rollcall_directory::testing::{self, TestDirectory};
use rollcall_directory::{Backend, on_each_database};
use rollcall_server::app::Doer;
use rollcall_server::app::domains::trust;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::Clock;
use rollcall_server::ids::Ids;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Door, Site, id};
use crate::support::{Server, outcome, run};
use rollcall_directory::testing::{Dice, rounds};

on_each_database! {
    any_configuration_comes_back_from_its_file
    a_bad_file_changes_nothing_and_every_mistake_is_told
    no_secret_is_in_the_file
    what_changes_is_shown_and_done_through_plans
    enforcement_and_strictness_go_through_plans
    what_is_not_mentioned_goes_only_if_asked
}

/// Where the binary finds this directory, and files for it.
struct Files {
    url: String,
    folder: TempDir,
}

impl Files {
    fn of(directory: &TestDirectory) -> Self {
        Self { url: directory.database().url(), folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn export(&self) -> String {
        let output = run(&["export", "--config", "-", "--database-url", &self.url]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Applies a text: exit code, lines, standard error.
    fn apply(&self, text: &str, further: &[&str]) -> (i32, Vec<Value>, String) {
        let file = self.path("configuration.toml");
        std::fs::write(&file, text).unwrap();
        let mut all = vec!["apply", file.to_str().unwrap(), "--json", "--database-url", &self.url];
        all.extend(further);
        let output = run(&all);
        let (exit, said) = outcome(&output);
        let text = String::from_utf8(output.stdout).unwrap();
        (exit, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), said)
    }

    fn applied(&self, text: &str, further: &[&str]) -> Vec<Value> {
        let mut all = vec!["--yes"];
        all.extend(further);
        let (exit, lines, said) = self.apply(text, &all);
        assert_eq!(exit, 0, "{said}\n{lines:?}\n{text}");
        lines
    }
}

/// Makes companies and all that belongs to them, as their administrators would.
struct Maker<'a> {
    site: &'a Site,
    operator: String,
    dice: Dice,
}

impl Maker<'_> {
    async fn company(&mut self, name: &str) {
        let operator = self.operator.clone();
        self.site.manage(&operator, "POST", "/companies", json!({"name": name}), 201).await;
        let mut organizations = Vec::new();
        for number in 0..=self.dice.below(2) {
            organizations.push(self.organization(name, &format!("{name}-{number}")).await);
        }
        let mut domains = Vec::new();
        for number in 0..=self.dice.below(2) {
            let domain = format!("{name}{number}.example");
            self.domain(name, &domain, &organizations).await;
            domains.push(domain);
        }
        let waiting = json!({"name": format!("waiting.{name}.example")});
        self.site.manage(&operator, "POST", &format!("/companies/{name}/domains"), waiting, 201).await;
        for number in 0..self.dice.below(4) {
            self.connection(name, number, &organizations, &domains).await;
        }
    }

    async fn organization(&mut self, company: &str, name: &str) -> String {
        let seats = [json!(null), json!(0), json!(25)][self.dice.below(3)].clone();
        let body = json!({"name": name, "display_name": format!("Ünit \"{name}\" \\ #1"), "seats": seats});
        self.site.manage(&self.operator, "POST", &format!("/companies/{company}/organizations"), body, 201).await;
        for team in ["everyone", "Writers & Co", "äß"].iter().take(self.dice.below(4)) {
            let body = json!({"name": team});
            self.site.manage(&self.operator, "POST", &format!("/organizations/{name}/teams"), body, 201).await;
        }
        name.to_owned()
    }

    async fn domain(&mut self, company: &str, name: &str, organizations: &[String]) {
        let directory = self.site.directory();
        let company = directory.read().company_by_name(company).await.unwrap().unwrap().id;
        let ids = Ids::system();
        let doer = Doer { actor: "test", ids: &ids, now: self.site.clock.now() };
        trust::trust(directory, company, &name.parse().unwrap(), doer).await.unwrap();
        if self.dice.chance(50) {
            let target = &organizations[self.dice.below(organizations.len())];
            let body = json!({"auto_provisioning": self.dice.chance(50), "organization": target});
            self.site.manage(&self.operator, "PATCH", &format!("/domains/{name}"), body, 200).await;
        }
    }

    async fn connection(&mut self, company: &str, number: usize, organizations: &[String], domains: &[String]) {
        let served: Vec<&String> = organizations.iter().filter(|_| self.dice.chance(70)).collect();
        let served = if served.is_empty() { vec![&organizations[0]] } else { served };
        let default = served[self.dice.below(served.len())];
        let path = format!("/organizations/{default}/teams");
        let teams = self.site.manage(&self.operator, "GET", &path, Value::Null, 200).await;
        let mut body = json!({
            "name": format!("{company} idp {number}"), "domains": domains, "organizations": served,
            "default_organization": default, "group_mapping": self.dice.chance(50),
            "freeze_name": self.dice.chance(50), "create_denied_accounts": self.dice.chance(50),
            "on_new_subject": self.dice.pick(&["refuse", "link"]),
            "unverified_domains": self.dice.pick(&["store", "refuse"]), "strict": self.dice.chance(50),
        });
        if let Some(team) = teams["items"].as_array().unwrap().first() {
            body["default_team"] = team["name"].clone();
        }
        if self.dice.chance(50) {
            body["tolerances"] = json!({"boolean_as_string": self.dice.chance(50), "bare_word_in_filter": false});
            body["brake"] = json!({"count": self.dice.below(50), "percent": 5, "window_seconds": 60});
            body["journal"] = json!(self.dice.pick(&["off", "redacted", "full"]));
            body["protected_accounts"] = json!(["01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f"]);
        }
        self.protocol(&mut body);
        let made =
            self.site.manage(&self.operator, "POST", &format!("/companies/{company}/connections"), body, 201).await;
        let changes: &[Value] = match self.dice.below(4) {
            0 => &[],
            1 => &[json!({"scim": true})],
            2 => &[json!({"scim": true, "jit": false})],
            _ => &[json!({"scim": true, "jit": false}), json!({"scim": false})],
        };
        for change in changes {
            let path = format!("/connections/{}/plans", id(&made));
            let plan = self.site.manage(&self.operator, "POST", &path, change.clone(), 201).await;
            self.site.manage(&self.operator, "POST", &format!("/plans/{}/apply", id(&plan)), Value::Null, 200).await;
        }
    }

    fn protocol(&mut self, body: &mut Value) {
        match self.dice.below(3) {
            0 => body["protocol"] = json!("attributes"),
            1 => {
                body["protocol"] = json!("oidc");
                body["oidc"] = json!({
                    "issuer": "https://idp.example/tenant", "client_id": "rollcall's \"own\"", "algorithms": ["RS256", "ES256"],
                });
            }
            _ => {
                let pair = rcgen::KeyPair::generate().unwrap();
                let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap().pem();
                body["protocol"] = json!("saml");
                body["saml"] = json!({
                    "idp_entity_id": "https://idp.example/entity", "certificates": [certificate],
                    "audience": "https://rollcall.example/saml", "recipient": "https://rollcall.example/acs",
                    "subject_attribute": "uid", "allow_idp_initiated": self.dice.chance(50),
                });
            }
        }
    }
}

/// Applied where it is from there is nothing to do; applied to an empty directory it makes the same.
async fn any_configuration_comes_back_from_its_file(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    for seed in 0..rounds(4, 60) {
        Maker { site: &site, operator: operator.clone(), dice: Dice::new(seed) }.company(&format!("c{seed}")).await;
    }
    let files = Files::of(directory);
    let text = files.export();
    assert_eq!(files.export(), text);
    let before = directory.contents().await;
    for further in [&[][..], &["--prune"], &["--trust-domains"]] {
        let lines = files.applied(&text, further);
        assert!(
            lines.iter().all(|line| line["changes"] == 0 || line.get("remark").is_some()),
            "{further:?}: {lines:?}"
        );
    }
    assert_eq!(directory.contents().await, before);
    let empty =
        if directory.backend() == Backend::Sqlite { testing::postgres().await } else { testing::sqlite().await };
    let copy = Files::of(&empty);
    copy.applied(&text, &["--trust-domains"]);
    assert_eq!(copy.export(), text);
    assert_eq!(copy.applied(&text, &[])[0]["changes"], 0);
}

/// The binary's clock is the machine's, and so is the server's here.
async fn acme(directory: &TestDirectory) -> (Site, Door, Files) {
    let site = Site::start_at(directory, Clock::system()).await;
    let door = site.acme().await;
    (site, door, Files::of(directory))
}

/// The number of the line that holds this.
fn line_of(text: &str, part: &str) -> usize {
    1 + text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no `{part}` in {text}"))
}

async fn a_bad_file_changes_nothing_and_every_mistake_is_told(directory: &TestDirectory) {
    let (_site, _, files) = acme(directory).await;
    let before = directory.contents().await;
    let text = "\
[[company]]
name = \"umbrella\"

[[company.organization]]
name = \"Umbrella\" # no permanent name
seats = 9000000000 # too many

[[company.organization]]
name = \"acme\" # somebody else's

[[company.domain]]
name = \"gmail.com\" # public

[[company.domain]]
name = \"acme.example\"
state = \"verified\" # somebody else's domain
auto_provisioning = true # of no verified domain

[[company.connection]]
name = \"sso\" # without a protocol
organizations = [\"nowhere\"] # unknown
domains = [\"umbrella.example\"] # unproven
default_team = \"writers\"

[[company.connection]]
name = \"oidc\"
protocol = \"oidc\" # without its settings
organizations = [\"Umbrella\"]
domains = [] # none

[[company]]
name = \"acme\"
[[company.connection]]
name = \"acme-sso\"
protocol = \"saml\" # another one
default_team = \"nobody\" # unknown team
";
    let (exit, lines, said) = files.apply(text, &["--yes", "--trust-domains"]);
    assert_eq!(exit, 2, "{lines:?}");
    for (part, sentence) in [
        ("# no permanent name", "the name of an organization is 1 to 64"),
        ("# too many", "`seats` is a number up to"),
        ("# somebody else's", "the name `acme` is taken by another company"),
        ("# public", "is a public mail provider"),
        ("# somebody else's domain", "another company has the domain `acme.example` verified"),
        ("# of no verified domain", "is not verified"),
        ("# without a protocol", "a new connection needs `protocol`"),
        ("# unknown", "`nowhere` is no organization of umbrella"),
        ("# unproven", "`umbrella.example` is no verified domain of umbrella (D-11)"),
        ("# without its settings", "needs its settings in `oidc`"),
        ("# none", "at least one of its `domains`"),
        ("# another one", "the protocol of a connection is for good"),
        ("# unknown team", "`nobody` is no team of acme"),
    ] {
        let found =
            said.lines().find(|line| line.contains(sentence)).unwrap_or_else(|| panic!("no `{sentence}`: {said}"));
        // A mistake about a whole entity stands at its header, right above its name.
        let line = line_of(text, part);
        let at = |line: usize| found.contains(&format!("configuration.toml, line {line}:"));
        assert!(at(line) || at(line - 1) || at(line - 2), "{part}: {found}");
    }
    assert_eq!(directory.contents().await, before);
    let (exit, _, said) = files.apply("[[company]\n", &["--yes"]);
    assert_eq!(exit, 2);
    assert!(said.contains("line 1: this is no TOML"), "{said}");
    let (exit, _, said) = files.apply("[[company]]\nname = \"umbrella\"\n", &[]);
    assert_eq!(exit, 1);
    assert!(said.contains("say --yes"), "nobody can be asked: {said}");
    assert_eq!(files.apply("[[company]]\nname = \"umbrella\"\n", &["--dry-run"]).0, 0);
    assert_eq!(directory.contents().await, before);
}

/// Neither what Rollcall keeps secret, nor what it does not know by name.
async fn no_secret_is_in_the_file(directory: &TestDirectory) {
    let (site, _, files) = acme(directory).await;
    let door = site.company("umbrella", 0x0b).await;
    site.change(&door, |record| {
        record.details.insert("client_secret".to_owned(), json!("hunter2-of-another-version"));
        record.details.insert("oidc_keys".to_owned(), json!({"d": "hunter2-private"}));
    })
    .await;
    let text = files.export();
    assert!(text.contains("umbrella-sso") && !text.contains("hunter2"), "{text}");
    let contents = directory.contents().await;
    let hidden = ["token", "session", "setting"].iter().flat_map(|table| &contents[*table]);
    let words = hidden.flat_map(|row| row.split(['\'', ',', ' '])).filter(|word| word.len() >= 20);
    let verification =
        contents["domain"].iter().flat_map(|row| row.split('\'')).filter(|word| word.starts_with("rollcall-"));
    let mut count = 0;
    for word in words.chain(verification).chain([door.scim.as_str(), door.sign_in.as_str(), site.product.as_str()]) {
        assert!(!text.contains(word), "{word}");
        count += 1;
    }
    assert!(count > 10);
}

async fn what_changes_is_shown_and_done_through_plans(directory: &TestDirectory) {
    let (site, door, files) = acme(directory).await;
    site.sign_in(&door, "ada").await;
    let text = files.export();
    let changed = text
        .replace("jit = true", "jit = false")
        .replace("seats = \"unlimited\"", "seats = 7")
        .replace("teams = [\"everyone\"]", "teams = [\"writers\"]")
        .replace("freeze_name = true", "freeze_name = false");
    let (exit, shown, said) = files.apply(&changed, &["--dry-run"]);
    assert_eq!(exit, 0, "{said}");
    let step = |kind: &str, value: &str| {
        let found = shown.iter().find(|line| line["kind"] == kind && line["value"] == value);
        let found = found.unwrap_or_else(|| panic!("no {kind} {value}: {shown:?}"));
        (found["from"].clone(), found["to"].clone())
    };
    assert_eq!(step("connection", "jit"), (json!(true), json!(false)));
    assert_eq!(step("connection", "freeze_name"), (json!(true), json!(false)));
    assert_eq!(step("organization", "seats"), (json!("unlimited"), json!(7)));
    assert_eq!(step("organization", "teams"), (json!(["everyone"]), json!(["everyone", "writers"])));
    let plan = shown.iter().find_map(|line| line.get("plan")).unwrap();
    assert_eq!((&plan["connection"], &plan["summary"]["keeps"]), (&json!("acme-sso"), &json!(1)));
    assert_eq!(shown.last().unwrap(), &json!({"applied": false}));
    assert_eq!(files.export(), text);
    files.applied(&changed, &[]);
    assert_eq!(files.export(), changed.replace("teams = [\"writers\"]", "teams = [\"everyone\", \"writers\"]"));
    let actions: Vec<String> = directory.contents().await["activity"].clone();
    for action in ["connection_policy_changed", "connection_changed", "organization_changed", "team.created"] {
        assert!(actions.iter().any(|row| row.contains(action)), "{action}: {actions:?}");
    }
    // N-5: what a rule forbids is said before anything is changed.
    let before = directory.contents().await;
    let enforced =
        text.replace("enforce_sso = false", "enforce_sso = true").replace("seats = \"unlimited\"", "seats = 9");
    let umbrella = enforced.replace("acme", "umbrella");
    let (_, lines, _) = files.apply(&umbrella, &["--dry-run", "--trust-domains"]);
    assert!(lines.iter().any(|line| line["remark"].as_str().is_some_and(|remark| remark.contains("E-9"))), "{lines:?}");
    assert_eq!(directory.contents().await, before);
}

/// E-9: said before anything is changed, since enforcement is judged as other policy is.
async fn enforcement_and_strictness_go_through_plans(directory: &TestDirectory) {
    let (site, door, files) = acme(directory).await;
    let text = files.export();
    let wanted = text
        .replace("enforce_sso = false", "enforce_sso = true")
        .replace("strict = false", "strict = true")
        .replace("seats = \"unlimited\"", "seats = 9");
    assert_eq!(wanted.matches("= true").count(), text.matches("= true").count() + 2, "{text}");
    let before = directory.contents().await;
    let (exit, lines, said) = files.apply(&wanted, &["--yes"]);
    assert_eq!(exit, 1, "{lines:?}");
    assert!(said.contains("nobody has signed in through this connection yet"), "{said}");
    assert_eq!(directory.contents().await, before, "not even the seats");
    site.sign_in(&door, "ada").await;
    let lines = files.applied(&wanted, &[]);
    let plan = lines.iter().find_map(|line| line.get("plan")).unwrap();
    assert_eq!(plan["summary"]["keeps"], 1, "{plan}");
    assert_eq!(files.export(), wanted);
    let plans = directory.contents().await["plan"].clone();
    assert!(plans.iter().any(|row| row.contains("enforce_sso") && row.contains("strict")), "{plans:?}");
}

async fn what_is_not_mentioned_goes_only_if_asked(directory: &TestDirectory) {
    let (site, _, files) = acme(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let text = files.export();
    Maker { site: &site, operator: operator.clone(), dice: Dice::new(3) }.company("other").await;
    let more = [
        ("/organizations/acme/teams", json!({"name": "extra"})),
        ("/companies/acme/domains", json!({"name": "extra.example"})),
        (
            "/companies/acme/connections",
            json!({"name": "extra", "protocol": "attributes", "domains": ["acme.example"], "organizations": ["acme"]}),
        ),
        ("/companies/acme/organizations", json!({"name": "extra"})),
    ];
    for (path, body) in more {
        site.manage(&operator, "POST", path, body, 201).await;
    }
    let grown = files.export();
    files.applied(&text, &[]);
    assert_eq!(files.export(), grown);
    let lines = files.applied(&text, &["--prune"]);
    let removed: Vec<&Value> = lines.iter().filter(|line| line["step"] == "remove").map(|line| &line["name"]).collect();
    assert_eq!(removed, ["extra", "extra.example"], "{lines:?}");
    assert!(
        lines.iter().any(|line| line["remark"].as_str().is_some_and(|it| it.contains("never removed"))),
        "{lines:?}"
    );
    let after = files.export();
    assert!(!after.contains("\"extra.example\"") && !after.contains("\"everyone\", \"extra\""), "{after}");
    // Another company is not mentioned at all, so it stays.
    assert!(after.contains("name = \"other-0\""), "{after}");
}

/// RC-16, RC-1: the running server goes by the file within a second.
#[test]
fn a_file_applied_beside_a_running_server_counts() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("configuration.toml");
    let bearer = format!("Bearer {}", server.credential("scim_token"));
    let status = |server: &Server| server.ask("GET", "/scim/v2/Users", &[("Authorization", &bearer)]).status;
    assert_eq!(status(&server), 200);
    let done = |arguments: &[&str], file: &Path| {
        let mut all = arguments.to_vec();
        all.extend([file.to_str().unwrap(), "--data-dir", place]);
        let output = run(&all);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(done(&["export", "--config"], &file).contains("Wrote 4"));
    let text = std::fs::read_to_string(&file).unwrap().replace("scim = true", "scim = false");
    std::fs::write(&file, text).unwrap();
    let said = done(&["apply", "--yes"], &file);
    assert!(said.contains("~ connection acme-sso of acme: scim true -> false"), "{said}");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(status(&server), 403);
    assert!(done(&["apply"], &file).contains("Nothing to do"));
    let (exit, said) = outcome(&run(&["export", "--config", file.to_str().unwrap(), "--data-dir", place]));
    assert_eq!(exit, 1);
    assert!(said.contains("exists already"), "{said}");
}
