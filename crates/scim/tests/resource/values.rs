//! Values of the simple types (A-81 to A-87, C-5) and their search keys.

use std::cmp::Ordering;

use rollcall_scim::{
    resource,
    schema::{Attribute, Type},
    search_document::key,
    value::{date_time, number},
};
use serde_json::{Number, Value, json};

use crate::support::{CERTIFICATE, DEVICE, Expect, WARRANTY, check, create_user, device_type, fails, lenient, strict};

/// Rows of (value as JSON text, accepted?) for one attribute of a device; numbers keep their spelling.
fn check_values(context: &str, name: &str, rows: &[(&str, bool)]) {
    for (text, accepted) in rows {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let body = json!({"schemas": [DEVICE, WARRANTY], "serial": "S", WARRANTY: {"until": "x"}, name: value});
        let expect = if *accepted {
            Expect::Stored(json!({"serial": "S", WARRANTY: {"until": "x"}, name: value}))
        } else {
            fails("invalidValue")
        };
        for tolerances in [lenient(), strict()] {
            let outcome = resource::create(&device_type(), body.clone(), &tolerances);
            check(&format!("{context}: {text}"), outcome, &expect);
        }
    }
}

#[test]
fn integers_are_whole_and_of_64_bits() {
    check_values(
        "A-84",
        "slots",
        &[
            ("5", true),
            ("-9223372036854775808", true),
            ("9223372036854775807", true),
            ("0", true),
            ("9223372036854775808", false),
            ("1.0", false),
            ("1e3", false),
            ("\"5\"", false),
            ("true", false),
        ],
    );
}

#[test]
fn decimals_are_numbers() {
    check_values("A-83", "weight", &[("1.5", true), ("-0.001", true), ("7", true), ("1e3", true), ("\"1.5\"", false)]);
}

#[test]
fn instants_have_a_date_and_a_time() {
    check_values(
        "A-85, K-12",
        "bought",
        &[
            ("\"2024-02-29T23:59:59Z\"", true),
            ("\"2024-02-29T23:59:59+02:00\"", true),
            ("\"2024-02-29T23:59:59\"", true),
            ("\"2024-02-29T23:59:59.123456789-14:00\"", true),
            ("\"2024-01-01T24:00:00Z\"", true),
            ("\"-0044-03-15T12:00:00Z\"", true),
            ("\"12024-01-01T00:00:00Z\"", true),
            ("\"2024-01-01T24:00:00.000Z\"", true),
            ("\"2024-01-01T23:59:59Z\"", true),
            ("\"2024-01-01T00:00:00+14:00\"", true),
            ("\"2024-01-01T00:00:00+00:59\"", true),
            ("\"100000-01-01T00:00:00Z\"", true),
            ("\"10000-12-31T00:00:00Z\"", true),
            ("\"2024-02-30T00:00:00Z\"", false),
            ("\"2024-01-01T00:60:00Z\"", false),
            ("\"2024-01-01T24:01:00Z\"", false),
            ("\"2024-01-01T00:00:00+01:60\"", false),
            ("\"2024-01-01T00:00:00-15:00\"", false),
            ("\"2024-00-01T00:00:00Z\"", false),
            ("\"2024-01-00T00:00:00Z\"", false),
            ("\"1234567-01-01T00:00:00Z\"", false),
            ("\"010000-01-01T00:00:00Z\"", false),
            ("\"2024-1-01T00:00:00Z\"", false),
            ("\"2024-01-01T1:00:00Z\"", false),
            ("\"2024-01-01T00:00:00.12xZ\"", false),
            ("\"+2024-01-01T00:00:00Z\"", false),
            ("\"2024-01-01T00:00:00:00Z\"", false),
            ("\"2024-01-01-01T00:00:00Z\"", false),
            ("\"2024-01-01T00:00:00+01:00:00\"", false),
            ("\"2023-02-29T00:00:00Z\"", false),
            ("\"2024-02-29\"", false),
            ("\"23:59:59Z\"", false),
            ("1709251199", false),
            ("\"2024-01-01 00:00:00\"", false),
            ("\"2024-01-01T00:00Z\"", false),
            ("\"2024-01-01T24:00:01Z\"", false),
            ("\"2024-01-01T24:00:00.1Z\"", false),
            ("\"2024-01-01T25:00:00Z\"", false),
            ("\"2024-01-01T00:00:60Z\"", false),
            ("\"2024-01-01T00:00:00.Z\"", false),
            ("\"2024-01-01T00:00:00+14:01\"", false),
            ("\"2024-01-01T00:00:00+2:00\"", false),
            ("\"2024-13-01T00:00:00Z\"", false),
            ("\"24-01-01T00:00:00Z\"", false),
            ("\"02024-01-01T00:00:00Z\"", false),
            ("\"2024-01-01T00:00:00ZZ\"", false),
            ("\"\"", false),
            ("\"2024-01-01t00:00:00z\"", false),
            ("\"999999-01-01T00:00:00Z\"", false),
            ("\"2024-01-01T00:00:00+\u{e9}\"", false),
        ],
    );
}

#[test]
fn binary_values_are_base64() {
    check_values(
        "A-86",
        "key",
        &[
            ("\"AQID\"", true),
            ("\"AQI=\"", true),
            ("\"AQI\"", true),
            ("\"+/+/\"", true),
            ("\"\"", true),
            ("\"-_-_\"", false),
            ("\"A*ID\"", false),
            ("\"AQ ID\"", false),
            ("\"A\"", false),
            ("5", false),
        ],
    );
}

