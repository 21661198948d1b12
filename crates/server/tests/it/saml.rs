//! SAML responses that are good, and what is read from them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::clock::{Clock, SECOND};
use serde_json::{Value, json};

use crate::saml_provider::{
    AUDIENCE, EMAIL_ADDRESS, ISSUER, Message, PERSISTENT, Provider, REQUEST, Signed, attribute, name_id, post, posted,
    trust,
};
use crate::site::Site;

on_each_database! {
    whoever_signs_in_the_usual_ways_comes_in
    what_an_assertion_says_is_read
    an_assertion_counts_once
    of_many_that_bring_one_assertion_one_comes_in
    nobody_starts_at_the_provider_unless_that_is_allowed
    what_a_real_provider_sent_is_accepted
}

/// SS-4: the `SessionNotOnOrAfter` of each of these responses is over already.
/// Response, assertion or both signed, with either kind of key, with either certificate of two.
async fn whoever_signs_in_the_usual_ways_comes_in(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let (elliptic, rsa) = (Provider::new(), Provider::rsa());
    let both = json!({"certificates": [elliptic.certificate, rsa.certificate]});
    trust(&site, &acme, &elliptic, both).await;
    for (number, signed) in [Signed::Response, Signed::Assertion, Signed::Both].into_iter().enumerate() {
        for (provider, kind) in [(&elliptic, "ec"), (&rsa, "rsa")] {
            let email = acme.email(&format!("{kind}{number}"));
            let xml = provider.issue(&Message::about(&site, &email), signed);
            // As a form sends it: with line ends.
            let wrapped = STANDARD.encode(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}"));
            let (first, second) = wrapped.split_at(76);
            let request = posted(&acme, &format!("{first}\r\n{second}\n"), Some(REQUEST), false);
            let answer = site.send(&request).await;
            assert_eq!(answer.status, 200, "{kind} {signed:?}: {}", answer.text);
            assert_eq!(answer.body()["decision"], "allow", "{kind} {signed:?}");
            assert_eq!(answer.body()["account"]["email"], email.as_str());
        }
    }
    // Spelled with other prefixes, in a default namespace, with space around values, and an `OneTimeUse`.
    let mut message = Message::about(&site, &acme.email("spaced"));
    message.audiences = format!("<saml:Audience>other</saml:Audience><saml:Audience> {AUDIENCE}\n</saml:Audience>");
    message.conditions = "<saml:OneTimeUse/>".to_owned();
    message.issuer = format!("\n {ISSUER} ");
    let plain = elliptic.issue(&message, Signed::Nothing);
    let renamed =
        plain.replace("saml:", "a:").replace(":saml=", ":a=").replace("samlp:", "").replace("xmlns:samlp=", "xmlns=");
    let template = elliptic.template("_response-1").text();
    let signed = elliptic.sign(&renamed.replacen("</a:Issuer>", &format!("</a:Issuer>{template}"), 1));
    let answer = post(&site, &acme, &signed).await;
    assert_eq!((answer.status, &answer.body()["decision"]), (200, &json!("allow")), "{}", answer.text);
}

/// One assertion, and the facts that policy gets from it.
struct Row {
    what: &'static str,
    name_id: String,
    attributes: String,
    settings: Value,
    expected: Value,
}

const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const MICROSOFT: &str = "http://schemas.microsoft.com";

fn row(what: &'static str, name_id: String, attributes: String, expected: Value) -> Row {
    Row { what, name_id, attributes, settings: json!({}), expected }
}

