//! SAML responses that say something else than they seem to, or to somebody else, or too late; and what is none at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::core::algorithm::EXC_C14N;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::clock::SECOND;
use serde_json::json;

use crate::saml_provider::{
    AUDIENCE, ISSUER, Message, PERSISTENT, Provider, RECIPIENT, REQUEST, Signed, attribute, name_id, post, posted,
    trust,
};
use crate::saml_scene::{EXPIRED, INVALID, MALFORMED, Scene, before, cut, refused};

on_each_database! {
    a_text_has_one_reading
    an_assertion_for_another_is_refused
    an_assertion_for_another_time_or_without_proof_is_refused
    what_is_no_response_is_malformed
    a_response_for_one_connection_is_worth_nothing_at_another
}

/// Comments (CVE-2018-0489 and its kin), namespaces, canonical forms.
async fn a_text_has_one_reading(directory: &TestDirectory) {
    let mut scene = Scene::new(directory).await;
    let long = scene.changed(|message| {
        message.name_id = name_id(PERSISTENT, "opaque-ada.evil");
        message.statements = attribute("email", &["ada@acme.example.evil"]);
    });
    let parted = scene.issue(Signed::Assertion);
    let seal = cut(&parted, "<ds:Signature ", "</ds:Signature>");
    let value = cut(seal, "<ds:DigestValue>", "</ds:DigestValue>");
    scene
        .refuses(&[
            ("comment in the address", long.replace("acme.example.evil", "acme.example<!-- -->.evil"), INVALID, "comment"),
            ("comment in the NameID", long.replace("opaque-ada.evil", "opaque-ada<!-- -->.evil"), INVALID, "comment"),
            ("comment in the digest", parted.replace(value, &value.replacen('>', "><!-- forged -->", 1)), INVALID, "comment"),
            ("CDATA in the address", long.replace("acme.example.evil", "acme.example<![CDATA[.evil]]>"), INVALID, "CDATA"),
            ("instruction in the address", long.replace("acme.example.evil", "acme.example<?x ?>.evil"), INVALID, "instruction"),
            ("element in the NameID", scene.rewritten("opaque-ada<", "opaque-ada<b/>.evil<"), INVALID, "text and nothing else"),
            ("element in the issuer", scene.rewritten(ISSUER, &format!("{ISSUER}<b/>")), INVALID, "text and nothing else"),
            ("prefix bound to another namespace", parted.replacen("xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_assertion", "xmlns:saml=\"urn:x\" ID=\"_assertion", 1), INVALID, "has no `Assertion`"),
            ("attribute in a namespace", scene.rewritten(" Recipient=", " xmlns:x=\"urn:x\" x:Recipient="), INVALID, "`Recipient`"),
            ("another prefix list", parted.replacen(&format!("<ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"/>"), &format!("<ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"><x:InclusiveNamespaces xmlns:x=\"{EXC_C14N}\" PrefixList=\"saml\"/></ds:CanonicalizationMethod>"), 1), INVALID, "does not verify"),
            ("a return in the address", parted.replace("ada@acme", "ada@&#13;acme"), INVALID, "does not verify"),
            ("white space in a value", parted.replace("ada@acme", "ada@ acme"), INVALID, "does not verify"),
        ])
        .await;
    // The same canonical form is the same assertion: order of attributes, quotes, empty elements.
    let respelled = parted
        .replacen("<saml:Assertion ", "<saml:Assertion\n  ", 1)
        .replacen("Version=\"2.0\" IssueInstant=", "Version='2.0'  IssueInstant=", 2)
        .replacen("Method=\"urn:oasis", "Method='urn:oasis", 1)
        .replacen("cm:bearer\"", "cm:bearer'", 1);
    let answer = post(&scene.site, &scene.acme, &respelled).await;
    assert_eq!(
        (answer.status, &answer.body()["account"]["email"]),
        (200, &json!("ada@acme.example")),
        "{}",
        answer.text
    );
    // Of an address that an element interrupts no part is believed.
    scene.message.id = "_interrupted".to_owned();
    let split = post(&scene.site, &scene.acme, &scene.rewritten("ada@acme.example<", "ada@acme.example<b/><")).await;
    assert_eq!((split.status, &split.body()["decision"]), (200, &json!("deny")), "{}", split.text);
}

