//! Queries, search requests, sorting and list responses (RFC 7644 §3.4.2 and §3.4.3, RFC 9865).
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use rollcall_scim::list::{ListLimits, ListQuery, ListResponse, Page, Paging, parse_query};
use rollcall_scim::sort::{SortRequest, SortTarget, resolve};
use rollcall_scim::{Catalog, ScimError, ScimType, Tolerances};
use serde_json::{Value, json};

fn limits() -> ListLimits {
    ListLimits { default_count: 100, max_count: 200, filter: rollcall_scim::filter::Limits::default() }
}

fn get(raw: &str, tolerances: &Tolerances) -> Result<ListQuery, ScimError> {
    ListQuery::from_parameters(&parse_query(raw)?, &limits(), tolerances)
}

fn search(members: &Value, tolerances: &Tolerances) -> Result<ListQuery, ScimError> {
    let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    ListQuery::from_search_request(body, &limits(), tolerances)
}

fn refusal(error: &ScimError) -> (u16, Option<ScimType>) {
    (error.status(), error.scim_type())
}

#[track_caller]
fn check_page(id: &str, raw: &str, page: &Page) {
    assert_eq!(get(raw, &Tolerances::strict()).unwrap().page, *page, "{id}: {raw}");
}

#[track_caller]
fn check_refused(id: &str, raw: &str, expected: ScimType) {
    let error = get(raw, &Tolerances::lenient()).unwrap_err();
    assert_eq!(refusal(&error), (400, Some(expected)), "{id}: {raw}: {error}");
}

const fn index(start_index: u64, count: u64) -> Page {
    Page::Index { start_index, count }
}

fn cursor(cursor: Option<&str>, count: u64) -> Page {
    Page::Cursor { cursor: cursor.map(str::to_owned), count }
}

#[test]
fn pages_by_index() {
    check_page("F-8", "", &index(1, 100));
    check_page("F-8", "startIndex=0", &index(1, 100));
    check_page("F-8", "startIndex=-5", &index(1, 100));
    check_page("F-11", "startIndex=11&count=10", &index(11, 10));
    check_page("F-8", "startIndex=99999999999999999999", &index(i64::MAX as u64, 100));
    check_page("F-8", "startIndex=-99999999999999999999", &index(1, 100));
    check_page("F-9", "count=0", &index(1, 0));
    check_page("F-9", "count=-1", &index(1, 0));
    check_page("F-9", "count=200", &index(1, 200));
    check_page("F-9", "count=201", &index(1, 200));
    check_page("F-9", "count=99999999999999999999", &index(1, 200));
    check_page("F-22", "count=3", &index(1, 3));
    check_page("A-10", "foo=bar&aadOptscim062020", &index(1, 100));
    for number in ["x", "", "1.0", "1e1", " 1", "--1", "0x1", "-"] {
        check_refused("F-8", &format!("startIndex={number}"), ScimType::InvalidValue);
        check_refused("F-9", &format!("count={number}"), ScimType::InvalidValue);
    }
}

#[test]
fn pages_by_cursor() {
    check_page("F-15", "cursor", &cursor(None, 100));
    check_page("F-15", "cursor=", &cursor(None, 100));
    check_page("F-15", "cursor=ab-_&count=5", &cursor(Some("ab-_"), 5));
    check_page("F-18", "cursor&count=-3", &cursor(None, 0));
    check_page("F-19", "cursor&count=1000", &cursor(None, 200));
    check_refused("F-23", "cursor=&startIndex=1", ScimType::InvalidValue);
}

#[test]
fn query_strings_are_decoded_once() {
    for (id, raw, expected) in [
        ("A-11", "filter=a+b%2Bc%20d", vec![("filter", "a b+c d")]),
        ("A-11", "a=%2541", vec![("a", "%41")]),
        ("A-11", "a=%C3%A9&b=é", vec![("a", "é"), ("b", "é")]),
        ("A-11", "a%3Db=c=d", vec![("a=b", "c=d")]),
        ("A-10", "?&&a&?b=1&", vec![("a", ""), ("b", "1")]),
        ("A-10", "", vec![]),
    ] {
        let got = parse_query(raw).unwrap();
        let got: Vec<(&str, &str)> = got.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(got, expected, "{id}: {raw}");
    }
    for escape in ["%", "%2", "%zz", "%+1", "%C3", "%FF", "%ED%A0%80"] {
        check_refused("A-11", &format!("sortBy={escape}"), ScimType::InvalidSyntax);
        check_refused("A-11", &format!("filter={escape}"), ScimType::InvalidFilter);
        check_refused("A-11", &format!("{escape}=1"), ScimType::InvalidSyntax);
    }
}

#[test]
fn what_may_occur_once_occurs_once() {
    for name in ["startIndex", "count", "cursor", "sortBy", "sortOrder", "attributes", "excludedAttributes"] {
        check_refused("A-92", &format!("{name}=1&{name}=1"), ScimType::InvalidValue);
    }
    check_refused("A-92", "filter=id+pr&filter=id+pr", ScimType::InvalidFilter);
    check_refused("A-92", "filter=id+pr&Filter=id+pr", ScimType::InvalidFilter);
    assert!(get("foo=1&foo=2", &Tolerances::strict()).is_ok(), "A-10");
}