/// Who it is, and their address.
fn subjects() -> Vec<Row> {
    let email = |address: &str| attribute("email", &[address]);
    let entra = attribute(&format!("{MICROSOFT}/identity/claims/objectidentifier"), &["oid-1"])
        + &attribute(&format!("{MICROSOFT}/identity/claims/tenantid"), &["tid-1"]);
    vec![
        row(
            "persistent NameID",
            name_id(PERSISTENT, "p-1"),
            email("ada@acme.example"),
            json!({"subject": format!("{PERSISTENT}   p-1"), "external_id": "p-1", "subject_weak": false,
                   "email": "ada@acme.example", "nameid_not_email": false}),
        ),
        row(
            "NameID qualified by somebody else",
            format!(
                "<saml:NameID Format=\"{PERSISTENT}\" NameQualifier=\"far\" SPNameQualifier=\"{AUDIENCE}\">p-1</saml:NameID>"
            ),
            email("ada@acme.example"),
            json!({"subject": format!("{PERSISTENT} far  p-1"), "external_id": "p-1"}),
        ),
        row(
            "e-mail NameID: a weak subject, and the first address",
            name_id(EMAIL_ADDRESS, "ada@acme.example"),
            email("other@acme.example"),
            json!({"subject": format!("{EMAIL_ADDRESS}   ada@acme.example"), "subject_weak": true, "email": "ada@acme.example"}),
        ),
        row(
            "an address in a NameID of no format",
            "<saml:NameID>ada@acme.example</saml:NameID>".to_owned(),
            String::new(),
            json!({"subject_weak": true, "email": "ada@acme.example", "nameid_not_email": false}),
        ),
        row(
            "the only candidate for an address is none",
            name_id(PERSISTENT, "p-1"),
            attribute("name", &["Ada"]),
            json!({"email": null, "nameid_not_email": true}),
        ),
        row(
            "another candidate is none, too",
            name_id(PERSISTENT, "p-1"),
            email("ada"),
            json!({"email": null, "nameid_not_email": false}),
        ),
        row(
            "Entra: object id and tenant; addresses in the seed's order",
            name_id(EMAIL_ADDRESS, "not-an-address"),
            entra.clone() + &email("last@acme.example") + &attribute(&format!("{CLAIMS}/upn"), &["upn@acme.example"]),
            json!({"subject": "entra tid-1 oid-1", "external_id": "oid-1", "subject_weak": false, "email": "upn@acme.example"}),
        ),
        row(
            "object id without its tenant",
            name_id(PERSISTENT, "p-1"),
            attribute(&format!("{MICROSOFT}/identity/claims/objectidentifier"), &["oid-1"]),
            json!({"external_id": "p-1"}),
        ),
        Row {
            what: "the attribute that the connection names",
            name_id: name_id("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "t-1@acme.example"),
            attributes: entra + &attribute("employee", &["e-1"]),
            settings: json!({"subject_attribute": "employee"}),
            expected: json!({"subject": "attribute employee e-1", "external_id": "e-1", "email": null}),
        },
    ]
}

/// What else is said of them.
fn values() -> Vec<Row> {
    vec![
        row(
            "P4-37: `name` wins",
            name_id(PERSISTENT, "p-1"),
            attribute(&format!("{CLAIMS}/givenname"), &["Ada"]) + &attribute("name", &["Ada L."]),
            json!({"full_name": "Ada L."}),
        ),
        row(
            "P4-37: else given name and surname",
            name_id(PERSISTENT, "p-1"),
            attribute(&format!("{CLAIMS}/givenname"), &["Ada"])
                + &attribute(&format!("{CLAIMS}/surname"), &["Lovelace"]),
            json!({"full_name": "Ada Lovelace"}),
        ),
        row(
            "2.11: groups of several values and several attributes of one name; organization, team, role, minutes",
            name_id(PERSISTENT, "p-1"),
            attribute("groups", &["acme:b", "", "acme:a"])
                + &attribute("groups", &["acme:c"])
                + &attribute("dockerTeam", &["crew"])
                + &attribute("dockerSessionMinutes", &["60"]),
            json!({"groups": ["acme:b", "acme:a", "acme:c"], "groups_incomplete": false, "session_minutes": "60"}),
        ),
        row(
            "overage",
            name_id(PERSISTENT, "p-1"),
            attribute(&format!("{MICROSOFT}/claims/groups.link"), &["https://graph.example/groups"]),
            json!({"groups": [], "groups_incomplete": true}),
        ),
        row(
            "a value that is an element is passed over; escapes are read",
            name_id(PERSISTENT, "p-1"),
            attribute("name", &["<saml:NameID>x</saml:NameID>", "A &amp; &#66;"]),
            json!({"full_name": "A & B"}),
        ),
    ]
}

/// P4-37, provisioning-rules 2.11, idp-behaviour 15: subjects, addresses, names, groups.
async fn what_an_assertion_says_is_read(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let provider = Provider::new();
    for (number, row) in subjects().into_iter().chain(values()).enumerate() {
        trust(&site, &acme, &provider, row.settings.clone()).await;
        let mut message = Message::about(&site, "ada@acme.example");
        message.id = format!("_row-{number}");
        message.name_id.clone_from(&row.name_id);
        message.statements.clone_from(&row.attributes);
        let answer = post(&site, &acme, &provider.issue(&message, Signed::Assertion)).await;
        assert_eq!(answer.status, 200, "{}: {}", row.what, answer.text);
        let id = answer.body()["decision_id"].as_str().unwrap().parse().unwrap();
        let stored = site.directory().read().decision(acme.company, id).await.unwrap().unwrap();
        let recorded: Value = serde_json::from_str(&stored.facts).unwrap();
        let read = &recorded["facts"]["assertion"];
        for (name, expected) in row.expected.as_object().unwrap() {
            let found = match name.as_str() {
                "email" => read["email"]["text"].clone(),
                "groups" => read["groups"].as_array().unwrap().iter().map(|group| group["text"].clone()).collect(),
                _ => read[name].clone(),
            };
            assert_eq!(&found, expected, "{}: {name} in {read}", row.what);
        }
    }
}

/// "an assertion is accepted once until `NotOnOrAfter`" (design.md 6); a dry run consumes nothing.
async fn an_assertion_counts_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let provider = Provider::new();
    trust(&site, &acme, &provider, json!({})).await;
    let xml = provider.issue(&Message::about(&site, &acme.email("ada")), Signed::Assertion);
    let tried = posted(&acme, &STANDARD.encode(&xml), Some(REQUEST), true);
    assert_eq!(site.send(&tried).await.status, 200);
    assert_eq!(post(&site, &acme, &xml).await.status, 200);
    // In another envelope, or tried only, it is the same assertion.
    for again in
        [posted(&acme, &STANDARD.encode(xml.replace("_response-1", "_response-2")), Some(REQUEST), false), tried]
    {
        let answer = site.send(&again).await;
        assert_eq!((answer.status, &answer.body()["type"]), (401, &json!("evidence_replayed")), "{}", answer.text);
    }
    // Once it has expired, the record is of no use any more, and the assertion neither.
    site.clock.advance(360 * SECOND);
    assert_eq!(post(&site, &acme, &xml).await.body()["type"], "evidence_expired");
}

