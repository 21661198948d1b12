//! Discovery documents (B-1 to B-15).

use rollcall_scim::{
    Catalog,
    discovery::{self, Limits},
};
use serde_json::{Value, json};

use crate::support::{ENT, ROLLCALL, USER, device_type, group_type, user_type};

const BASE: &str = "https://scim.example.com/scim/v2";
const LIMITS: Limits = Limits {
    max_operations: 1_000,
    max_payload: 4_194_304,
    max_results: 500,
    default_page: 100,
    cursor_timeout: 3_600,
};

/// An attribute of a served schema, by its path.
fn attribute<'a>(schema: &'a Value, path: &str) -> &'a Value {
    let mut names = path.split('.');
    let find = |list: &'a Value, name: Option<&str>| {
        let attributes = list.as_array().expect("attributes");
        attributes.iter().find(|a| a["name"].as_str() == name).unwrap_or_else(|| panic!("no {path}"))
    };
    let top = find(&schema["attributes"], names.next());
    names.next().map_or(top, |name| find(&top["subAttributes"], Some(name)))
}

fn served(urn: &str) -> Value {
    discovery::schema(&Catalog::rollcall(), urn, BASE).expect("a served schema")
}

#[test]
fn the_configuration_says_everything() {
    let config = discovery::service_provider_config(&format!("{BASE}/"), &LIMITS);
    let rows = [
        ("B-1", "/schemas/0", json!("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")),
        ("B-1", "/meta/resourceType", json!("ServiceProviderConfig")),
        ("B-1", "/meta/location", json!("https://scim.example.com/scim/v2/ServiceProviderConfig")),
        ("B-2", "/patch/supported", json!(true)),
        ("B-2", "/bulk/supported", json!(true)),
        ("B-2, B-3", "/bulk/maxOperations", json!(1_000)),
        ("B-2, B-3", "/bulk/maxPayloadSize", json!(4_194_304)),
        ("B-2, B-3", "/filter/maxResults", json!(500)),
        ("B-2", "/filter/supported", json!(true)),
        ("B-2, C-13", "/changePassword/supported", json!(false)),
        ("B-2", "/sort/supported", json!(true)),
        ("B-2", "/etag/supported", json!(true)),
        ("B-4", "/pagination/cursor", json!(true)),
        ("B-4", "/pagination/index", json!(true)),
        ("B-4", "/pagination/defaultPaginationMethod", json!("index")),
        ("B-4", "/pagination/defaultPageSize", json!(100)),
        ("B-4", "/pagination/maxPageSize", json!(500)),
        ("B-4", "/pagination/cursorTimeout", json!(3_600)),
        ("B-2", "/authenticationSchemes/0/type", json!("oauthbearertoken")),
        ("B-2", "/authenticationSchemes/0/primary", json!(true)),
    ];
    for (context, pointer, expected) in rows {
        assert_eq!(config.pointer(pointer), Some(&expected), "{context}: {pointer}");
    }
    assert!(!config.to_string().contains("null"));
}

#[test]
fn resource_types_are_listed_and_found() {
    let catalog = Catalog::rollcall();
    let list = discovery::resource_types(&catalog, BASE);
    assert_eq!(
        (&list["totalResults"], &list["itemsPerPage"], &list["startIndex"]),
        (&json!(2), &json!(2), &json!(1)),
        "B-6"
    );
    let user = discovery::resource_type(&catalog, "User", BASE).expect("B-6: the type of users");
    assert_eq!(user, list["Resources"][0]);
    assert_eq!(user["id"], "User");
    assert_eq!(user["endpoint"], "/Users");
    assert_eq!(user["schema"], USER);
    assert_eq!(user["schemaExtensions"][0], json!({"schema": ENT, "required": false}));
    assert_eq!(user["meta"], json!({"resourceType": "ResourceType", "location": format!("{BASE}/ResourceTypes/User")}));
    assert_eq!(discovery::resource_type(&catalog, "user", BASE), None);
    // B-15: every URN that is named is served.
    for kind in list["Resources"].as_array().expect("types") {
        let extensions = kind["schemaExtensions"].as_array().expect("extensions");
        for urn in extensions.iter().map(|extension| &extension["schema"]).chain([&kind["schema"]]) {
            served(urn.as_str().expect("a URN"));
        }
    }
}