#[test]
fn filters_are_never_silently_dropped() {
    check_refused("EF-66", "filter=", ScimType::InvalidFilter);
    check_refused("EF-66", "filter=userName", ScimType::InvalidFilter);
    assert!(get("Filter=userName+pr", &Tolerances::lenient()).unwrap().filter.is_some(), "E-11");
    assert!(get("filter=userName+eq+%22a%22", &Tolerances::strict()).unwrap().filter.is_some(), "E-2");
}

#[test]
fn sort_requests() {
    let sort = |raw: &str| get(raw, &Tolerances::strict()).map(|query| query.sort);
    let by = |by: &str, descending| Some(SortRequest { by: by.to_owned(), descending });
    for (id, raw, expected) in [
        ("F-2", "sortBy=userName", by("userName", false)),
        ("F-2", "sortBy=userName&sortOrder=ascending", by("userName", false)),
        ("F-2", "sortBy=userName&sortOrder=descending", by("userName", true)),
        ("F-2", "sortOrder=descending", None),
        ("F-2", "sortOrder=upwards", None),
        ("F-33", "sortBy=&sortOrder=descending", None),
    ] {
        assert_eq!(sort(raw).unwrap(), expected, "{id}: {raw}");
    }
    assert_eq!(
        refusal(&sort("sortBy=userName&sortOrder=Ascending").unwrap_err()).1,
        Some(ScimType::InvalidValue),
        "F-2"
    );
    assert!(get("sortBy=userName&sortOrder=Ascending", &Tolerances::lenient()).is_ok(), "K-47");
    check_refused("F-2", "sortBy=userName&sortOrder=upwards", ScimType::InvalidValue);
}

/// `Ok`: the key and sub-key sorted by, and whether it is the first element of a list.
#[track_caller]
fn check_sort(id: &str, by: &str, root: bool, expected: Result<(&str, Option<&str>, bool), ScimType>) {
    let catalog = Catalog::rollcall();
    let types = if root { vec![catalog.user(), catalog.group()] } else { vec![catalog.user()] };
    let got = resolve(&SortRequest { by: by.to_owned(), descending: true }, &types);
    let got = got.map(|key| match key.target {
        SortTarget::Value(field) => (field.name, field.sub, false),
        SortTarget::FirstElement { attribute, sub } => (attribute, Some(sub), true),
    });
    let got = got.as_ref().map(|(name, sub, list)| (name.as_str(), sub.as_deref(), *list));
    assert_eq!(got.map_err(|error| error.scim_type().unwrap()), expected, "{id}: {by}");
}

#[test]
fn orders_are_looked_up() {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let department = format!("{}:department", enterprise.to_lowercase());
    let manager = format!("{}:manager", enterprise.to_lowercase());
    check_sort("F-2", "USERNAME", false, Ok(("username", None, false)));
    check_sort("F-3", "meta.lastModified", false, Ok(("meta", Some("lastmodified"), false)));
    check_sort("F-3", "active", false, Ok(("active", None, false)));
    check_sort("F-3", "id", false, Ok(("id", None, false)));
    check_sort("F-3", "name.familyName", false, Ok(("name", Some("familyname"), false)));
    check_sort("F-5", "emails", false, Ok(("emails", Some("value"), true)));
    check_sort("F-5", "emails.type", false, Ok(("emails", Some("type"), true)));
    check_sort("F-6", "urn:ietf:params:scim:schemas:core:2.0:User:userName", false, Ok(("username", None, false)));
    check_sort("F-6", &format!("{enterprise}:department"), false, Ok((&department, None, false)));
    check_sort("F-6", &format!("{enterprise}:manager.value"), false, Ok((&manager, Some("value"), false)));
    check_sort("E-20", "userName", true, Ok(("username", None, false)));
    check_sort("E-20", "displayName", true, Ok(("displayname", None, false)));
    for (id, by) in [
        ("F-5", "name"),
        ("F-5", "addresses"),
        ("F-5", "meta"),
        ("F-6", "password"),
        ("F-6", "shoeSize"),
        ("F-6", "emails.colour"),
        ("F-6", "emails[type eq \"work\"]"),
        ("F-6", "emails[type eq \"work\"].value"),
        ("F-6", "department"),
        ("F-6", "groups.value"),
        ("F-6", "userName,id"),
        ("C-14", "urn:ietf:params:scim:schemas:core:2.0:User:password"),
    ] {
        check_sort(id, by, false, Err(ScimType::InvalidValue));
    }
}

