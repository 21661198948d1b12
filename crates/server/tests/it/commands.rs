//! Commands that manage what the administration manages, by the same use cases, beside a running server.

use std::path::Path;

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, outcome, run};

/// A data directory that quickstart has filled, and a server on it.
struct Desk {
    data: TempDir,
    server: Server,
}

impl Desk {
    fn begin() -> Self {
        let data = TempDir::new().unwrap();
        let server = Server::spawn("quickstart", data.path(), &[]);
        Self { data, server }
    }

    fn place(&self) -> &Path {
        self.data.path()
    }

    fn run(&self, line: &str) -> std::process::Output {
        let mut arguments: Vec<&str> = line.split(' ').collect();
        arguments.extend(["--data-dir", self.place().to_str().unwrap()]);
        run(&arguments)
    }

    /// JSON lines of a command that must do what it is told.
    fn done(&self, line: &str) -> Vec<Value> {
        let output = self.run(&format!("{line} --json"));
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What it prints into a pipe.
    fn plain(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn one(&self, line: &str) -> Value {
        let mut lines = self.done(line);
        assert_eq!(lines.len(), 1, "{line}: {lines:?}");
        lines.remove(0)
    }

    #[track_caller]
    fn refused(&self, line: &str, code: i32, sentence: &str) {
        let (exit, stderr) = outcome(&self.run(line));
        assert_eq!(exit, code, "{line}: {stderr}");
        assert!(stderr.contains(sentence), "{line}: {stderr}");
    }

    /// What the running server answers to its administrator.
    fn api(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.server.credential("admin_token"));
        let answer = self.server.ask("GET", &format!("/api/v1{path}"), &[("Authorization", &bearer)]);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }
}

fn all<'a>(lines: &'a [Value], name: &str) -> Vec<&'a str> {
    lines.iter().map(|line| line[name].as_str().unwrap()).collect()
}

/// M-9, and the shape of the answers: what a command shows is what the server shows.
#[test]
fn companies_and_organizations() {
    let desk = Desk::begin();
    assert_eq!(desk.one("company add umbrella")["name"], "umbrella");
    assert_eq!(all(&desk.done("company list"), "name"), ["acme", "umbrella"]);
    assert_eq!(desk.api("/companies/umbrella"), desk.done("company list")[1]);
    desk.refused("company add Umbrella", 1, "lower-case letters");
    desk.refused("company add umbrella", 1, "is taken");
    desk.refused("company show nowhere", 1, "rollcall company list");

    desk.refused("organization add eu --seats 5", 1, "say which one with --company");
    let made = desk.one("organization add eu --company umbrella --seats 5 --display-name Europe");
    assert_eq!((&made["seats"], &made["seats_used"], &made["company"]), (&json!(5), &json!(0), &json!("umbrella")));
    assert_eq!(desk.api("/organizations/eu"), made);
    assert_eq!(desk.one("organization change eu --seats unlimited")["seats"], Value::Null);
    assert_eq!(desk.one("organization show eu")["display_name"], "Europe");
    assert_eq!(all(&desk.done("organization list"), "name"), ["acme", "eu"]);
    assert_eq!(all(&desk.done("organization list --company acme"), "name"), ["acme"]);
    assert_eq!(desk.plain("organization list --company umbrella"), "eu\tEurope\tumbrella\tunlimited\t0\n");
    desk.refused("organization change eu", 2, "--seats");
    desk.refused("organization change eu --seats many", 2, "no number of seats");

    for name in ["ada", "grace"] {
        desk.one(&format!("account add {name}@umbrella.example --verified"));
        let added = desk.one(&format!("company owner add {name}@umbrella.example --company umbrella"));
        assert_eq!(added["added"], true);
    }
    assert_eq!(desk.done("company owner list --company umbrella").len(), 2);
    assert_eq!(desk.one("company show umbrella")["owners"].as_array().unwrap().len(), 2);
    desk.one("company owner remove ada@umbrella.example --company umbrella");
    desk.refused("company owner remove grace@umbrella.example --company umbrella", 1, "(M-9)");
}