async fn an_assertion_for_another_is_refused(directory: &TestDirectory) {
    let scene = Scene::new(directory).await;
    let whole = |change: fn(&mut Message)| {
        let mut message = scene.message.clone();
        change(&mut message);
        scene.provider.issue(&message, Signed::Response)
    };
    let parted = scene.issue(Signed::Assertion);
    scene
        .refuses(&[
            (
                "wrong audience",
                scene.changed(|message| {
                    message.audiences = "<saml:Audience>https://other.example</saml:Audience>".to_owned();
                }),
                INVALID,
                "`Audience`",
            ),
            (
                "one of two restrictions",
                scene.changed(|message| {
                    message.conditions =
                        "<saml:AudienceRestriction><saml:Audience>x</saml:Audience></saml:AudienceRestriction>"
                            .to_owned();
                }),
                INVALID,
                "`Audience`",
            ),
            (
                "no audience",
                scene.rewritten(
                    &format!(
                        "<saml:AudienceRestriction><saml:Audience>{AUDIENCE}</saml:Audience></saml:AudienceRestriction>"
                    ),
                    "",
                ),
                INVALID,
                "no `AudienceRestriction`",
            ),
            (
                "wrong recipient",
                scene.changed(|message| message.recipient = "https://other.example/acs".to_owned()),
                INVALID,
                "`Recipient`",
            ),
            ("no recipient", scene.rewritten(&format!(" Recipient=\"{RECIPIENT}\""), ""), INVALID, "`Recipient`"),
            (
                "wrong destination",
                whole(|message| message.destination = "https://other.example/acs".to_owned()),
                INVALID,
                "`Destination`",
            ),
            (
                "wrong issuer",
                scene.changed(|message| message.issuer = "https://other.example".to_owned()),
                INVALID,
                "`Issuer`",
            ),
            ("wrong issuer of the response", parted.replacen(ISSUER, "https://other.example", 1), INVALID, "`Issuer`"),
            (
                "a request of somebody else",
                scene.changed(|message| message.request = Some("_request-2".to_owned())),
                INVALID,
                "does not answer the request",
            ),
            (
                "somebody else's request in the envelope",
                scene.changed(|message| message.request = Some("_request-2".to_owned())).replacen(
                    "_request-2",
                    REQUEST,
                    1,
                ),
                INVALID,
                "does not answer the request",
            ),
            (
                "no request in the envelope",
                parted.replacen(&format!(" InResponseTo=\"{REQUEST}\""), "", 1),
                INVALID,
                "does not answer the request",
            ),
        ])
        .await;
}