#[test]
fn a_search_request_is_the_same_question() {
    let strict = Tolerances::strict();
    for (id, raw, body) in [
        ("F-36", "", json!({})),
        (
            "F-36",
            "filter=userName+pr&startIndex=3&count=2",
            json!({"filter": "userName pr", "startIndex": 3, "count": 2}),
        ),
        ("F-36", "sortBy=title&sortOrder=descending", json!({"sortBy": "title", "sortOrder": "descending"})),
        ("F-30", "attributes=userName,title", json!({"attributes": ["userName", "title"]})),
        ("F-30", "excludedAttributes=name", json!({"excludedAttributes": ["name"]})),
        ("F-26", "cursor=&count=7", json!({"cursor": "", "count": 7})),
        ("F-26", "cursor=abc", json!({"cursor": "abc"})),
        ("A-70", "", json!({"filter": null, "count": null})),
    ] {
        let (get, search) = (get(raw, &strict).unwrap(), search(&body, &strict).unwrap());
        assert_eq!(get.digest_input, search.digest_input, "{id}: {raw}");
        assert_eq!(format!("{get:?}"), format!("{search:?}"), "{id}: {raw}");
    }
}

#[test]
fn search_requests_are_checked() {
    let lenient = Tolerances::lenient();
    for (id, body) in [
        ("F-37", json!({"count": "10"})),
        ("F-37", json!({"startIndex": 1.5})),
        ("F-37", json!({"startIndex": 1.0})),
        ("F-37", json!({"filter": 1, "cursor": 3})),
        ("F-37", json!({"attributes": [1]})),
        ("F-37", json!({"attributes": {"a": 1}})),
        ("F-37", json!({"sortBy": ["a"]})),
        ("F-23", json!({"cursor": "", "startIndex": 1})),
    ] {
        let error = search(&body, &lenient).unwrap_err();
        assert_eq!(refusal(&error), (400, Some(ScimType::InvalidValue)), "{id}: {body}");
    }
    let huge: Value =
        serde_json::from_str("{\"startIndex\": 99999999999999999999, \"count\": -99999999999999999999}").unwrap();
    assert_eq!(search(&huge, &lenient).unwrap().page, index(i64::MAX as u64, 0), "F-8");
    for (id, body) in [
        ("F-37", json!({})),
        ("F-37", json!({"schemas": []})),
        ("F-37", json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]})),
        ("F-37", json!({"schemas": "urn:ietf:params:scim:api:messages:2.0:SearchRequest"})),
        ("F-37", json!([])),
    ] {
        let error = ListQuery::from_search_request(body.clone(), &limits(), &lenient).unwrap_err();
        assert_eq!(refusal(&error), (400, Some(ScimType::InvalidSyntax)), "{id}: {body}");
    }
}

#[test]
fn search_tolerances_can_be_switched_off() {
    for (id, body, refused) in [
        ("F-30", json!({"attributes": "userName,title"}), ScimType::InvalidValue),
        ("K-47", json!({"Filter": "id pr"}), ScimType::InvalidSyntax),
        ("A-90", json!({"colour": "red"}), ScimType::InvalidSyntax),
        ("F-31", json!({"attributes": ["a"], "excludedAttributes": ["b"]}), ScimType::InvalidValue),
    ] {
        assert!(search(&body, &Tolerances::lenient()).is_ok(), "{id}: {body}");
        let error = search(&body, &Tolerances::strict()).unwrap_err();
        assert_eq!(refusal(&error), (400, Some(refused)), "{id}: {body}");
    }
}

#[test]
fn the_digest_covers_all_but_cursor_and_count() {
    let digest = |raw: &str| get(raw, &Tolerances::lenient()).unwrap().digest_input;
    let first = digest("cursor&count=5&filter=title+pr&sortBy=title");
    assert_eq!(first, digest("sortBy=title&count=6&cursor=abc&foo=1&filter=title+pr"), "F-17");
    for other in [
        "filter=title+pr",
        "filter=title+pr&sortBy=userName",
        "filter=title+pr&sortBy=title&sortOrder=descending",
        "filter=title+pr&sortBy=title&attributes=title",
        "filter=title+pr&sortBy=title&excludedAttributes=title",
    ] {
        assert_ne!(first, digest(other), "F-17: {other}");
    }
    assert_ne!(digest("attributes=a"), digest("excludedAttributes=a"), "F-17");
}

#[test]
fn list_responses() {
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]);
    let by_index = Paging::Index { total_results: 3, start_index: 9 };
    let response = ListResponse { resources: vec![], paging: by_index };
    let expected = json!({"schemas": schemas, "totalResults": 3, "startIndex": 9, "itemsPerPage": 0, "Resources": []});
    assert_eq!(response.into_value(), expected, "F-10, F-11, E-28, K-31");
    let one = vec![json!({"id": "1"})];
    let middle = Paging::Cursor { total_results: Some(3), next: Some("abc".to_owned()) };
    let expected =
        json!({"schemas": schemas, "totalResults": 3, "itemsPerPage": 1, "nextCursor": "abc", "Resources": one});
    assert_eq!(ListResponse { resources: one.clone(), paging: middle }.into_value(), expected, "F-15");
    let last = Paging::Cursor { total_results: None, next: None };
    let expected = json!({"schemas": schemas, "itemsPerPage": 1, "Resources": one});
    assert_eq!(ListResponse { resources: one, paging: last }.into_value(), expected, "F-18, F-20");
}
