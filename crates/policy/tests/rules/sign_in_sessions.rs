//! How long sessions last.

use rollcall_policy::*;

use crate::fixture::*;

#[track_caller]
fn check_session(client: Client, minutes: Option<&str>, expected_minutes: i64, idle: Option<u32>, rules: &[Rule]) {
    let mut facts = sign_in();
    facts.client = client;
    facts.assertion.session_minutes = minutes.map(str::to_owned);
    let got = decide_sign_in(&jit(), &facts);
    let session = got.session.unwrap();
    assert_eq!((session.expires_at - NOW) / 60_000_000, expected_minutes, "{minutes:?}");
    assert_eq!((session.idle_seconds, session.company), (idle, Some(COMPANY)), "RC-3");
    for rule in rules {
        assert!(got.trail.rules().contains(rule), "{rule}");
    }
    assert_eq!(got.warnings.is_empty(), !rules.contains(&Rule::Ss3), "{:?}", got.warnings);
}

#[test]
fn defaults_follow_the_client() {
    // SS-1
    check_session(Client::Web, None, 24 * 60, None, &[Rule::Ss1]);
    check_session(Client::Desktop, None, 90 * 24 * 60, Some(30 * 24 * 60 * 60), &[Rule::Ss1]);
}

#[test]
fn the_provider_sets_the_length() {
    // SS-2
    check_session(Client::Web, Some("30"), 30, None, &[Rule::Ss2]);
    check_session(Client::Desktop, Some(" 45 "), 45, None, &[Rule::Ss2]);
}

/// P4-38.
#[test]
fn bad_minutes_are_ignored_and_large_ones_cut() {
    // SS-3
    for bad in ["0", "-5", "", "soon", "30.5", "1e3"] {
        check_session(Client::Web, Some(bad), 24 * 60, None, &[Rule::Ss1, Rule::Ss3]);
    }
    for large in ["129601", "99999999999999999999999999"] {
        check_session(Client::Web, Some(large), 90 * 24 * 60, None, &[Rule::Ss2, Rule::Ss3]);
    }
}