async fn an_assertion_for_another_time_or_without_proof_is_refused(directory: &TestDirectory) {
    let scene = Scene::new(directory).await;
    let now = scene.site.clock.now();
    let whole = |change: fn(&mut Message)| {
        let mut message = scene.message.clone();
        change(&mut message);
        scene.provider.issue(&message, Signed::Response)
    };
    let parted = scene.issue(Signed::Assertion);
    let statement = cut(&parted, "<saml:AuthnStatement ", "</saml:AuthnStatement>");
    scene
        .refuses(&[
            ("expired", scene.changed(|message| message.not_on_or_after = now - 60 * SECOND), EXPIRED, "has expired"),
            (
                "not yet valid",
                scene.changed(|message| message.not_before = now + 61 * SECOND),
                EXPIRED,
                "not valid yet",
            ),
            (
                "NotBefore in the confirmation",
                scene.changed(|message| message.confirmation = " NotBefore=\"2026-01-01T00:00:00Z\"".to_owned()),
                INVALID,
                "must not have `NotBefore`",
            ),
            ("no end of the confirmation", scene.rewritten(" NotOnOrAfter=", " Other="), INVALID, "no `NotOnOrAfter`"),
            (
                "an end that is none",
                scene.rewritten(" NotOnOrAfter=\"20", " NotOnOrAfter=\"soon"),
                INVALID,
                "no instant",
            ),
            (
                "a condition that nobody knows",
                scene.changed(|message| message.conditions = "<saml:Condition/>".to_owned()),
                INVALID,
                "does not belong there",
            ),
            ("holder of key", scene.rewritten("cm:bearer", "cm:holder-of-key"), INVALID, "method is bearer"),
            ("no statement of authentication", scene.rewritten(statement, ""), INVALID, "no `AuthnStatement`"),
            (
                "failed at the provider",
                whole(|message| message.status = "urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned()),
                INVALID,
                "did not sign the person in",
            ),
            ("SAML 1.1", scene.rewritten("Version=\"2.0\"", "Version=\"1.1\""), INVALID, "must be 2.0"),
            (
                "transient NameID",
                scene.changed(|message| {
                    message.name_id = name_id("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "t");
                }),
                INVALID,
                "`saml.subject_attribute`",
            ),
            ("no NameID", scene.changed(|message| message.name_id.clear()), INVALID, "neither a `NameID`"),
            (
                "a subject of control characters",
                scene.changed(|message| message.name_id = name_id(PERSISTENT, "a&#9;b")),
                INVALID,
                "control characters",
            ),
        ])
        .await;
    // Clocks may be a minute apart.
    for (id, start, end) in
        [("_late", now - SECOND, now - 59 * SECOND), ("_early", now + 60 * SECOND, now + 90 * SECOND)]
    {
        let xml = scene
            .changed(|message| (message.id, message.not_before, message.not_on_or_after) = (id.to_owned(), start, end));
        let answer = post(&scene.site, &scene.acme, &xml).await;
        assert_eq!(answer.status, 200, "{id}: {}", answer.text);
    }
    trust(&scene.site, &scene.acme, &scene.provider, json!({"subject_attribute": "employee"})).await;
    let answer = post(&scene.site, &scene.acme, &parted).await;
    refused("the subject's attribute is missing", &answer, INVALID, "`employee`");
    trust(&scene.site, &scene.acme, &scene.provider, json!({"certificates": []})).await;
    let answer = post(&scene.site, &scene.acme, &parted).await;
    assert_eq!((answer.status, &answer.body()["type"]), (409, &json!("not_configured")), "{}", answer.text);
}

async fn what_is_no_response_is_malformed(directory: &TestDirectory) {
    let scene = Scene::new(directory).await;
    let parted = scene.issue(Signed::Assertion);
    let declared = |subset: &str| format!("<!DOCTYPE samlp:Response [{subset}]>{parted}");
    let laughs: Vec<String> =
        (1..10).map(|level| format!("<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10))).collect();
    let laughs = laughs.concat();
    let many: Vec<String> = (0..5_000).map(|number| format!(" a{number}=''")).collect();
    scene
        .refuses(&[
            ("DTD", declared(""), MALFORMED, "document type"),
            (
                "XXE",
                declared("<!ENTITY x SYSTEM \"file:///etc/passwd\">").replace("ada@", "&x;@"),
                MALFORMED,
                "document type",
            ),
            (
                "parameter entity",
                declared("<!ENTITY % x SYSTEM \"http://127.0.0.1:9/\">%x;"),
                MALFORMED,
                "document type",
            ),
            (
                "billion laughs",
                declared(&format!("<!ENTITY a0 \"a\">{laughs}")).replace("ada@", "&a9;@"),
                MALFORMED,
                "document type",
            ),
            ("unknown entity", parted.replace("ada@", "&x;@"), MALFORMED, "well-formed"),
            ("another message", parted.replace("samlp:Response", "samlp:LogoutResponse"), MALFORMED, "no SAML 2.0"),
            ("SAML 1.1", parted.replace("SAML:2.0:protocol", "SAML:1.0:protocol"), MALFORMED, "no SAML 2.0"),
            (
                "a bare assertion",
                cut(&parted, "<saml:Assertion ", "</saml:Assertion>").to_owned(),
                MALFORMED,
                "no SAML 2.0",
            ),
            ("too deep", before(&parted, "<saml:Subject>", &"<saml:Advice>".repeat(200)), MALFORMED, "well-formed"),
            (
                "too many attributes",
                parted.replacen("<saml:Subject>", &format!("<saml:Subject{}>", many.concat()), 1),
                MALFORMED,
                "too large",
            ),
            ("too large", before(&parted, "<saml:Subject>", &" ".repeat(600 * 1024)), MALFORMED, "too large"),
            ("half of it", parted[..parted.len() / 2].to_owned(), MALFORMED, "well-formed"),
            ("nothing", String::new(), MALFORMED, "well-formed"),
        ])
        .await;
    let encoded = STANDARD.encode(&parted);
    let quarter = &encoded[..=encoded.len() / 4 * 3];
    for (name, response, part) in [
        ("truncated base64", quarter, "base64"),
        ("garbage", "%%%", "base64"),
        ("XML as it is", &parted, "base64"),
        ("another encoding", "//4=", "UTF-8"),
    ] {
        let answer = scene.site.send(&posted(&scene.acme, response, Some(REQUEST), false)).await;
        refused(name, &answer, MALFORMED, part);
    }
    for evidence in [
        json!({"type": "saml"}),
        json!({"type": "saml", "response": 1}),
        json!({"type": "saml", "response": "", "x": 1}),
    ] {
        let answer = scene.site.send(&crate::site::sign_in(&scene.acme, &json!({"evidence": evidence}))).await;
        refused("no response", &answer, MALFORMED, "no sign-in");
    }
}

/// One company's provider says nothing about another's people, even where both trust the same certificate.
async fn a_response_for_one_connection_is_worth_nothing_at_another(directory: &TestDirectory) {
    let scene = Scene::new(directory).await;
    let globex = scene.site.company("globex", 0x61).await;
    let xml = scene.issue(Signed::Both);
    let own = Provider::new();
    let settings = json!({"audience": "https://globex.example/saml"});
    for (provider, further, part) in [
        (&own, json!({}), "does not verify"),
        (&scene.provider, settings, "`Audience`"),
        (&scene.provider, json!({"idp_entity_id": "https://idp.globex.example"}), "`Issuer`"),
    ] {
        trust(&scene.site, &globex, provider, further).await;
        refused(part, &post(&scene.site, &globex, &xml).await, INVALID, part);
    }
    assert_eq!(post(&scene.site, &scene.acme, &xml).await.status, 200);
}