/// RC-2, RC-4, RC-10, M-8: by hand, as in the administration.
#[test]
fn accounts_and_members() {
    let desk = Desk::begin();
    let ada = desk.one("account add ada@acme.example --verified --full-name Ada");
    assert_eq!((&ada["email_verified"], &ada["full_name"]), (&json!(true), &json!("Ada")));
    let shown = desk.api(&format!("/accounts/{}", ada["id"].as_str().unwrap()));
    assert_eq!(shown, desk.done("account list")[0]);
    desk.refused("account add ADA@acme.example", 1, "another account");
    desk.refused("account add nobody", 1, "`email`");
    desk.refused("account show eve@acme.example", 1, "there is no account");
    assert_eq!(desk.one("account disable ada@acme.example")["disabled"], true);
    assert_eq!(desk.one("account enable ada@acme.example")["disabled"], false);
    let changed = desk.one("account change ada@acme.example --email lovelace@acme.example");
    assert_eq!((&changed["email"], &changed["email_verified"]), (&json!("lovelace@acme.example"), &json!(false)));
    desk.refused("account change ada@acme.example", 2, "--email");

    desk.refused("member add lovelace@acme.example", 1, "(RC-10)");
    desk.one("account change lovelace@acme.example --verified");
    let member = desk.one("member add lovelace@acme.example --organization acme --role owner");
    assert_eq!(
        (&member["role"], &member["state"], &member["origin"]),
        (&json!("owner"), &json!("active"), &json!("manual"))
    );
    assert_eq!(desk.api("/organizations/acme/members")["items"], json!([member]));
    desk.refused("member change lovelace@acme.example --role emperor", 2, "possible values: member, editor, owner");
    desk.refused("member suspend lovelace@acme.example", 1, "owner");
    desk.one("account add grace@acme.example --verified");
    desk.one("member add grace@acme.example");
    assert_eq!(desk.one("member change grace@acme.example --role editor")["role"], "editor");
    assert_eq!(desk.one("member suspend grace@acme.example")["suspended_by"], "administrator");
    assert_eq!(desk.one("member restore grace@acme.example")["state"], "active");
    assert_eq!(all(&desk.done("member list"), "role"), ["owner", "editor"]);
    desk.one("invite send eve@acme.example");
    let table = desk.plain("member export --organization acme");
    let bearer = format!("Bearer {}", desk.server.credential("admin_token"));
    let answer = desk.server.ask("GET", "/api/v1/organizations/acme/members.csv", &[("Authorization", &bearer)]);
    assert!(table.lines().count() == 4 && table.contains("Invitee"), "{table}");
    for line in table.lines() {
        assert!(answer.body.contains(line), "{line} is not in {}", answer.body);
    }
    assert_eq!(desk.done("member export")[0]["Email"], "lovelace@acme.example");
    desk.one("member remove grace@acme.example");
    desk.refused("member remove grace@acme.example", 1, "no such member");
    desk.refused("member list --organization nowhere", 1, "rollcall organization list");
}

/// T-1, T-2, M-6, M-7.
#[test]
fn teams_and_invitations() {
    let desk = Desk::begin();
    desk.one("account add ada@acme.example --verified");
    desk.one("member add ada@acme.example");
    assert_eq!(desk.one("team add writers")["name"], "writers");
    desk.refused("team add Writers", 1, "already");
    assert_eq!(desk.one("team join writers ada@acme.example")["member"], true);
    assert_eq!(all(&desk.done("team members writers"), "email"), ["ada@acme.example"]);
    desk.one("team leave writers ada@acme.example");
    assert_eq!(desk.plain("team members writers"), "");
    assert_eq!(all(&desk.done("team list"), "name"), ["everyone", "writers"]);
    desk.refused("team remove everyone", 1, "(C-1)");
    desk.one("team remove writers");
    desk.refused("team members writers", 1, "rollcall team list");

    let sent =
        desk.done("invite send eve@acme.example grace@acme.example --role editor --public-url https://rc.example");
    assert_eq!(all(&sent, "state"), ["pending", "pending"]);
    assert!(sent[0]["link"].as_str().unwrap().starts_with("https://rc.example/invitations/"), "{sent:?}");
    let listed = desk.done("invite list --state pending");
    assert_eq!(all(&listed, "email"), ["eve@acme.example", "grace@acme.example"]);
    let shown = &desk.api("/organizations/acme/invitations")["items"][0];
    let token = |link: &Value| link.as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
    assert_eq!(token(&shown["link"]), token(&listed[0]["link"]), "a command's link opens what the server's own does");
    let id = sent[0]["id"].as_str().unwrap();
    assert_ne!(token(&desk.one(&format!("invite resend {id}"))["link"]), token(&sent[0]["link"]));
    assert_eq!(desk.one(&format!("invite revoke {id}"))["state"], "cancelled");
    desk.refused(&format!("invite resend {id}"), 1, "(M-6)");
    // Who cannot be invited keeps nobody else out.
    desk.refused("invite send ada@acme.example new@acme.example", 1, "ada@acme.example is not invited");
    assert!(desk.plain("invite list").contains("new@acme.example"));
    desk.refused("invite list --state lost", 2, "possible values");
}

