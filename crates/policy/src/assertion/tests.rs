//! Reading attributes: design.md 6, provisioning-rules 2.11.

use super::*;

#[track_caller]
fn read(json: &str) -> Assertion {
    let attributes = serde_json::from_str(json).unwrap();
    Assertion::from_attributes("s", &attributes, str::to_lowercase)
}

fn text(value: Option<&Folded>) -> Option<&str> {
    value.map(|value| value.text.as_str())
}

#[test]
fn the_first_usable_address_wins() {
    let upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
    let both = read(&format!(r#"{{"{upn}":"not an address","email":["", "Jane@Acme.example", "b@acme.example"]}}"#));
    assert_eq!(both.email, Some(Folded::from_parts("Jane@Acme.example", "jane@acme.example")), "SI-10");
    assert_eq!(read(r#"{"email":"jane"}"#).email, None);
}

#[test]
fn the_whole_name_wins_over_its_parts() {
    let parts = r#""given_name":"Jane","family_name":"Doe""#;
    assert_eq!(read(&format!(r#"{{"name":"J. Doe",{parts}}}"#)).full_name.as_deref(), Some("J. Doe"));
    assert_eq!(read(&format!("{{{parts}}}")).full_name.as_deref(), Some("Jane Doe"));
}

/// P4-40.
#[test]
fn documented_aliases_are_read_after_our_own_names() {
    let docker = read(r#"{"dockerOrg":"acme","dockerTeam":"dev","dockerRole":"editor","dockerSessionMinutes":30}"#);
    assert_eq!(text(docker.attributes.organization.as_ref()), Some("acme"));
    assert_eq!(text(docker.attributes.team.as_ref()), Some("dev"));
    assert_eq!(docker.attributes.role.as_deref(), Some("editor"));
    assert_eq!(docker.session_minutes.as_deref(), Some("30"));
    let both = read(r#"{"team":"ops","dockerTeam":"dev","sessionMinutes":"45"}"#);
    assert_eq!((text(both.attributes.team.as_ref()), both.session_minutes.as_deref()), (Some("ops"), Some("45")));
}

#[test]
fn groups_come_from_the_first_name_that_has_any() {
    let got = read(r#"{"Groups":[],"groups":["acme:dev"," acme : ops ","noise"]}"#);
    assert_eq!(
        got.groups.iter().map(|group| group.text.as_str()).collect::<Vec<_>>(),
        ["acme:dev", "acme : ops", "noise"]
    );
    assert_eq!(got.team_keys().into_iter().collect::<Vec<_>>(), ["dev", "ops"]);
    assert_eq!(read(r#"{"groups":"acme:dev"}"#).groups.len(), 1);
}

#[test]
fn whatever_is_not_plainly_yes_leaves_the_address_unverified() {
    for yes in ["true", r#""true""#, r#"" True ""#, r#""TRUE""#, "1", r#""1""#, r#"[true, "true"]"#] {
        assert_eq!(read(&format!(r#"{{"email_verified":{yes}}}"#)).email_verified, Some(true), "{yes}");
    }
    for no in ["false", r#""False""#, "0", r#""0""#, r#""no""#, r#""yes""#, r#""""#, r#""perhaps""#, "[true, false]"] {
        assert_eq!(read(&format!(r#"{{"email_verified":{no}}}"#)).email_verified, Some(false), "{no}");
    }
    for silent in ["{}", r#"{"email_verified":null}"#, r#"{"email_verified":[]}"#] {
        assert_eq!(read(silent).email_verified, None, "{silent}");
    }
}
