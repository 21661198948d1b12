//! Attacks on the signatures of SAML responses, by the names that they are known by. None signs anybody in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::core::algorithm::{C14N, ENVELOPED_SIGNATURE, EXC_C14N, HMAC_SHA256};
use bergshamra::keys::loader::load_hmac_key;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use serde_json::Value;

use crate::saml_provider::{Message, Provider, REQUEST, Signed, Template, posted, sign_with, transforms};
use crate::saml_scene::{INVALID, Scene, before, cut, forged};

on_each_database! {
    wrapped_signatures_sign_nobody_in
    signatures_that_prove_nothing_are_refused
    signatures_of_another_shape_are_refused
    a_changed_byte_makes_nobody_else_of_anybody
}

/// The eight permutations of signature wrapping (Somorovsky et al., "On Breaking SAML", 2012).
async fn wrapped_signatures_sign_nobody_in(directory: &TestDirectory) {
    let scene = Scene::new(directory).await;
    let whole = scene.issue(Signed::Response);
    let seal = cut(&whole, "<ds:Signature ", "</ds:Signature>");
    let original = whole.replace(seal, "");
    let fake = forged(&original);
    let inside = |what: &str| before(seal, "</ds:Signature>", what);

    let parted = scene.issue(Signed::Assertion);
    let assertion = cut(&parted, "<saml:Assertion ", "</saml:Assertion>");
    let small_seal = cut(assertion, "<ds:Signature ", "</ds:Signature>");
    let bare = assertion.replace(small_seal, "");
    let evil = forged(&bare);
    let evil_with = |what: &str| before(&evil, "<saml:Subject>", what);
    let small_inside = |what: &str| before(small_seal, "</ds:Signature>", what);

    let more = "more than one response or assertion";
    scene
        .refuses(&[
            ("XSW1", before(&fake, "<samlp:Status>", &inside(&original)), INVALID, more),
            ("XSW2", before(&fake, "<samlp:Status>", &format!("{original}{seal}")), INVALID, more),
            ("XSW3", before(&parted, "<saml:Assertion ", &evil), INVALID, more),
            ("XSW4", parted.replace(assertion, &before(&evil, "</saml:Assertion>", assertion)), INVALID, more),
            ("XSW5", parted.replace(assertion, &format!("{}{bare}", evil_with(small_seal))), INVALID, more),
            ("XSW6", parted.replace(assertion, &evil_with(&small_inside(&bare))), INVALID, more),
            (
                "XSW7",
                before(&parted, "<saml:Assertion ", &format!("<samlp:Extensions>{evil}</samlp:Extensions>")),
                INVALID,
                more,
            ),
            (
                "XSW8",
                parted.replace(assertion, &evil_with(&small_inside(&format!("<ds:Object>{bare}</ds:Object>")))),
                INVALID,
                more,
            ),
            (
                "the signed assertion as advice of another",
                parted.replace(assertion, &evil_with(&format!("<saml:Advice>{assertion}</saml:Advice>"))),
                INVALID,
                more,
            ),
            (
                "a wrapped assertion in a namespace of its own",
                before(
                    &parted,
                    "<saml:Assertion ",
                    &format!(
                        "<samlp:Extensions>{}</samlp:Extensions>",
                        evil.replace("urn:oasis:names:tc:SAML:2.0:assertion", "urn:x")
                    ),
                ),
                INVALID,
                more,
            ),
            (
                "two assertions, all signed",
                {
                    let second =
                        scene.provider.issue(&Message::about(&scene.site, "eve@acme.example"), Signed::Assertion);
                    let second = cut(&second, "<saml:Assertion ", "</saml:Assertion>");
                    let template = scene.provider.template("_response-1").text();
                    scene.provider.sign(&scene.message.response(&template, &format!("{assertion}{second}")))
                },
                INVALID,
                more,
            ),
            (
                "the signature of the assertion, moved to the response",
                before(&parted.replace(small_seal, ""), "<samlp:Status>", small_seal),
                INVALID,
                "must refer to the element that holds it",
            ),
            ("a duplicate id", parted.replace("_response-1", &scene.message.id), INVALID, "does not verify"),
        ])
        .await;
}

async fn signatures_that_prove_nothing_are_refused(directory: &TestDirectory) {
    let scene = Scene::new(directory).await;
    let parted = scene.issue(Signed::Assertion);
    let seal = cut(&parted, "<ds:Signature ", "</ds:Signature>");
    let stranger = Provider::new();
    let hmac = {
        let key = load_hmac_key(scene.provider.certificate.as_bytes()).unwrap();
        let template = Template { method: HMAC_SHA256, ..scene.provider.template(&scene.message.id) };
        scene.message.response("", &sign_with(key, &scene.message.assertion(&template.text())))
    };
    let one_of = "must be one of";
    scene
        .refuses(&[
            ("unsigned", scene.issue(Signed::Nothing), INVALID, "neither the response nor its assertion is signed"),
            ("signature stripped", parted.replace(seal, ""), INVALID, "neither the response"),
            ("changed after signing", parted.replace("ada@", "eve@"), INVALID, "does not verify"),
            (
                "a stranger's key, in its own KeyInfo",
                stranger.issue(&scene.message, Signed::Both),
                INVALID,
                "does not verify",
            ),
            (
                "a stranger's key under the provider's KeyInfo",
                {
                    let mut template = stranger.template(&scene.message.id);
                    template.key_info = scene.provider.template("x").key_info;
                    stranger.issue_as(&scene.message, None, Some(&template))
                },
                INVALID,
                "does not verify",
            ),
            (
                "a good assertion in a response that a stranger signed",
                {
                    let inner = cut(&parted, "<saml:Assertion ", "</saml:Assertion>");
                    let template = stranger.template("_response-1").text();
                    stranger.sign(&scene.message.response(&template, inner))
                },
                INVALID,
                "does not verify",
            ),
            (
                "SHA-1 signature",
                parted.replace("2001/04/xmldsig-more#ecdsa-sha256", "2000/09/xmldsig#rsa-sha1"),
                INVALID,
                one_of,
            ),
            ("SHA-1 digest", parted.replace("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"), INVALID, one_of),
            ("HMAC with the certificate as its key", hmac, INVALID, one_of),
        ])
        .await;
}