async fn of_many_that_bring_one_assertion_one_comes_in(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let provider = Provider::new();
    trust(&site, &acme, &provider, json!({})).await;
    let xml = STANDARD.encode(provider.issue(&Message::about(&site, &acme.email("ada")), Signed::Both));
    let running: Vec<_> = (0..12)
        .map(|_| {
            let (client, request) = (site.client.clone(), posted(&acme, &xml, Some(REQUEST), false));
            tokio::spawn(async move { client.send(&request).await.unwrap() })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in running {
        let answer = task.await.unwrap();
        assert!(answer.status == 200 || answer.body()["type"] == "evidence_replayed", "{}", answer.text);
        statuses.push(answer.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

/// SI-6.
/// SI-1: "IdP-initiated SAML is refused and an error naming the connection is shown".
async fn nobody_starts_at_the_provider_unless_that_is_allowed(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let provider = Provider::new();
    let issue = |person: &str, request: Option<&str>| {
        let message = Message { request: request.map(str::to_owned), ..Message::about(&site, &acme.email(person)) };
        STANDARD.encode(provider.issue(&message, Signed::Assertion))
    };
    for (allowed, answers, request_id, status, kind) in [
        (false, None, Some(REQUEST), 401, "idp_initiated"),
        (false, None, None, 401, "idp_initiated"),
        (false, None, Some(""), 401, "idp_initiated"),
        (false, Some(REQUEST), None, 400, "malformed"),
        (false, Some(REQUEST), Some("_request-2"), 401, "evidence_invalid"),
        (true, None, Some(REQUEST), 401, "evidence_invalid"),
        (true, Some(REQUEST), None, 400, "malformed"),
        (true, None, None, 200, "allow"),
        (true, Some(REQUEST), Some(REQUEST), 200, "allow"),
    ] {
        trust(&site, &acme, &provider, json!({"allow_idp_initiated": allowed})).await;
        let person = if answers.is_some() { "solicited" } else { "unsolicited" };
        let answer = site.send(&posted(&acme, &issue(person, answers), request_id, false)).await;
        let context = format!("{allowed} {answers:?} {request_id:?}: {}", answer.text);
        let told = if status == 200 { &answer.body()["decision"] } else { &answer.body()["type"] };
        assert_eq!((answer.status, told), (status, &json!(kind)), "{context}");
        if kind == "idp_initiated" {
            assert!(answer.text.contains("`acme-sso`"), "SI-1: {context}");
        }
    }
}

/// Responses of samlp, recorded with `conformance/identity-providers/saml/sign-in.mjs`.
async fn what_a_real_provider_sent_is_accepted(directory: &TestDirectory) {
    const RECORDED: &str = include_str!("../../../../conformance/identity-providers/saml/recorded.json");
    // 2026-11-23T03:13:00Z, when they were made.
    let site = Site::start_at(directory, Clock::fixed(1_795_403_580 * SECOND)).await;
    let acme = site.acme().await;
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let certificates = json!({"certificates": [recorded["certificate"]]});
    trust(&site, &acme, &Provider::new(), certificates).await;
    let responses = recorded["responses"].as_array().unwrap();
    assert_eq!(responses.len(), 3);
    for sent in responses {
        let (response, request) = (sent["response"].as_str().unwrap(), sent["request_id"].as_str());
        let answer = site.send(&posted(&acme, response, request, false)).await;
        assert_eq!((answer.status, &answer.body()["decision"]), (200, &json!("allow")), "{}", answer.text);
        let account = &answer.body()["account"];
        assert_eq!((&account["email"], &account["full_name"]), (&json!("ada@acme.example"), &json!("Ada Lovelace")));
    }
}