#[test]
fn schemas_are_listed_and_found() {
    let catalog = Catalog::rollcall();
    let list = discovery::schemas(&catalog, BASE);
    let schemas = list["Resources"].as_array().expect("schemas");
    assert_eq!((schemas.len(), &list["totalResults"]), (8, &json!(8)), "B-7, B-15");
    for schema in schemas {
        let urn = schema["id"].as_str().expect("a URN");
        assert_eq!(schema["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]), "B-8");
        assert_eq!(
            schema["meta"],
            json!({"resourceType": "Schema", "location": format!("{BASE}/Schemas/{urn}")}),
            "B-8"
        );
        assert_eq!(&served(&urn.to_uppercase()), schema, "B-7: in any case");
        assert!(!urn.contains(":api:"), "B-9");
    }
    let message = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    assert_eq!(discovery::schema(&catalog, message, BASE), None, "B-9");
}

#[test]
fn each_attribute_has_the_characteristics_of_its_type() {
    // B-10, for every attribute of every schema, the meta-schemas among them.
    fn check(attribute: &Value) {
        let kind = attribute["type"].as_str().expect("a type");
        let has = |name: &str| attribute.get(name).is_some();
        for name in ["name", "multiValued", "description", "required", "mutability", "returned"] {
            assert!(has(name), "B-10: {attribute}");
        }
        assert_eq!(has("caseExact"), ["string", "reference", "binary"].contains(&kind), "B-10: {attribute}");
        assert_eq!(has("uniqueness"), !["boolean", "complex", "binary"].contains(&kind), "B-10: {attribute}");
        assert_eq!(has("subAttributes"), kind == "complex", "B-10: {attribute}");
        assert_eq!(has("referenceTypes"), kind == "reference", "B-10: {attribute}");
        if kind == "reference" {
            assert_eq!(attribute["caseExact"], true, "K-28: {attribute}");
        }
        for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
            check(sub);
            if attribute["mutability"] == "readOnly" {
                assert_eq!(sub["mutability"], "readOnly", "{attribute}");
            }
        }
    }
    for schema in Catalog::rollcall().schemas() {
        for attribute in served(&schema.id)["attributes"].as_array().expect("attributes") {
            check(attribute);
        }
    }
}

#[test]
fn characteristics_are_those_of_the_tables() {
    let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let rows = [
        (USER, "userName", "required", json!(true), "C-1"),
        (USER, "userName", "caseExact", json!(false), "C-2"),
        (USER, "userName", "uniqueness", json!("server"), "C-2"),
        (USER, "profileUrl", "caseExact", json!(true), "K-28"),
        (USER, "password", "mutability", json!("writeOnly"), "C-10"),
        (USER, "password", "returned", json!("never"), "C-10"),
        (USER, "emails", "multiValued", json!(true), "A-88"),
        (USER, "emails.type", "canonicalValues", json!(["work", "home", "other"]), "A-77"),
        (USER, "addresses.primary", "type", json!("boolean"), "A-80"),
        (USER, "groups", "mutability", json!("readOnly"), "C-6"),
        (USER, "groups.$ref", "referenceTypes", json!(["Group"]), "C-6"),
        (USER, "groups.value", "caseExact", json!(true), "C-6"),
        (USER, "x509Certificates.value", "type", json!("binary"), "C-5"),
        (USER, "x509Certificates.value", "caseExact", json!(true), "C-5"),
        (ENT, "manager.value", "caseExact", json!(true), "C-18"),
        (ENT, "manager.displayName", "mutability", json!("readOnly"), "C-18"),
        (ENT, "manager.$ref", "referenceTypes", json!(["User"]), "C-19"),
        (group, "displayName", "required", json!(true), "D-1"),
        (group, "displayName", "uniqueness", json!("server"), "K-34"),
        (group, "members", "mutability", json!("readWrite"), "D-5"),
        (group, "members.value", "mutability", json!("immutable"), "D-5"),
        (group, "members.$ref", "referenceTypes", json!(["User", "Group"]), "D-6"),
        (group, "members.type", "canonicalValues", json!(["User", "Group"]), "D-3"),
        (ROLLCALL, "organization", "mutability", json!("readWrite"), "C-17"),
        (ROLLCALL, "managedBy", "returned", json!("request"), "A-72"),
        (ROLLCALL, "lastSignIn", "type", json!("dateTime"), "A-72"),
        (ROLLCALL, "lastSignIn", "mutability", json!("readOnly"), "A-72"),
    ];
    for (urn, path, characteristic, expected, context) in rows {
        assert_eq!(attribute(&served(urn), path)[characteristic], expected, "{context}: {path} {characteristic}");
    }
}

#[test]
fn a_type_of_ones_own_is_described_alike() {
    // B-18
    let catalog = Catalog::new(vec![user_type(), group_type(), device_type()]).expect("a catalog");
    let device = discovery::resource_type(&catalog, "Device", BASE).expect("a type");
    assert_eq!(device["endpoint"], "/Devices");
    let schema = discovery::schema(&catalog, device["schema"].as_str().expect("a URN"), BASE).expect("a schema");
    assert_eq!(attribute(&schema, "slots")["type"], "integer");
    assert_eq!(attribute(&schema, "weight")["type"], "decimal");
}