async fn signatures_of_another_shape_are_refused(directory: &TestDirectory) {
    const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    let scene = Scene::new(directory).await;
    let parted = scene.issue(Signed::Assertion);
    let seal = cut(&parted, "<ds:Signature ", "</ds:Signature>");
    let exclusive = format!("<ds:Transform Algorithm=\"{EXC_C14N}\"/>");
    let transform = |uri: &str, body: &str| {
        parted.replacen(&exclusive, &format!("<ds:Transform Algorithm=\"{uri}\">{body}</ds:Transform>"), 1)
    };
    let second_reference = cut(seal, "<ds:Reference ", "</ds:Reference>").to_owned();
    let one_of = "must be one of";
    scene
        .refuses(&[
            ("XPath", transform(XPATH, "<ds:XPath>not(//*)</ds:XPath>"), INVALID, "`Transform`"),
            (
                "XSLT",
                transform(XSLT, "<x:stylesheet xmlns:x=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>"),
                INVALID,
                "`Transform`",
            ),
            (
                "inclusive canonical form",
                scene.signed_as(|template| template.transforms = transforms(&[ENVELOPED_SIGNATURE, C14N])),
                INVALID,
                one_of,
            ),
            (
                "no canonical form",
                scene.signed_as(|template| template.transforms = transforms(&[ENVELOPED_SIGNATURE])),
                INVALID,
                "`Transform`",
            ),
            (
                "one transform too many",
                scene.signed_as(|template| {
                    template.transforms = transforms(&[ENVELOPED_SIGNATURE, ENVELOPED_SIGNATURE, EXC_C14N]);
                }),
                INVALID,
                "`Transform`",
            ),
            ("inclusive form of SignedInfo", scene.signed_as(|template| template.canonical = C14N), INVALID, one_of),
            ("empty reference", scene.signed_as(|template| template.uri.clear()), INVALID, "must refer to the element"),
            (
                "pointer to everything",
                scene.signed_as(|template| template.uri = "#xpointer(/)".to_owned()),
                INVALID,
                "must refer to the element",
            ),
            (
                "another element's id",
                parted.replacen("URI=\"#_assertion-ada\"", "URI=\"#_response-1\"", 1),
                INVALID,
                "must refer to the element",
            ),
            (
                "two references",
                scene.signed_as(|template| template.further_references.clone_from(&second_reference)),
                INVALID,
                "at most 1 times",
            ),
            (
                "a signature elsewhere",
                before(&parted, "<samlp:StatusCode ", seal),
                INVALID,
                "stands where SAML has none",
            ),
            ("two signatures of one element", before(&parted, "<ds:Signature ", seal), INVALID, "at most 1 times"),
            (
                "an object in the signature",
                before(&parted, "</ds:Signature>", "<ds:Object>x</ds:Object>"),
                INVALID,
                "does not belong there",
            ),
            (
                "signature in a namespace of its own",
                parted.replace("http://www.w3.org/2000/09/xmldsig#\">", "urn:x\">"),
                INVALID,
                "does not belong there",
            ),
            (
                "an algorithm in a namespace",
                parted.replacen("<ds:SignatureMethod ", "<ds:SignatureMethod xmlns:x=\"urn:x\" x:Algorithm=\"y\" ", 1),
                INVALID,
                "attribute that does not belong",
            ),
            ("encrypted", parted.replace("saml:Assertion", "saml:EncryptedAssertion"), INVALID, "turn encryption off"),
        ])
        .await;
}

/// Whatever byte of a signed response changes: it is refused, or it is the same person's.
async fn a_changed_byte_makes_nobody_else_of_anybody(directory: &TestDirectory) {
    const STEP: usize = 11;
    let scene = Scene::new(directory).await;
    for signed in [Signed::Response, Signed::Assertion] {
        let xml = scene.issue(signed).into_bytes();
        for (round, position) in (0..xml.len()).step_by(STEP).enumerate() {
            let mut bytes = xml.clone();
            bytes[position] ^= 1 << (round % 7);
            let request = posted(&scene.acme, &STANDARD.encode(&bytes), Some(REQUEST), true);
            let answer = scene.site.send(&request).await;
            let person = answer.body()["effects"].as_array().into_iter().flatten();
            let context = format!("{signed:?} {position}: {} {}", String::from_utf8_lossy(&bytes), answer.text);
            match answer.status {
                400 | 401 => {}
                200 => {
                    let created: Vec<&Value> = person.filter(|effect| effect["kind"] == "create_account").collect();
                    assert_eq!(created.len(), 1, "{context}");
                    assert!(created[0].to_string().contains("\"ada@acme.example\""), "{context}");
                }
                _ => panic!("{context}"),
            }
        }
    }
}
