//! Reading bodies.

use rollcall_scim::json::{Limits, parse};
use serde_json::{Value, json};

const LIMITS: Limits = Limits { depth: 4, array: 3 };

#[test]
fn what_serde_json_reads_is_read_alike() {
    for text in [
        "null",
        "true",
        "1",
        "-1",
        "18446744073709551615",
        "0.1",
        "1e3",
        "\"\\u00e9\\ud83d\\ude00\"",
        "[[[[]]]]",
        "{\"b\":1,\"a\":{\"b\":[1,2,3]}}",
        " {} \n",
    ] {
        let expected: Value = serde_json::from_str(text).expect("JSON");
        let found = parse(text.as_bytes(), &LIMITS).expect(text);
        assert_eq!(found.to_string(), expected.to_string(), "{text}");
    }
}

#[test]
fn what_is_not_one_clean_value_is_invalid_syntax() {
    let rows: [(&str, &[u8]); 22] = [
        ("A-1 not UTF-8", b"\"\xff\""),
        ("A-1 cut off in a character", b"\"\xc3"),
        ("A-9 nothing", b""),
        ("A-9 cut off", b"{\"a\":"),
        ("A-9 trailing garbage", b"{} x"),
        ("A-9 two values", b"{}{}"),
        ("A-9 comment", b"{} // x"),
        ("A-9 comment inside", b"{/* x */}"),
        ("A-9 NaN", b"NaN"),
        ("A-9 infinity", b"[Infinity]"),
        ("A-9 a number out of range", b"1e999"),
        ("A-9 unpaired surrogate", b"\"\\ud800\""),
        ("A-9 unpaired low surrogate", b"\"\\udc00x\""),
        ("A-9 a byte order mark", b"\xef\xbb\xbf{}"),
        ("A-9 a trailing comma", b"[1,]"),
        ("A-9 a raw control character", b"\"a\nb\""),
        ("A-9 a name twice", b"{\"a\":1,\"a\":1}"),
        ("A-9 a name twice but for case", b"{\"userName\":1,\"b\":2,\"USERNAME\":1}"),
        ("A-9 a name twice inside", b"[{\"x\":{\"\xc3\xa9\":1,\"\xc3\x89\":1}}]"),
        ("A-9 deeper than the limit", b"[[[[[]]]]]"),
        ("A-9 deeper than the limit in objects", b"{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}"),
        ("A-9 longer than the limit", b"[1,2,3,4]"),
    ];
    for (context, bytes) in rows {
        let error = parse(bytes, &LIMITS).expect_err(context);
        assert_eq!((error.status(), error.to_body()["scimType"].clone()), (400, json!("invalidSyntax")), "{context}");
    }
}

#[test]
fn depth_beyond_any_stack_is_refused() {
    let deep = "[".repeat(1_000_000);
    let limits = Limits { depth: usize::MAX, array: usize::MAX };
    assert!(parse(deep.as_bytes(), &limits).is_err(), "A-9");
}