#[test]
fn references_are_uris_of_any_form() {
    check_values(
        "A-87",
        "manual",
        &[
            ("\"https://example.com/a?b#c\"", true),
            ("\"../x\"", true),
            ("\"urn:x:y\"", true),
            ("\"https://ex\u{e4}mple.com\"", true),
            ("\"https://example.com/a b\"", false),
            ("\"a{b}\"", false),
            ("\"a\\u0000\"", false),
            ("[\"a\", \"b\"]", false),
            ("5", false),
        ],
    );
}

#[test]
fn a_certificate_is_exactly_one() {
    // C-5
    let bytes = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.decode(CERTIFICATE).expect("base64")
    };
    let encode = |bytes: &[u8]| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let rows = [
        ("one", encode(&bytes), true),
        ("two", encode(&[bytes.clone(), bytes.clone()].concat()), false),
        ("one and a byte", encode(&[bytes.as_slice(), &[0]].concat()), false),
        ("less than one", encode(&bytes[..bytes.len() - 1]), false),
        ("an empty sequence", encode(&[0x30, 0x00]), false),
        ("PEM", format!("-----BEGIN CERTIFICATE-----{CERTIFICATE}"), false),
    ];
    for (context, value, accepted) in rows {
        let body = json!({"userName": "a", "x509Certificates": [{"value": value}]});
        let outcome = resource::create(&crate::support::user_type(), body.clone(), &lenient());
        let expect = if accepted {
            Expect::Stored(json!({"userName": "a", "active": true, "x509Certificates": [{"value": value}]}))
        } else {
            fails("invalidValue")
        };
        check(&format!("C-5: {context}"), outcome, &expect);
    }
    let nothing = create_user(&json!({"x509Certificates": []}));
    assert_eq!(nothing.get("x509Certificates"), None);
}

#[test]
fn instants_are_compared_in_utc() {
    let rows = [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00", 0),
        ("1969-12-31T24:00:00Z", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("1970-01-01T00:00:00.1Z", 100_000),
        ("2024-02-29T23:59:59Z", 1_709_251_199_000_000),
        ("2024-01-01T12:34:56.789+05:30", 1_704_092_696_789_000),
        ("2024-01-01T12:34:56-03:45", 1_704_125_996_000_000),
        ("-0044-03-15T12:00:00Z", -63_549_316_800_000_000),
        ("100000-01-01T00:00:00Z", 3_093_527_980_800_000_000),
    ];
    for (text, microseconds) in rows {
        assert_eq!(date_time::parse(text), Some(microseconds), "A-85, E-13: {text}");
    }
}

#[test]
fn instants_sort_as_text() {
    // E-13, F-5: before 1970, too.
    let ascending = [i64::MIN, -1_000_000, -1, 0, 1, 1_000_000, i64::MAX].map(date_time::key);
    assert!(ascending.is_sorted_by(|left, right| left < right && left.len() == right.len()), "{ascending:?}");
}

#[test]
fn numbers_that_are_close_stay_apart() {
    // E-13: exact beyond 2^53, and equal only if the numbers are.
    let ascending = [
        "-1e300",
        "-9223372036854775808",
        "-9223372036854775807",
        "-12.5",
        "-12",
        "-1.25",
        "-1.2",
        "-1",
        "-0.1",
        "-0.01",
        "-1e-300",
        "0",
        "1e-300",
        "0.0099",
        "0.01",
        "0.1",
        "0.11",
        "1",
        "1.2",
        "1.25",
        "2",
        "9.99",
        "10",
        "12",
        "100",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775806",
        "9223372036854775807",
        "1e19",
        "1e300",
    ];
    let keys: Vec<String> =
        ascending.iter().map(|text| number::key(&text.parse::<Number>().expect("a number")).expect("a key")).collect();
    for (pair, texts) in keys.windows(2).zip(ascending.windows(2)) {
        assert_eq!(pair[0].cmp(&pair[1]), Ordering::Less, "{texts:?}: {pair:?}");
    }
    for same in [["1", "1.0"], ["1000", "1e3"], ["0", "-0.0"], ["0.5", "5e-1"]] {
        let [left, right] = same.map(|text| number::key(&text.parse::<Number>().expect("a number")));
        assert_eq!(left, right, "{same:?}");
    }
}

#[test]
fn keys_compare_as_the_definition_says() {
    let text = Attribute::new("x", Type::String, "");
    let rows = [
        ("A-76 folded", text.clone(), json!(" \u{c9}A "), Some("\u{e9}a")),
        ("A-76 exact", text.clone().case_exact(), json!(" A "), Some(" A ")),
        ("another type has none", text, json!(5), None),
        (
            "K-28 references are exact",
            Attribute::new("x", Type::Reference, ""),
            json!("https://X/A"),
            Some("https://X/A"),
        ),
        ("A-82", Attribute::new("x", Type::Boolean, ""), json!(true), Some("true")),
        ("A-86 padding does not count", Attribute::new("x", Type::Binary, ""), json!("AQI"), Some("AQI=")),
        ("A-85", Attribute::new("x", Type::DateTime, ""), json!("1970-01-01T00:00:00Z"), Some("09223372036854775808")),
        ("A-84", Attribute::new("x", Type::Integer, ""), json!(12), Some("1500212")),
        ("complex values have none", Attribute::complex("x", "", vec![]), json!({}), None),
    ];
    for (context, attribute, value, expected) in rows {
        assert_eq!(key(&attribute, &value).as_deref(), expected, "{context}");
    }
}
