//! What holds for every filter, document and PATCH, and not only for those in the tables (L-2, L-3).
#![cfg(test)]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rollcall_scim::condition::{Condition, resolve};
use rollcall_scim::filter::{AttributePath, CompareOperator, Filter, Limits, Literal, parse};
use rollcall_scim::patch::{self, Op, Operation};
use rollcall_scim::search_document::search_document;
use rollcall_scim::{Catalog, Resource, Tolerances, path, resource};
use serde_json::{Map, Value, json};

const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

proptest! {
    #[test]
    fn a_filter_survives_printing(filter in any_filter()) {
        let limits = Limits { length: usize::MAX, depth: 64, terms: usize::MAX };
        let printed = filter.to_string();
        let parsed = parse(&printed, &limits, &Tolerances::strict());
        prop_assert_eq!(parsed.as_ref(), Ok(&filter), "{}", printed);
    }

    #[test]
    fn not_complements_a_filter_on_any_user(filter in user_filter(), document in user_document()) {
        let negated = Filter::Not(Box::new(filter.clone()));
        prop_assert_ne!(matches(&filter, &document), matches(&negated, &document), "{}", filter);
    }

    #[test]
    fn ne_is_not_eq_outside_brackets(leaf in user_leaf(), document in user_document()) {
        // K-4.
        if let Filter::Compare { path, value, .. } = leaf {
            let with = |operator| Filter::Compare { path: path.clone(), operator, value: value.clone() };
            let (equal, unequal) = (with(CompareOperator::Equal), with(CompareOperator::NotEqual));
            prop_assert_ne!(matches(&equal, &document), matches(&unequal, &document), "{}", equal);
        }
    }

    #[test]
    fn parsing_never_panics(text in any::<String>(), words in vec(filter_word(), 0..40)) {
        for text in [text, words.concat(), words.join(" ")] {
            for tolerances in [Tolerances::lenient(), Tolerances::strict()] {
                if let Ok(filter) = parse(&text, &Limits::default(), &tolerances) {
                    let _ = resolve(&filter, Catalog::rollcall().user(), &tolerances);
                    let printed = filter.to_string();
                    prop_assert_eq!(parse(&printed, &Limits { length: usize::MAX, ..Limits::default() }, &tolerances), Ok(filter));
                }
                let _ = path::parse(&text, Catalog::rollcall().user(), &tolerances);
            }
        }
    }

    #[test]
    fn setting_what_is_set_changes_nothing(user in user(), op in select(vec![Op::Add, Op::Replace])) {
        // G-6, A-40: by one operation for all attributes, and by one for each.
        let catalog = Catalog::rollcall();
        let at = |name: &str| if name == ENT { None } else { Some(name.to_owned()) };
        let each = user.attributes().iter().filter(|(name, _)| *name != ENT);
        let mut operations: Vec<_> =
            each.map(|(name, value)| Operation { op, path: at(name), value: Some(value.clone()) }).collect();
        operations.push(Operation { op, path: None, value: Some(Value::Object(user.attributes().clone())) });
        for tolerances in [Tolerances::lenient(), Tolerances::strict()] {
            let patched = patch::apply(catalog.user(), "id", &user, &operations, &tolerances).unwrap();
            prop_assert!(!patched.changed, "{} became {}", user.to_document(), patched.resource.to_document());
            prop_assert_eq!(&patched.resource, &user);
        }
    }

    #[test]
    fn removing_twice_is_removing_once(user in user(), path in patch_path()) {
        let catalog = Catalog::rollcall();
        let remove = [Operation { op: Op::Remove, path: Some(path), value: None }];
        if let Ok(once) = patch::apply(catalog.user(), "id", &user, &remove, &Tolerances::lenient()) {
            let twice = patch::apply(catalog.user(), "id", &once.resource, &remove, &Tolerances::lenient()).unwrap();
            prop_assert!(!twice.changed);
        }
    }

    #[test]
    fn whatever_patch_accepts_is_a_resource(
        user in user(),
        operations in vec((select(vec!["add", "remove", "Replace", "test"]), option::of(patch_path()), option::of(value())), 0..4),
        wild in value(),
    ) {
        let catalog = Catalog::rollcall();
        let listed: Vec<Value> = operations.into_iter().map(|(op, path, value)| {
            let mut operation = json!({"op": op, "path": path});
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        }).collect();
        for tolerances in [Tolerances::lenient(), Tolerances::strict()] {
            let _ = patch::parse(wild.clone(), &tolerances, 10);
            let body = json!({"schemas": [patch::PATCH_URN], "Operations": listed});
            let Ok(operations) = patch::parse(body, &tolerances, 10) else { continue };
            for resource_type in [catalog.user(), catalog.group()] {
                let Ok(patched) = patch::apply(resource_type, "id", &user, &operations, &tolerances) else { continue };
                if !patched.changed {
                    continue;
                }
                prop_assert!(resource::check(resource_type, &patched.resource).is_ok());
                // Only what a client could have pushed as it is (A-70): reading it again changes nothing.
                let mut body = patched.resource.attributes().clone();
                body.insert("schemas".to_owned(), json!(patched.resource.schemas(resource_type)));
                if resource_type.name == "User" {
                    let again = resource::create(resource_type, Value::Object(body), &Tolerances::lenient());
                    let mut expected = patched.resource.clone();
                    expected.attributes_mut().entry("active").or_insert(Value::Bool(true));
                    prop_assert_eq!(again.as_ref(), Ok(&expected));
                }
            }
        }
    }
}

