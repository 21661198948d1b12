//! Bodies, a custom resource type with every kind of attribute, and answers as a client would get them.

use rollcall_scim::{
    Catalog, Resource, ScimError, Tolerance, Tolerances, resource,
    schema::{
        Attribute, Extension, Mutability, ResourceType, Returned, Schema, Type, Uniqueness, enterprise, group,
        rollcall, user,
    },
};
use serde_json::{Map, Value, json};

pub(crate) const USER: &str = user::URN;
pub(crate) const GROUP: &str = group::URN;
pub(crate) const ENT: &str = enterprise::URN;
pub(crate) const ROLLCALL: &str = rollcall::URN;
pub(crate) const DEVICE: &str = "urn:example:schemas:2.0:Device";
pub(crate) const WARRANTY: &str = "urn:example:schemas:extension:2.0:Warranty";

/// One certificate of `CN=Rollcall`, self-signed.
pub(crate) const CERTIFICATE: &str = concat!(
    "MIIBejCCASGgAwIBAgIUFPkeUVPH50EjIXLokSos+qP0x8owCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwIUm9sbGNhbGwwHhcNMjYx",
    "MTIyMjM1ODM4WhcNMzYxMTE5MjM1ODM4WjATMREwDwYDVQQDDAhSb2xsY2FsbDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDAX",
    "RyPZJDlwftH6TIX91MFO1tJGMuS7PdLgxP3VPZGT4eMZmadsDwRK9v+cZByaoQkZqf1M0ywNfBkK/DKc1XyjUzBRMB0GA1UdDgQW",
    "BBR+RJTHMIw4CLwU377Wj6prrcqI/jAfBgNVHSMEGDAWgBR+RJTHMIw4CLwU377Wj6prrcqI/jAPBgNVHRMBAf8EBTADAQH/MAoG",
    "CCqGSM49BAMCA0cAMEQCIHJVufZV85V347UovPJHMqZekCu/NXB1tGMqeDghT4WlAiAgTxRXezt3e+ukhU+pkLXW9UdVvkqh6hjI",
    "t5BZ4w3rcw==",
);

/// What a row expects: a stored resource without `active`, or an error.
pub(crate) enum Expect {
    Stored(Value),
    Fails(u16, Option<&'static str>),
}

pub(crate) fn fails(keyword: &'static str) -> Expect {
    Expect::Fails(if keyword == "uniqueness" { 409 } else { 400 }, Some(keyword))
}

pub(crate) fn strict() -> Tolerances {
    Tolerances::strict()
}

pub(crate) fn lenient() -> Tolerances {
    Tolerances::lenient()
}

/// Everything but this tolerance is accepted.
pub(crate) fn without(tolerance: Tolerance) -> Tolerances {
    Tolerances::lenient().with(tolerance, false)
}

pub(crate) fn user_type() -> ResourceType {
    Catalog::rollcall().user().clone()
}

pub(crate) fn group_type() -> ResourceType {
    Catalog::rollcall().group().clone()
}

/// A user body: the schemas, a userName, and these members.
pub(crate) fn user_body(members: &Value) -> Value {
    let mut body = json!({"schemas": [USER], "userName": "alice"});
    merge(&mut body, members);
    body
}

pub(crate) fn merge(body: &mut Value, members: &Value) {
    for (name, value) in members.as_object().expect("members") {
        body.as_object_mut().expect("a body").insert(name.clone(), value.clone());
    }
}

pub(crate) fn create_user(members: &Value) -> Resource {
    resource::create(&user_type(), user_body(members), &lenient()).expect("a valid user")
}

/// Compares an outcome with what a row expects; `context` names the row.
pub(crate) fn check(context: &str, outcome: Result<Resource, ScimError>, expect: &Expect) {
    match (outcome, expect) {
        (Ok(resource), Expect::Stored(expected)) => {
            assert_eq!(&Value::Object(resource.into_attributes()), expected, "{context}");
        }
        (Err(error), Expect::Fails(status, keyword)) => {
            let found = (error.status(), error.scim_type().map(rollcall_scim::ScimType::as_str));
            assert_eq!(found, (*status, *keyword), "{context}: {error}");
            assert!(error.detail().len() > 10, "{context}: {error}");
        }
        (Ok(resource), Expect::Fails(_, keyword)) => {
            panic!("{context}: expected {keyword:?}, stored {}", resource.to_document());
        }
        (Err(error), Expect::Stored(expected)) => panic!("{context}: expected {expected}, got {error}"),
    }
}

/// The whole resource as a GET would show it.
pub(crate) fn rendered(kind: &ResourceType, resource: &Resource, id: &str) -> Value {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!(resource.schemas(kind)));
    body.insert("id".to_owned(), json!(id));
    body.extend(resource.attributes().clone());
    if let Some(Value::Object(manager)) = body.get_mut(ENT).and_then(|container| container.get_mut("manager")) {
        let reference = format!("https://scim.example.com/scim/v2/Users/{}", manager["value"].as_str().expect("an id"));
        manager.insert("$ref".to_owned(), json!(reference));
        manager.insert("displayName".to_owned(), json!("The Boss"));
    }
    body.insert("groups".to_owned(), json!([{"value": "g1", "display": "Sales", "type": "direct"}]));
    body.insert("meta".to_owned(), json!({"resourceType": kind.name, "version": "W/\"1\""}));
    Value::Object(body)
}

/// A resource type with an attribute of every type and mutability, and a required extension (B-18).
pub(crate) fn device_type() -> ResourceType {
    let text = |name: &'static str| Attribute::new(name, Type::String, "A text.");
    let attributes = vec![
        text("serial").required().case_exact().mutability(Mutability::Immutable).uniqueness(Uniqueness::Server),
        Attribute::new("slots", Type::Integer, "A number."),
        Attribute::new("weight", Type::Decimal, "A number."),
        Attribute::new("bought", Type::DateTime, "An instant."),
        Attribute::new("key", Type::Binary, "Octets."),
        Attribute::new("manual", Type::Reference, "A URI.").refers_to(&["external"]),
        Attribute::new("on", Type::Boolean, "A truth."),
        text("pin").mutability(Mutability::WriteOnly).returned(Returned::Never),
        text("state").mutability(Mutability::ReadOnly),
        text("tags").multi_valued(),
        Attribute::complex("owner", "Who has it.", vec![text("value").case_exact(), text("since").required()]),
        Attribute::complex(
            "maker",
            "Who made it.",
            vec![text("name"), text("country").mutability(Mutability::Immutable)],
        ),
    ];
    let schema =
        |id: &'static str, attributes| Schema { id: id.into(), name: id.into(), description: id.into(), attributes };
    ResourceType {
        name: "Device".into(),
        endpoint: "/Devices".into(),
        description: "A device".into(),
        schema: schema(DEVICE, attributes),
        extensions: vec![Extension { schema: schema(WARRANTY, vec![text("until"), text("by")]), required: true }],
    }
}

/// A device body with these members.
pub(crate) fn device_body(members: &Value) -> Value {
    let mut body = json!({"schemas": [DEVICE, WARRANTY], "serial": "S1", WARRANTY: {"until": "2030"}});
    merge(&mut body, members);
    body
}