/// J-0, E-7, E-9, C-1, D-11: the use cases' own rules.
#[test]
fn connections() {
    let desk = Desk::begin();
    let listed = desk.done("connection list --company acme");
    assert_eq!((all(&listed, "name"), all(&listed, "mode")), (vec!["acme-sso"], vec!["scim_with_jit"]));
    let common = "--domain acme.example --organization acme";
    let made = desk.one(&format!("connection add oidc entra {common} --issuer https://idp.example --client-id app"));
    assert_eq!((&made["mode"], &made["oidc"]["client_id"]), (&json!("jit"), &json!("app")));
    let shown = desk.api(&format!("/connections/{}", made["id"].as_str().unwrap()));
    for (name, value) in made.as_object().unwrap() {
        // What the server does not show is one of its own settings.
        assert_eq!(shown.get(name).unwrap_or(value), value, "{name} is what the server shows");
    }
    desk.refused(&format!("connection add oidc entra {common} --issuer https://i.example --client-id a"), 1, "already");
    desk.refused(&format!("connection add oidc other {common} --client-id app"), 1, "`oidc.issuer`");
    desk.refused("connection add attributes x --domain nowhere.example --organization acme", 1, "(D-11)");
    desk.refused("connection add attributes x --domain acme.example --organization nowhere", 1, "(C-1)");

    let changed = desk.one("connection change entra --strict true --tolerance boolean_as_string=on --name microsoft");
    assert_eq!((&changed["strict"], &changed["name"]), (&json!(true), &json!("microsoft")));
    let again = desk.one("connection change microsoft --tolerance member_type=off --algorithm ES256,RS256");
    assert_eq!(again["tolerances"], json!({"boolean_as_string": true, "member_type": false}));
    assert_eq!(
        (&again["oidc"]["algorithms"], &again["oidc"]["client_id"]),
        (&json!(["ES256", "RS256"]), &json!("app"))
    );
    desk.one("account add ada@acme.example");
    assert_eq!(
        desk.one("connection change microsoft --protect ada@acme.example")["protected_accounts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(desk.one("connection change microsoft --unprotect ada@acme.example")["protected_accounts"], json!([]));
    desk.refused("connection change microsoft", 2, "--enforce-sso");
    desk.refused("connection change microsoft --enforce-sso true", 1, "(E-9)");
    desk.refused("connection change microsoft --tolerance sloth=on", 1, "no tolerance `sloth`");
    desk.refused("connection change microsoft --audience x", 1, "saml");
    assert_eq!(desk.one("connection remove microsoft")["removed"], true);
    desk.refused("connection show microsoft", 1, "there is no connection");
}

#[test]
fn a_saml_connection_from_metadata_or_certificates() {
    let desk = Desk::begin();
    let certificate = |name: &str| {
        let pem = CertificateParams::new(Vec::new()).unwrap().self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        let file = desk.place().with_extension(name);
        std::fs::write(&file, &pem).unwrap();
        (file.to_str().unwrap().to_owned(), pem)
    };
    let (one, pem) = certificate("one");
    let (two, other) = certificate("two");
    let bare: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let metadata = desk.place().with_extension("xml");
    let xml = format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.example\"><IDPSSODescriptor>\
         <KeyDescriptor><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{bare}\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>"
    );
    std::fs::write(&metadata, xml).unwrap();
    let common = "--domain acme.example --organization acme --audience us --recipient https://app.example/acs";
    let made = desk.one(&format!("connection add saml adfs {common} --metadata {}", metadata.display()));
    assert_eq!(
        (&made["saml"]["idp_entity_id"], &made["saml"]["certificates"]),
        (&json!("https://idp.example"), &json!([bare]))
    );
    let both = desk.place().with_extension("both");
    std::fs::write(&both, format!("{pem}{other}")).unwrap();
    let changed = desk.one(&format!("connection change adfs --certificate {}", both.display()));
    assert_eq!(changed["saml"]["certificates"].as_array().unwrap().len(), 2);
    let changed =
        desk.one(&format!("connection change adfs --certificate {one} --certificate {two} --allow-idp-initiated true"));
    assert_eq!(
        (&changed["saml"]["certificates"][1], &changed["saml"]["allow_idp_initiated"]),
        (&json!(other.trim_end()), &json!(true))
    );
    desk.refused(&format!("connection change adfs --metadata {one}"), 1, "XML");
    desk.refused("connection change adfs --certificate /nowhere.pem", 1, "cannot read /nowhere.pem");
    desk.refused(&format!("connection add saml none {common}"), 1, "saml.idp_entity_id");
    for file in [one, two] {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::remove_file(both).unwrap();
    std::fs::remove_file(metadata).unwrap();
}

/// L-1 to L-4.
#[test]
fn what_happened_and_why() {
    let desk = Desk::begin();
    let body = json!({"evidence": {"type": "attributes", "subject": "a", "attributes": {"email": "ada@acme.example"}}});
    let (body, key) = (body.to_string(), desk.server.credential("sign_in_key"));
    let answer = desk.server.exchange(&format!(
        "POST /sso/sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let id = answer.json()["decision_id"].as_str().unwrap().to_owned();
    let listed = desk.one("decision list --account ada@acme.example --connection acme-sso --decision allow");
    assert_eq!(listed, desk.api("/decisions")["items"][0]);
    assert_eq!(listed["id"], id.as_str());
    assert_eq!(desk.plain("decision list --decision deny"), "");
    assert_eq!(desk.one(&format!("decision show {id}"))["reason"], "allowed");
    desk.one("account disable ada@acme.example");
    let entries = desk.done("activity list --account ada@acme.example --limit 1");
    assert_eq!((&entries[0]["action"], &entries[0]["actor"]), (&json!("account_disabled"), &json!("operator")));
    assert_eq!(desk.done("activity list --from 2999-01-01T00:00:00Z"), Vec::<Value>::new());
    assert_eq!(desk.done("activity list --company acme --limit 3").len(), 3);
    desk.refused("activity list --from yesterday", 2, "no instant");
    desk.refused("decision list --reason mood", 2, "possible values");
    desk.refused("decision list --limit 0", 2, "0");
}