fn matches(filter: &Filter, document: &Map<String, Value>) -> bool {
    let condition: Condition = resolve(filter, Catalog::rollcall().user(), &Tolerances::strict()).unwrap();
    condition.matches(document)
}

fn any_path() -> impl Strategy<Value = AttributePath> {
    let name = "[A-Z][a-zA-Z0-9_$-]{0,5}";
    (option::of("urn(:[a-z0-9.]{1,4}){1,3}"), name, option::of("[$]?[a-z][a-zA-Z0-9_-]{0,5}"))
        .prop_filter("`not` is a keyword", |(_, name, _)| !name.eq_ignore_ascii_case("not"))
        .prop_map(|(urn, name, sub)| AttributePath { urn, name, sub })
}

fn any_literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<String>().prop_map(Literal::String),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        any::<f64>().prop_filter_map("finite", |number| serde_json::Number::from_f64(number).map(Literal::Number)),
        any::<bool>().prop_map(Literal::Boolean),
        Just(Literal::Null),
    ]
}

fn any_operator() -> impl Strategy<Value = CompareOperator> {
    select(CompareOperator::ALL.to_vec())
}

fn any_leaf() -> impl Strategy<Value = Filter> {
    prop_oneof![
        any_path().prop_map(Filter::Present),
        (any_path(), any_operator(), any_literal()).prop_map(|(path, operator, value)| Filter::Compare {
            path,
            operator,
            value
        }),
    ]
}

