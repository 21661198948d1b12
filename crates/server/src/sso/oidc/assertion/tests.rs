//! Claims in, persons out.

use serde_json::json;

use super::*;

const TENANT: &str = "4d5b1e7f-2f0c-4c51-9c7d-0a1b2c3d4e5f";

fn settings(tenant: Option<&str>) -> OidcSettings {
    let settings = json!({"issuer": "https://idp.example/", "client_id": "rollcall", "tenant_id": tenant});
    serde_json::from_value(settings).unwrap()
}

fn person(claims: &Value) -> Result<Assertion, Refused> {
    read(claims.as_object().unwrap(), &settings(None))
}

fn entra(further: &Value) -> Result<Assertion, Refused> {
    let mut claims = json!({"tid": TENANT, "oid": "1f", "sub": "pairwise", "email": "ada@acme.example"});
    claims.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    read(claims.as_object().unwrap(), &settings(Some(TENANT)))
}

/// SI-10, RC-13.
#[test]
fn a_token_names_a_person_by_issuer_and_sub() {
    let read = person(&json!({
        "sub": "248289761001", "email": "Ada@Acme.example", "email_verified": true,
        "given_name": "Ada", "family_name": "Lovelace", "groups": ["acme:engines"], "team": "engines",
        "organization": "acme", "role": "editor", "session_minutes": 30,
    }))
    .unwrap();
    assert_eq!(read.subject, "https://idp.example/#248289761001");
    assert_eq!(read.external_id.as_deref(), Some("248289761001"));
    assert_eq!(read.email.unwrap().key, "ada@acme.example");
    assert_eq!((read.email_verified, read.subject_weak), (Some(true), false));
    assert_eq!(read.full_name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(read.groups.iter().map(|group| group.text.as_str()).collect::<Vec<_>>(), ["acme:engines"]);
    assert_eq!(read.session_minutes.as_deref(), Some("30"));
    let attributes = read.attributes;
    assert_eq!(attributes.role.as_deref(), Some("editor"));
    assert_eq!(attributes.team.unwrap().text, "engines");
    assert_eq!(attributes.organization.unwrap().text, "acme");
}

#[test]
fn a_token_without_a_usable_identifier_names_nobody() {
    for sub in [json!(null), json!(""), json!(" "), json!(7), json!(["1"]), json!("a\u{7}"), json!("a".repeat(256))] {
        let error = person(&json!({"sub": sub, "email": "ada@acme.example"})).unwrap_err();
        assert!(matches!(&error, Refused::Invalid(detail) if detail.contains("`sub`")), "{sub}: {error}");
    }
    let error = entra(&json!({"oid": null})).unwrap_err();
    assert!(matches!(&error, Refused::Invalid(detail) if detail.contains("`oid`")), "{error}");
}

#[test]
fn values_that_cannot_be_used_are_passed_over() {
    let read = person(&json!({
        "sub": "1", "email": {"primary": "ada@acme.example"}, "address": {"country": "UK"}, "name": [["Ada"], "Ada"],
        "groups": ["a", 5, true, null, {"id": "b"}, ["c"], ""], "email_verified": "perhaps",
    }))
    .unwrap();
    assert_eq!((read.email, read.email_verified), (None, Some(false)));
    assert_eq!(read.full_name.as_deref(), Some("Ada"));
    assert_eq!(read.groups.iter().map(|group| group.text.as_str()).collect::<Vec<_>>(), ["a", "5", "true"]);
}

/// An address is `email` and nothing else: other claims can be changed by their holder.
#[test]
fn only_the_claim_email_is_an_address() {
    let read = person(&json!({
        "sub": "1", "upn": "ceo@acme.example", "preferred_username": "ceo@acme.example", "unique_name": "ceo@acme.example",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "ceo@acme.example",
    }));
    assert_eq!(read.unwrap().email, None);
}

#[test]
fn what_a_provider_says_of_the_address_is_kept() {
    for (given, kept) in [
        (json!(true), Some(true)),
        (json!("true"), Some(true)),
        (json!(false), Some(false)),
        (json!("false"), Some(false)),
        (json!("TRUE"), Some(true)),
        (json!(1), Some(true)),
        (json!("False"), Some(false)),
        (json!(0), Some(false)),
        (json!("no"), Some(false)),
        (json!(""), Some(false)),
        (json!([]), Some(false)),
        (json!({}), Some(false)),
        (json!(null), None),
    ] {
        let read = person(&json!({"sub": "1", "email": "ada@acme.example", "email_verified": given})).unwrap();
        assert_eq!(read.email_verified, kept, "{given}");
    }
}

/// idp-behaviour 15.3.
#[test]
fn entra_names_people_by_tenant_and_object_and_vouches_with_xms_edov() {
    let read = entra(&json!({})).unwrap();
    assert_eq!(read.subject, format!("{TENANT}#1f"));
    assert_eq!(read.external_id.as_deref(), Some("1f"));
    for (further, kept) in [
        (json!({"xms_edov": true}), Some(true)),
        (json!({"xms_edov": 1}), Some(true)),
        (json!({"xms_edov": "1"}), Some(true)),
        (json!({"xms_edov": "true"}), Some(true)),
        (json!({"xms_edov": false}), Some(false)),
        (json!({"xms_edov": "0"}), Some(false)),
        (json!({"xms_edov": "True"}), Some(true)),
        (json!({"xms_edov": {}}), Some(false)),
        (json!({"xms_edov": null}), None),
        (json!({"email_verified": true}), None),
        (json!({"email_verified": true, "xms_edov": false}), Some(false)),
    ] {
        assert_eq!(entra(&further).unwrap().email_verified, kept, "{further}");
    }
}

/// A private Google account keeps the address of a company that its holder has left: only `hd` says that the company has it.
#[test]
fn google_vouches_for_people_of_workspace_alone() {
    for issuer in ["https://accounts.google.com", "https://accounts.google.com/", "accounts.google.com"] {
        let settings = json!({"issuer": issuer, "client_id": "rollcall"});
        let settings: OidcSettings = serde_json::from_value(settings).unwrap();
        for (hd, kept) in [
            (json!("acme.example"), Some(true)),
            (json!(""), Some(false)),
            (json!(true), Some(false)),
            (json!(null), Some(false)),
        ] {
            let claims = json!({"sub": "1", "email": "ada@acme.example", "email_verified": true, "hd": hd});
            assert_eq!(read(claims.as_object().unwrap(), &settings).unwrap().email_verified, kept, "{issuer} {hd}");
        }
        let claims = json!({"sub": "1", "email": "ada@acme.example", "email_verified": true});
        assert_eq!(read(claims.as_object().unwrap(), &settings).unwrap().email_verified, Some(false), "{issuer}");
    }
    // With `hd` the claim still counts; elsewhere `hd` means nothing.
    let google = json!({"issuer": "https://accounts.google.com", "client_id": "rollcall"});
    let claims = json!({"sub": "1", "email": "ada@acme.example", "email_verified": false, "hd": "acme.example"});
    let read = read(claims.as_object().unwrap(), &serde_json::from_value(google).unwrap()).unwrap();
    assert_eq!(read.email_verified, Some(false));
    let read = person(&json!({"sub": "1", "email": "ada@acme.example", "email_verified": true})).unwrap();
    assert_eq!(read.email_verified, Some(true));
}

/// idp-behaviour 15.3: another tenant may give its people whatever address it likes.
#[test]
fn people_of_another_tenant_are_refused() {
    assert!(entra(&json!({"tid": TENANT.to_uppercase()})).is_ok());
    for tid in [json!(null), json!(""), json!("11111111-2f0c-4c51-9c7d-0a1b2c3d4e5f"), json!([TENANT])] {
        let error = entra(&json!({"tid": tid})).unwrap_err();
        assert!(matches!(&error, Refused::Invalid(detail) if detail.contains("`tid`")), "{tid}: {error}");
    }
}

/// idp-behaviour 15.2.
#[test]
fn an_overage_of_groups_is_marked() {
    let sources = json!({"src1": {"endpoint": "https://graph.windows.net/getMemberObjects"}});
    for (further, incomplete) in [
        (json!({"_claim_names": {"groups": "src1"}, "_claim_sources": sources}), true),
        (json!({"hasgroups": true}), true),
        (json!({"hasgroups": "true"}), true),
        (json!({"hasgroups": false}), false),
        (json!({"_claim_names": {"address": "src1"}}), false),
        (json!({"groups": ["1f"]}), false),
        (json!({}), false),
    ] {
        assert_eq!(entra(&further).unwrap().groups_incomplete, incomplete, "{further}");
    }
}
