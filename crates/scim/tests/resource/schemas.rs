//! The `schemas` of a body, leniently; what strict mode refuses stands in `create`.

use rollcall_scim::resource;
use serde_json::{Value, json};

use crate::support::{ENT, Expect, GROUP, ROLLCALL, USER, check, fails, group_type, lenient, user_type};

#[test]
fn schemas_name_the_endpoint_or_are_refused() {
    const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let fine = || Expect::Stored(json!({"userName": "a", "active": true}));
    let rows = [
        ("A-56 with the base schema", json!([USER]), fine()),
        ("A-52 in any case", json!([USER.to_uppercase()]), fine()),
        ("A-58 duplicates collapse", json!([USER, USER]), fine()),
        ("A-58 order does not matter", json!([ENT, USER]), fine()),
        ("A-59 listed without data", json!([USER, ENT, ROLLCALL]), fine()),
        ("A-58 an unknown one is dropped", json!([USER, "urn:example:x"]), fine()),
        ("K-44 only unknown ones", json!(["urn:scim:schemas:core:1.0"]), fine()),
        ("A-56 none", json!([]), fine()),
        ("A-57", json!([GROUP]), fails("invalidSyntax")),
        ("A-57", json!([ENT]), fails("invalidSyntax")),
        ("A-58 known but wrong", json!([USER, GROUP]), fails("invalidSyntax")),
        ("A-58 a message", json!([USER, MESSAGE]), fails("invalidSyntax")),
        ("A-56 no array", json!({"0": USER}), fails("invalidSyntax")),
        ("A-56 no array, though one URN", json!(USER), fails("invalidSyntax")),
        ("A-56 no strings", json!([USER, 1]), fails("invalidSyntax")),
    ];
    for (context, schemas, expect) in rows {
        let body = json!({"schemas": schemas, "userName": "a"});
        check(&format!("{context}: {schemas}"), resource::create(&user_type(), body, &lenient()), &expect);
    }
}

#[test]
fn a_group_knows_its_own_schema_only() {
    let create =
        |schemas: Value| resource::create(&group_type(), json!({"schemas": schemas, "displayName": "G"}), &lenient());
    // Entra ID's own URN beside the core one (idp-behaviour 0, rule 13).
    let entra = json!([GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]);
    check("A-58", create(entra), &Expect::Stored(json!({"displayName": "G"})));
    check("A-58", create(json!([GROUP, ENT])), &fails("invalidSyntax"));
    check("A-57", create(json!([USER])), &fails("invalidSyntax"));
}

#[test]
fn emitted_schemas_are_those_with_data() {
    // base first, then the extensions that have an attribute.
    let body = json!({"userName": "a", ROLLCALL: {"team": "t"}, ENT: {"division": null}});
    let user = resource::create(&user_type(), body, &lenient()).expect("a user");
    assert_eq!(user.schemas(&user_type()), [USER, ROLLCALL]);
}