/// Filters made of leaves by `and`, `or` and `not`.
fn logic(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn any_filter() -> impl Strategy<Value = Filter> {
    // E-5: inside brackets `$ref` is a name.
    let reference = Filter::Present(AttributePath { urn: None, name: "$ref".to_owned(), sub: None });
    let element = (any_path(), logic(prop_oneof![4 => any_leaf(), 1 => Just(reference)]))
        .prop_map(|(path, filter)| Filter::Element { path, filter: Box::new(filter) });
    logic(prop_oneof![3 => any_leaf(), 1 => element])
}

/// Tests that mean something for a user.
fn user_leaf() -> impl Strategy<Value = Filter> {
    let texts = [
        r#"userName eq "a""#,
        r#"userName sw "B""#,
        r#"title co "a""#,
        r#"title gt "a""#,
        "title eq null",
        "title pr",
        "name pr",
        r#"name.givenName eq "b""#,
        "active eq true",
        "active pr",
        "emails pr",
        r#"emails eq "a""#,
        r#"emails.type eq "work""#,
        "emails.primary eq false",
        "emails.primary eq true",
        "emails eq null",
        r#"externalId le "B""#,
        r#"roles.value ew "b""#,
        "groups pr",
        "meta.created pr",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"a\"",
        r#"emails[type eq "work" and not (value eq "a")]"#,
        "emails[primary eq false or type pr]",
    ];
    select(texts.to_vec()).prop_map(|text| parse(text, &Limits::default(), &Tolerances::strict()).unwrap())
}

fn user_filter() -> impl Strategy<Value = Filter> {
    logic(user_leaf())
}

fn user_document() -> impl Strategy<Value = Map<String, Value>> {
    user().prop_map(|user| search_document(Catalog::rollcall().user(), &user, "id"))
}

/// Users over few words, so that they meet the filters.
fn user() -> impl Strategy<Value = Resource> {
    let word = || select(vec!["a", "b", "B", "work", "home", "\u{e9}"]);
    let kind = select(vec!["work", "home", "other"]);
    let email = (option::of(word()), option::of(kind), option::of(any::<bool>()));
    let parts = (word(), option::of(word()), option::of(word()), any::<bool>(), vec(email, 0..4), option::of(word()));
    parts.prop_map(|(user_name, title, given_name, active, emails, department)| {
        let mut has_primary = false;
        let emails: Vec<Value> = emails
            .into_iter()
            .map(|(value, kind, primary)| {
                let primary = primary.filter(|primary| !primary || !std::mem::replace(&mut has_primary, true));
                json!({"value": value, "type": kind, "primary": primary})
            })
            .collect();
        let body = json!({"userName": user_name, "title": title, "name": {"givenName": given_name}, "active": active,
            "emails": emails, "roles": [{"value": user_name}], ENT: {"department": department}});
        resource::create(Catalog::rollcall().user(), body, &Tolerances::lenient()).unwrap()
    })
}

fn filter_word() -> impl Strategy<Value = String> {
    let words = [
        "emails",
        "userName",
        "name.givenName",
        "[",
        "]",
        "(",
        ")",
        "and",
        "or",
        "not",
        "eq",
        "pr",
        "co",
        "\"a\"",
        "\"",
        "true",
        "null",
        "7",
        "type",
        ".value",
        " ",
        "  ",
        ".",
        ":",
        "urn:x:y",
        "\\",
        "\u{e9}",
        "-",
        "1e999",
    ];
    select(words.to_vec()).prop_map(str::to_owned)
}

fn patch_path() -> impl Strategy<Value = String> {
    let paths = [
        "userName",
        "title",
        "name",
        "name.givenName",
        "active",
        "emails",
        "emails.value",
        "emails.primary",
        r#"emails[type eq "work"]"#,
        r#"emails[type eq "work"].value"#,
        "emails[primary eq true].value",
        r#"emails[type eq "new" and primary eq true].value"#,
        "emails[value pr].type",
        "emails[not (value pr)]",
        "roles",
        "schemas",
        "id",
        "meta",
        "groups",
        "password",
        "members",
        r#"members[value eq "a"]"#,
        "displayName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        r#"schemas[value sw "urn:ietf:params:scim:schemas:extension"]"#,
        "x509Certificates",
        "addresses[type eq 5]",
    ];
    prop_oneof![9 => select(paths.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

/// JSON that looks a little like attributes.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::from),
        select(vec!["", "a", "b", "work", "True", " ", ENT]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop_oneof![
        8 => select(vec![
            "value", "type", "primary", "display", "$ref", "userName", "name", "name.givenName", "givenName", "emails",
            "title", "active", "schemas", "id", "members", "groups", "meta", "manager", "Operations", "op", "path", ENT,
            r#"emails[type eq "work"].value"#,
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(3, 16, 3, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec((key.clone(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
