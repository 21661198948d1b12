//! Cursors (RFC 9865): sealed positions.

use proptest::prelude::*;
use rollcall_scim::ScimType;
use rollcall_scim::cursor::{CursorState, Follow, digest, open, seal};

const KEY: [u8; 32] = [7; 32];
const SECOND: i64 = 1_000_000;

fn state() -> CursorState {
    CursorState {
        query: digest("/Users", "connection", "[]"),
        count: 10,
        issued_at: 1_000 * SECOND,
        sort_value: Some(Some("ada".to_owned())),
        id: "0193".to_owned(),
    }
}

fn follow(query: &[u8; 32]) -> Follow<'_> {
    Follow { query, count: 10, now: 1_600 * SECOND, timeout_seconds: 600 }
}

/// Opens the cursor of [`state`] and compares the keyword of the failure.
#[track_caller]
fn check(id: &str, key: [u8; 32], cursor: &str, follow: &Follow<'_>, expected: Option<ScimType>) {
    let failure = open(&key, cursor, follow).err();
    assert_eq!(failure.as_ref().and_then(rollcall_scim::ScimError::scim_type), expected, "{id}");
    assert!(failure.is_none_or(|error| error.status() == 400), "{id}");
}

#[test]
fn a_cursor_goes_with_its_query_only() {
    let state = state();
    let cursor = seal(&KEY, [1; 24], &state);
    let own = follow(&state.query);
    check("F-15", KEY, &cursor, &own, None);
    check("F-17", KEY, &cursor, &Follow { count: 11, ..own }, Some(ScimType::InvalidCount));
    for (id, other) in [
        ("F-17", digest("/Users", "connection", "[\"userName pr\"]")),
        ("F-17", digest("/Groups", "connection", "[]")),
        ("F-24", digest("/Users", "another", "[]")),
        ("F-24", digest("/Usersconnection", "", "[]")),
    ] {
        check(id, KEY, &cursor, &Follow { query: &other, ..own }, Some(ScimType::InvalidCursor));
    }
    check("F-19", [8; 32], &cursor, &own, Some(ScimType::InvalidCursor));
    for forged in ["x", "AAAA", "%", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        check("F-19", KEY, forged, &own, Some(ScimType::InvalidCursor));
    }
}

#[test]
fn a_cursor_lives_as_long_as_promised() {
    let state = state();
    let cursor = seal(&KEY, [1; 24], &state);
    let own = follow(&state.query);
    check("F-27", KEY, &cursor, &own, None);
    let late = Follow { now: own.now + 1, ..own };
    check("F-19", KEY, &cursor, &late, Some(ScimType::ExpiredCursor));
    check("F-27", KEY, &cursor, &Follow { timeout_seconds: u64::MAX, now: i64::MAX, ..own }, None);
    // A clock that went back kills nothing.
    check("F-27", KEY, &cursor, &Follow { now: 0, ..own }, None);
}

#[test]
fn foreign_expired_and_forged_cursors_read_alike() {
    let state = state();
    let cursor = seal(&KEY, [1; 24], &state);
    let foreign = digest("/Users", "another", "[]");
    let late = Follow { query: &foreign, count: 3, now: i64::MAX, timeout_seconds: 1 };
    let forged = open(&KEY, "AAAA", &late).unwrap_err();
    assert_eq!(open(&KEY, &cursor, &late).unwrap_err(), forged, "F-24");
}

#[test]
fn the_same_position_and_nonce_give_the_same_cursor() {
    assert_eq!(seal(&KEY, [1; 24], &state()), seal(&KEY, [1; 24], &state()), "F-25");
    assert_ne!(seal(&KEY, [1; 24], &state()), seal(&KEY, [2; 24], &state()), "F-16");
}

fn states() -> impl Strategy<Value = CursorState> {
    let sort_value = proptest::option::of(proptest::option::of(".{0,40}"));
    (any::<[u8; 32]>(), any::<u64>(), any::<i64>(), sort_value, ".{0,40}")
        .prop_map(|(query, count, issued_at, sort_value, id)| CursorState { query, count, issued_at, sort_value, id })
}

proptest! {
    /// F-16, F-21
    #[test]
    fn cursors_round_trip(state in states(), nonce in any::<[u8; 24]>()) {
        let cursor = seal(&KEY, nonce, &state);
        prop_assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        let follow = Follow { query: &state.query, count: state.count, now: state.issued_at, timeout_seconds: 0 };
        prop_assert_eq!(open(&KEY, &cursor, &follow), Ok(state.clone()));
    }

    /// F-16, F-19
    #[test]
    fn any_changed_byte_is_refused(state in states(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut cursor = seal(&KEY, [3; 24], &state).into_bytes();
        let at = at.index(cursor.len());
        prop_assume!(cursor[at] != byte);
        cursor[at] = byte;
        let follow = Follow { query: &state.query, count: state.count, now: state.issued_at, timeout_seconds: 0 };
        let failure = open(&KEY, &String::from_utf8_lossy(&cursor), &follow).unwrap_err();
        prop_assert_eq!(failure.scim_type(), Some(ScimType::InvalidCursor));
    }
}
