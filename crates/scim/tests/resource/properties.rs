//! What holds for every body and value.

use proptest::{collection::vec, prelude::*};
use rollcall_scim::{
    json::{Limits, parse},
    resource,
    schema::{Attribute, Type},
    search_document::{key, search_document},
    value::{date_time, number},
};
use serde_json::{Map, Number, Value, json};

use crate::support::{ENT, ROLLCALL, USER, device_type, group_type, lenient, rendered, strict, user_type};

/// Names that mean something, in some case, and some that do not.
fn names() -> impl Strategy<Value = String> {
    let known = vec![
        "schemas",
        "id",
        "externalId",
        "meta",
        "userName",
        "name",
        "givenName",
        "emails",
        "value",
        "type",
        "primary",
        "display",
        "$ref",
        "active",
        "addresses",
        "country",
        "x509Certificates",
        "roles",
        "groups",
        "members",
        "manager",
        "displayName",
        "password",
        "serial",
        "slots",
        "weight",
        "bought",
        "tags",
        "owner",
        "maker",
        "team",
        ENT,
        ROLLCALL,
    ];
    (prop::sample::select(known), 0..4_u8).prop_map(|(name, style)| match style {
        0 => name.to_uppercase(),
        1 => format!("{name}x"),
        _ => name.to_owned(),
    })
}

fn texts() -> impl Strategy<Value = Value> {
    let known = vec!["", "True", "work", "US", "AQID", "2024-01-01T00:00:00Z", USER, ENT, "https://x/Users/u1", "a\nb"];
    prop_oneof![prop::sample::select(known).prop_map(Value::from), any::<String>().prop_map(Value::from)]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts(),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let members = vec((names(), inner.clone()), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::Array),
            members.prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

fn bodies() -> impl Strategy<Value = Value> {
    vec((names(), values()), 0..12).prop_map(|members| Value::Object(Map::from_iter(members)))
}

/// User bodies that are mostly accepted.
fn user_bodies() -> impl Strategy<Value = Value> {
    let text = || "[ -~\u{e9}\u{c9}]{0,6}".prop_map(Value::from);
    let element = (text(), prop::option::of(prop::sample::select(vec!["work", "HOME", ""])))
        .prop_map(|(value, kind)| json!({"value": value, "type": kind}));
    let manager = prop_oneof![Just(json!(null)), text(), text().prop_map(|id| json!([{"value": id}]))];
    (text(), vec(element, 0..4), manager, text(), prop::option::of(any::<bool>())).prop_map(
        |(title, emails, manager, division, active)| {
            json!({"userName": "alice", "TITLE": title, "emails": emails, "active": active,
                   ENT: {"manager": manager, "Division": division}})
        },
    )
}

proptest! {
    #[test]
    fn no_body_panics(body in prop_oneof![values(), bodies()]) {
        for kind in [user_type(), group_type(), device_type()] {
            for tolerances in [lenient(), strict()] {
                if let Ok(resource) = resource::create(&kind, body.clone(), &tolerances) {
                    search_document(&kind, &resource, "x");
                }
                let stored = resource::create(&user_type(), json!({"userName": "a"}), &lenient()).expect("a user");
                let _ = resource::replace(&kind, &stored, "x", body.clone(), &tolerances);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..64), text in "[{}\\[\\]\",:a-bE0-9.\\\\u-]{0,40}") {
        let _ = parse(&bytes, &Limits::default());
        let _ = parse(text.as_bytes(), &Limits::default());
    }

    #[test]
    fn parsing_agrees_with_serde_json(value in values()) {
        let text = value.to_string();
        if let Ok(found) = parse(text.as_bytes(), &Limits::default()) {
            prop_assert_eq!(found, serde_json::from_str::<Value>(&text).expect("its own text"));
        }
    }

    /// to echo an answer changes nothing, neither what is stored nor its text.
    #[test]
    fn put_of_get_changes_nothing(body in user_bodies()) {
        let kind = user_type();
        if let Ok(user) = resource::create(&kind, body, &lenient()) {
            let again = resource::replace(&kind, &user, "u1", rendered(&kind, &user, "u1"), &lenient()).expect("an echo");
            prop_assert_eq!(again.to_document(), user.to_document());
            prop_assert_eq!(search_document(&kind, &again, "u1"), search_document(&kind, &user, "u1"));
        }
    }

    #[test]
    fn normalising_twice_is_normalising_once(value in values()) {
        for attribute in user_type().schema.attributes.iter().chain(&device_type().schema.attributes) {
            if let Ok(Some(once)) = resource::normalize(attribute, value.clone(), &lenient()) {
                let twice = resource::normalize(attribute, once.clone(), &lenient());
                prop_assert_eq!(twice, Ok(Some(once)), "{}", attribute.name);
            }
        }
    }

    /// E-13: the text order of integers is their order, at any size.
    #[test]
    fn integers_sort_as_numbers(left in any::<i64>(), right in any::<i64>()) {
        let text = |value: i64| number::key(&Number::from(value)).expect("a key");
        prop_assert_eq!(text(left).cmp(&text(right)), left.cmp(&right));
    }

    #[test]
    fn decimals_sort_as_numbers(left in any::<f64>(), right in any::<f64>(), near in -1_000_000..1_000_000_i64) {
        let near = f64::from(i32::try_from(near).expect("small")) / 1_000.0;
        for (left, right) in [(left, right), (left, near), (near, right), (near, near + 0.001)] {
            if let (Some(a), Some(b)) = (Number::from_f64(left), Number::from_f64(right)) {
                let keys = (number::key(&a).expect("a key"), number::key(&b).expect("a key"));
                prop_assert_eq!(keys.0.cmp(&keys.1), left.partial_cmp(&right).expect("finite"), "{:?}", keys);
            }
        }
    }

    #[test]
    fn instants_sort_as_they_follow(left in any::<i64>(), right in any::<i64>()) {
        prop_assert_eq!(date_time::key(left).cmp(&date_time::key(right)), left.cmp(&right));
    }

    /// An offset moves the text of an instant, not the instant.
    #[test]
    fn offsets_do_not_matter(day in 1..28_u32, hour in 0..24_u32, minute in 0..60_u32, offset in 0..840_i64, east in any::<bool>()) {
        let local = format!("2024-06-{day:02}T{hour:02}:{minute:02}:00");
        let sign = if east { '+' } else { '-' };
        let shifted = format!("{local}{sign}{:02}:{:02}", offset / 60, offset % 60);
        let moved = if east { -offset } else { offset } * 60_000_000;
        prop_assert_eq!(date_time::parse(&shifted), date_time::parse(&local).map(|utc| utc + moved));
        let attribute = Attribute::new("x", Type::DateTime, "");
        prop_assert_eq!(key(&attribute, &json!(shifted)), date_time::parse(&shifted).map(date_time::key));
    }
}
