//! Filters against a small directory: the table EF-* of the requirements, lenient and strict.
#![cfg(test)]

#[path = "filter/custom.rs"]
mod custom;
#[path = "filter/syntax.rs"]
mod syntax;

use rollcall_scim::condition::{Condition, resolve, resolve_root};
use rollcall_scim::filter::{Limits, parse};
use rollcall_scim::schema::{ResourceType, common};
use rollcall_scim::search_document::{key, search_document};
use rollcall_scim::{Catalog, ScimError, ScimType, Tolerance, Tolerances, resource};
use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Filter, what it finds in lenient mode, what in strict mode; `400` for `invalidFilter`.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

#[test]
fn comparisons_of_strings() {
    // E-2, E-12, E-13, E-15; E-19 for what is absent.
    check(
        "/Users",
        &[
            ("EF-1", r#"userName eq "bjensen""#, "U1", "U1"),
            ("EF-2", r#"userName eq "BJENSEN""#, "U1", "U1"),
            ("EF-3", r#"USERNAME Eq "bjensen""#, "U1", "U1"),
            ("EF-5", r#"URN:IETF:params:scim:schemas:core:2.0:user:username sw "j""#, "U2", "U2"),
            ("EF-6", r#"userName co "S""#, "U1 U2", "U1 U2"),
            ("EF-7", r#"userName ew "EN""#, "U1", "U1"),
            ("EF-9", r#"id eq "U1""#, "", ""),
            ("EF-10", r#"externalId eq "EX-1""#, "U1", "U1"),
            ("EF-11", r#"externalId eq "ex-1""#, "", ""),
            ("EF-13", "not (title pr)", "U2", "U2"),
            ("EF-13", "not(title pr)", "U2", "U2"),
            ("EF-14", r#"title eq "MANAGER""#, "U3", "U3"),
            ("EF-15", r#"title ne "manager""#, "U1 U2", "U1 U2"),
            ("EF-17", r#"title le "Manager""#, "U3", "U3"),
            ("EF-29", r#"name.familyName co "O'Malley""#, "U2", "U2"),
            ("EF-30", r#"name.familyName eq "jensen" and active eq true"#, "U1", "U1"),
            ("EF-63", r#"title eq """#, "", ""),
            ("EF-63", r#"title co """#, "U1 U3", "U1 U3"),
            ("EF-69", r#"userName eq "a\"b""#, "", ""),
            ("EF-69", r#"userName eq "\u0062jensen""#, "U1", "U1"),
            ("EF-85", "displayName eq \"ZOE\u{308}\"", "U3", "U3"),
            ("EF-95", r#"emails.value eq "BJENSEN@EXAMPLE.COM""#, "U1", "U1"),
            // E-15: white space at the ends does not make another name, inside a part it counts.
            ("E-15", r#"userName eq " bjensen ""#, "U1", "U1"),
            ("E-15", r#"title co "r g""#, "U1", "U1"),
            ("E-15", r#"title co "our ""#, "U1", "U1"),
            ("E-15", r#"title co " tour""#, "", ""),
            ("E-15", r#"title sw "tour ""#, "U1", "U1"),
            ("E-15", r#"title ew " guide ""#, "U1", "U1"),
            ("E-15", r#"title co "guide ""#, "", ""),
            ("EF-11", r#"externalId sw "EX""#, "U1", "U1"),
            ("EF-11", r#"externalId co "x-""#, "", ""),
        ],
    );
}

#[test]
fn booleans_instants_and_null() {
    check(
        "/Users",
        &[
            ("EF-18", "active eq true", "U1 U3", "U1 U3"),
            ("EF-19", "active ne true", "U2", "U2"),
            ("EF-21", r#"active eq "true""#, "U1 U3", "400"),
            ("EF-21", r#"active eq "False""#, "U2", "400"),
            ("E-7", "active eq TRUE", "U1 U3", "400"),
            ("EF-22", r#"active co "t""#, "400", "400"),
            ("E-13", "active gt true", "400", "400"),
            ("E-13", r#"x509Certificates.value gt "MIIB""#, "400", "400"),
            ("E-13", r#"profileUrl lt "x""#, "400", "400"),
            ("EF-23", r#"meta.lastModified gt "2024-03-01T10:00:00Z""#, "U3", "U3"),
            ("EF-25", r#"meta.created lt "2024-01-02T00:00:00Z""#, "U3", "U3"),
            ("EF-25", r#"meta.created lt "2024-01-10T08:00:00Z""#, "U3", "U3"),
            ("EF-25", r#"meta.created le "2024-01-10T08:00:00Z""#, "U1 U3", "U1 U3"),
            ("EF-25", r#"meta.created gt "2024-01-10T08:00:00Z""#, "U2", "U2"),
            ("EF-25", r#"meta.created ge "2024-01-10T08:00:00Z""#, "U1 U2", "U1 U2"),
            ("EF-26", r#"meta.created eq "2024-01-10T10:00:00+02:00""#, "U1", "U1"),
            ("EF-27", r#"meta.created gt "yesterday""#, "400", "400"),
            ("E-14", r#"meta.created co "2024""#, "400", "400"),
            ("EF-61", "title eq null", "U2", "U2"),
            ("EF-61", "title ne null", "U1 U3", "U1 U3"),
            ("E-23", "name eq null", "U3", "U3"),
            ("E-23", "emails ne null", "U1 U2", "U1 U2"),
            ("E-23", "emails[display eq null]", "U1 U2", "U1 U2"),
            ("E-23", "emails[display ne null]", "", ""),
            ("E-23", "emails[type ne null]", "U1 U2", "U1 U2"),
            ("E-12", "schemas pr", "U1 U2 U3", "U1 U2 U3"),
            ("E-12", "addresses pr", "U3", "U3"),
            ("EF-62", "title gt null", "400", "400"),
            ("E-22", "title eq 5", "400", "400"),
            ("E-22", "meta.created eq true", "400", "400"),
            ("EF-94", "active pr", "U1 U2 U3", "U1 U2 U3"),
            ("EF-93", r#"meta.version eq "W/\"1\"""#, "U1", "U1"),
            ("EF-93", r#"meta.version eq "w/\"1\"""#, "", ""),
        ],
    );
}

#[test]
fn lists_of_values() {
    // E-16, E-17, E-18, E-19.
    check(
        "/Users",
        &[
            ("EF-31", r#"emails co "example.net""#, "U2", "U2"),
            ("EF-33", r#"emails.type eq "work" and emails.value co "home.example.org""#, "U1", "U1"),
            ("EF-34", r#"emails[type eq "work" and value co "home.example.org"]"#, "", ""),
            ("EF-35", r#"emails[type eq "home"]"#, "U1 U2", "U1 U2"),
            ("EF-37", r#"emails.type ne "work""#, "U2 U3", "U2 U3"),
            ("EF-38", r#"emails[type ne "work"]"#, "U1 U2", "U1 U2"),
            ("EF-39", "emails pr", "U1 U2", "U1 U2"),
            ("EF-41", "emails[primary eq false]", "U1 U2", "U1 U2"),
            ("EF-41", "emails.primary ne false", "U3", "U3"),
            ("EF-41", "roles[primary eq false]", "", ""),
            ("EF-41", "roles[primary ne false]", "U1", "U1"),
            (
                "EF-42",
                r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
                "U1",
                "U1",
            ),
            ("EF-43", r#"emails[(type eq "home" or type eq "work") and value ew ".net"]"#, "U2", "U2"),
            ("EF-55", &format!(r#"schemas eq "{ENTERPRISE}""#), "U1", "U1"),
            ("EF-57", r#"groups[type eq "indirect" and value eq "g2"]"#, "U1 U2", "U1 U2"),
            ("EF-87", r#"roles[primary eq "True"]"#, "U1", "400"),
            // What Entra asks when it matches by address.
            ("E-3", r#"emails[type eq "work"].value eq "bjensen@example.com""#, "U1", "400"),
            ("E-3", r#"emails[type eq "home"].value eq "bjensen@example.com""#, "", "400"),
            ("E-3", r#"emails[type eq "home" or primary eq true].display pr"#, "", "400"),
        ],
    );
}

#[test]
fn logic_and_precedence() {
    // E-1, E-4, E-9.
    check(
        "/Users",
        &[
            ("EF-45", r#"userType eq "Employee" or userType eq "Contractor" and active eq false"#, "U1 U2", "U1 U2"),
            ("EF-46", r#"(userType eq "Employee" or userType eq "Contractor") and active eq false"#, "U2", "U2"),
            ("EF-47", r#"not (userType eq "Employee") and active eq true"#, "U3", "U3"),
            ("EF-49", "not (not (title pr))", "U1 U3", "U1 U3"),
            ("EF-86", r#"userName eq "bjensen" AND active eq true"#, "U1", "U1"),
            ("E-8", "(title pr)and(active eq true)or(title eq null)", "U1 U2 U3", "U1 U2 U3"),
            ("EF-71", r#"userName  eq   "bjensen""#, "U1", "400"),
            ("E-8", r#" userName eq "bjensen" "#, "U1", "400"),
        ],
    );
}

#[test]
fn extensions_and_complex_attributes() {
    check(
        "/Users",
        &[
            ("EF-50", &format!(r#"{ENTERPRISE}:department eq "sales""#), "U1", "U1"),
            ("EF-51", r#"department eq "Sales""#, "400", "400"),
            ("EF-53", &format!(r#"{ENTERPRISE}:manager eq "u3""#), "400", "400"),
            ("EF-54", &format!("{ENTERPRISE}:manager pr"), "U1", "U1"),
            ("A-54", &format!(r#"{ENTERPRISE}:manager.value eq "u3""#), "U1", "U1"),
            ("EF-58", "name pr", "U1 U2", "U1 U2"),
            ("EF-59", r#"name eq "Barbara""#, "400", "400"),
            ("EF-59", r#"meta eq "x""#, "400", "400"),
            ("EF-59", r#"addresses co "x""#, "400", "400"),
            ("EF-89", r#"urn:unknown:x:y eq "1""#, "400", "400"),
        ],
    );
}

#[test]
fn what_is_no_filter_is_refused() {
    // E-4, E-11, and E-24 for the password.
    let deep = format!("{}title pr{}", "(".repeat(10_000), ")".repeat(10_000));
    let nested = format!("{}title pr{}", "(".repeat(33), ")".repeat(33));
    let long = format!(r#"title eq "{}""#, "x".repeat(1_000_000));
    let many = vec!["title pr"; 201].join(" or ");
    check(
        "/Users",
        &[
            ("EF-65", r#"userName regex "b.*""#, "400", "400"),
            ("EF-66", "", "400", "400"),
            ("EF-66", "userName", "400", "400"),
            ("EF-66", "userName eq", "400", "400"),
            ("EF-66", "userName eq ", "400", "400"),
            ("EF-66", r#"eq "x""#, "400", "400"),
            ("EF-66", r#"userName pr "x""#, "400", "400"),
            ("EF-67", "(userName pr", "400", "400"),
            ("EF-67", "userName pr)", "400", "400"),
            ("EF-67", "()", "400", "400"),
            ("EF-67", "emails[]", "400", "400"),
            ("EF-67", r#"emails[type eq "work""#, "400", "400"),
            ("EF-69", r#"userName eq "bj"#, "400", "400"),
            ("EF-70", r#"not userName eq "x""#, "400", "400"),
            ("EF-73", r#"emails[type eq "work" and emails[value pr]]"#, "400", "400"),
            ("EF-73", r#"userName[value eq "x"]"#, "400", "400"),
            ("EF-73", r#"name.givenName.x eq "y""#, "400", "400"),
            ("EF-74", r#"emails.foo eq "x""#, "400", "400"),
            ("EF-74", r#"foo eq "x""#, "400", "400"),
            ("EF-81", "password pr", "400", "400"),
            ("EF-81", r#"password eq "x""#, "400", "400"),
            ("EF-81", "password eq null", "400", "400"),
            ("EF-90", &deep, "400", "400"),
            ("EF-90", &nested, "400", "400"),
            ("EF-90", &long, "400", "400"),
            ("E-10", &many, "400", "400"),
            ("E-6", "userName eq 'bjensen'", "400", "400"),
            ("E-6", r#"userName eq "a" "b""#, "400", "400"),
            ("E-6", "userName eq \"a\u{1}b\"", "400", "400"),
            ("E-6", r#"title eq "\u0000""#, "400", "400"),
            ("E-9", "title pr and", "400", "400"),
            ("E-9", "title pr or or title pr", "400", "400"),
            ("E-9", r#"title eq "x"and title pr"#, "400", "400"),
            ("E-3", r#"emails[emails.type eq "work"]"#, "400", "400"),
            ("E-3", r#"emails[type.x eq "work"]"#, "400", "400"),
            ("E-3", r#"emails[urn:x:y:type eq "work"]"#, "400", "400"),
            ("E-5", r#"emails[type eq "work"].value.x eq "y""#, "400", "400"),
        ],
    );
}

#[test]
fn bare_words_are_tolerated_and_json_stays_json() {
    check(
        "/Users",
        &[
            // K-5, and authentik's lookups.
            ("K-5", "userName eq bjensen", "U1", "400"),
            ("K-5", "(userName eq bjensen)", "U1", "400"),
            ("K-5", "emails[value eq bjensen@example.com]", "U1", "400"),
            ("K-5", "meta.resourceType eq User", "U1 U2 U3", "400"),
            ("K-5", "externalId eq 7", "400", "400"),
            ("K-5", "userName eq true", "400", "400"),
            ("K-5", "userName eq null", "", ""),
            ("K-5", "userName eq a\\b", "400", "400"),
        ],
    );
    let tolerances = Tolerances::lenient();
    parse("userName eq bjensen", &Limits::default(), &tolerances).unwrap();
    assert_eq!(tolerances.used(), [Tolerance::BareWordInFilter], "a tolerance that was used is counted");
}

#[test]
fn groups_and_members() {
    check(
        "/Groups",
        &[
            ("EF-82", r#"members.value eq "u1""#, "G1", "G1"),
            ("EF-82", r#"members eq "u1""#, "G1", "G1"),
            ("EF-82", r#"members[value eq "u1" and type eq "User"]"#, "G1", "G1"),
            ("EF-83", r#"members.type eq "Group""#, "G2", "G2"),
            ("EF-83", r#"members.$ref ew "/Users/u1""#, "G1", "G1"),
            ("E-5", r#"members[$ref ew "/Users/u1"]"#, "G1", "G1"),
            ("A-53", r#"members[$ref eq "https://example.com/v2/Groups/g1" and type eq "Group"]"#, "G2", "G2"),
            ("E-5", "members[$ref pr and not (type eq \"User\")]", "G2", "G2"),
            ("E-5", r#"members[type eq "Group"].$ref ew "g1""#, "G2", "400"),
            ("E-5", r#"$ref eq "x""#, "400", "400"),
            ("E-5", "members[$ eq \"x\"]", "400", "400"),
            // D-14: Entra's membership probe.
            ("D-14", r#"id eq "g1" and members eq "u1""#, "G1", "G1"),
        ],
    );
}

#[test]
fn all_types_at_once() {
    // E-20, E-25.
    check(
        "/",
        &[
            ("EF-11", r#"externalId eq "ex-1""#, "G2", "G2"),
            ("EF-75", "foo pr", "400", "400"),
            ("EF-77", r#"userName pr or displayName sw "A""#, "U1 U2 U3 G2", "U1 U2 U3 G2"),
            ("EF-78", r#"meta.resourceType eq "Group""#, "G1 G2", "G1 G2"),
            ("EF-78", r#"meta.resourceType eq "group""#, "", ""),
            ("EF-78", r#"not (meta.resourceType eq "User")"#, "G1 G2", "G1 G2"),
            ("EF-78", r#"meta.resourceType ne "User""#, "G1 G2", "G1 G2"),
            ("EF-79", r#"(meta.resourceType eq "User") and active eq false"#, "U2", "U2"),
            ("E-20", r#"userName ne "zoe""#, "U1 U2 G1 G2", "U1 U2 G1 G2"),
            ("E-20", "userName eq null", "G1 G2", "G1 G2"),
            ("E-20", r#"members[type eq "Group"]"#, "G2", "G2"),
            ("E-24", "password pr", "400", "400"),
        ],
    );
}

#[test]
fn the_type_of_a_resource_needs_no_document() {
    // EF-78: stored search documents have no `meta`.
    let catalog = Catalog::rollcall();
    let types = [catalog.user(), catalog.group()];
    for (filter, expected) in [
        (r#"meta.resourceType eq "User""#, [true, false]),
        (r#"not (meta.resourceType eq "User")"#, [false, true]),
        (r#"meta.resourceType sw "G" or meta.resourceType co "x""#, [false, true]),
        ("meta.resourceType pr", [true, true]),
    ] {
        let tolerances = Tolerances::strict();
        let parsed = parse(filter, &Limits::default(), &tolerances).unwrap();
        let conditions = resolve_root(&parsed, &types, &tolerances).unwrap();
        assert_eq!(conditions, expected.map(Condition::Constant), "{filter}");
    }
}

/// Runs a table in both modes.
fn check(endpoint: &str, rows: &[Row<'_>]) {
    let catalog = Catalog::rollcall();
    let world = world(&catalog);
    for (id, filter, lenient, strict) in rows {
        let shown: String = filter.chars().take(80).collect();
        for (tolerances, expected) in [(Tolerances::lenient(), lenient), (Tolerances::strict(), strict)] {
            let found = match find(&catalog, &world, endpoint, filter, &tolerances) {
                Ok(found) => found.join(" "),
                Err(error) => {
                    assert_eq!(error.scim_type(), Some(ScimType::InvalidFilter), "{id} {shown}: {error}");
                    "400".to_owned()
                }
            };
            assert_eq!(&found, expected, "{id} {shown} (strict: {})", !tolerances.allow(Tolerance::BareWordInFilter));
        }
    }
}

fn find(
    catalog: &Catalog,
    world: &[(&'static str, &'static str, Map<String, Value>)],
    endpoint: &str,
    filter: &str,
    tolerances: &Tolerances,
) -> Result<Vec<&'static str>, ScimError> {
    let filter = parse(filter, &Limits::default(), tolerances)?;
    let conditions: Vec<(&str, Condition)> = match endpoint {
        "/Users" => vec![("User", resolve(&filter, catalog.user(), tolerances)?)],
        "/Groups" => vec![("Group", resolve(&filter, catalog.group(), tolerances)?)],
        _ => {
            let types = [catalog.user(), catalog.group()];
            ["User", "Group"].into_iter().zip(resolve_root(&filter, &types, tolerances)?).collect()
        }
    };
    let is_found = |kind: &str, document: &Map<String, Value>| {
        conditions.iter().any(|(of, condition)| *of == kind && condition.matches(document))
    };
    Ok(world.iter().filter(|(_, kind, document)| is_found(kind, document)).map(|(name, ..)| *name).collect())
}

/// The directory of the requirements, section E.3, as full search documents.
fn world(catalog: &Catalog) -> Vec<(&'static str, &'static str, Map<String, Value>)> {
    let user = |body, id, created, modified| {
        let groups = match id {
            "u1" | "u2" => json!([{"value": "g1", "type": "direct"}, {"value": "g2", "type": "indirect"}]),
            _ => json!([]),
        };
        document(catalog.user(), body, id, created, modified, "groups", &groups)
    };
    let group = |body, id, members: Value| {
        let instant = "2024-05-01T00:00:00Z";
        document(catalog.group(), body, id, instant, instant, "members", &members)
    };
    let u1 = json!({"userName": "bjensen", "externalId": "EX-1", "name": {"givenName": "Barbara", "familyName": "Jensen"},
        "title": "Tour Guide", "userType": "Employee", "active": true,
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true},
                   {"value": "babs@home.example.org", "type": "home"}],
        "roles": [{"value": "admin", "primary": true}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "u3"}}});
    let u2 = json!({"userName": "JSmith", "name": {"givenName": "James", "familyName": "O'Malley"},
        "userType": "Contractor", "active": false, "emails": [{"value": "j@example.net", "type": "home"}]});
    let u3 = json!({"userName": "zoe", "displayName": "Zo\u{eb}", "title": "manager", "active": true,
        "phoneNumbers": [{"value": "tel:+1-555-0100", "type": "work"}], "addresses": [{"locality": "Oslo"}]});
    vec![
        ("U1", "User", user(u1, "u1", "2024-01-10T08:00:00Z", "2024-03-01T10:00:00Z")),
        ("U2", "User", user(u2, "u2", "2024-02-01T00:00:00Z", "2024-02-01T00:00:00Z")),
        ("U3", "User", user(u3, "u3", "2024-01-01T01:30:00Z", "2024-06-01T00:00:00Z")),
        (
            "G1",
            "Group",
            group(
                json!({"displayName": "Sales"}),
                "g1",
                json!([{"value": "u1", "type": "user", "$ref": "https://example.com/v2/Users/u1"},
                       {"value": "u2", "type": "user", "$ref": "https://example.com/v2/Users/u2"}]),
            ),
        ),
        (
            "G2",
            "Group",
            group(
                json!({"displayName": "All", "externalId": "ex-1"}),
                "g2",
                json!([{"value": "g1", "type": "group", "$ref": "https://example.com/v2/Groups/g1"}]),
            ),
        ),
    ]
}

fn document(
    resource_type: &ResourceType,
    body: Value,
    id: &str,
    created: &str,
    modified: &str,
    derived: &str,
    list: &Value,
) -> Map<String, Value> {
    let resource = resource::create(resource_type, body, &Tolerances::lenient()).unwrap();
    let mut document = search_document(resource_type, &resource, id);
    let meta = common::attribute("meta").unwrap();
    let instant = |name: &str, text: &str| key(meta.sub_attribute(name).unwrap(), &Value::from(text)).unwrap();
    let meta = json!({"resourcetype": resource_type.name, "version": format!("W/\"{}\"", &id[1..]),
        "created": instant("created", created), "lastmodified": instant("lastModified", modified)});
    document.insert("meta".to_owned(), meta);
    document.insert(derived.to_owned(), list.clone());
    document
}
