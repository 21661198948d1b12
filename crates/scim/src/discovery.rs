//! The discovery documents: configuration, resource types and schemas (RFC 7644 §4, RFC 9865 §4, B-1 to B-15).
//!
//! `base_url` is the URI that the endpoints are below, such as `https://scim.example.com/scim/v2`.

use serde_json::{Map, Value, json};

use crate::{
    Catalog,
    schema::{
        Attribute, Mutability, ResourceType, Returned, Schema, Type, Uniqueness,
        discovery::{RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN},
    },
};

const LIST_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What the server bounds, as it tells its clients (B-2 to B-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations in a bulk request.
    pub max_operations: u64,
    /// Bytes of a bulk request.
    pub max_payload: u64,
    /// Resources on a page.
    pub max_results: u64,
    /// Resources on a page unless the client says how many.
    pub default_page: u64,
    /// Seconds that a cursor lives.
    pub cursor_timeout: u64,
}

/// `/ServiceProviderConfig`.
pub fn service_provider_config(base_url: &str, limits: &Limits) -> Value {
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        "documentationUri": env!("CARGO_PKG_REPOSITORY"),
        "patch": {"supported": true},
        "bulk": {
            "supported": true,
            "maxOperations": limits.max_operations,
            "maxPayloadSize": limits.max_payload,
        },
        "filter": {"supported": true, "maxResults": limits.max_results},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.default_page,
            "maxPageSize": limits.max_results,
            "cursorTimeout": limits.cursor_timeout,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of the connection in the header `Authorization: Bearer`",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "documentationUri": env!("CARGO_PKG_REPOSITORY"),
            "primary": true,
        }],
        "meta": meta(base_url, "ServiceProviderConfig", "ServiceProviderConfig"),
    })
}

/// `/ResourceTypes`: all on one page.
pub fn resource_types(catalog: &Catalog, base_url: &str) -> Value {
    list(&catalog.resource_types().iter().map(|kind| describe_type(kind, base_url)).collect::<Vec<_>>())
}

/// `/ResourceTypes/{name}`; the name is case-exact.
pub fn resource_type(catalog: &Catalog, name: &str, base_url: &str) -> Option<Value> {
    catalog.by_name(name).map(|kind| describe_type(kind, base_url))
}

/// `/Schemas`: all on one page, the meta-schemas among them.
pub fn schemas(catalog: &Catalog, base_url: &str) -> Value {
    list(&catalog.schemas().into_iter().map(|schema| describe_schema(schema, base_url)).collect::<Vec<_>>())
}

/// `/Schemas/{urn}`; the URN is in any case.
pub fn schema(catalog: &Catalog, urn: &str, base_url: &str) -> Option<Value> {
    let schema = catalog.schemas().into_iter().find(|schema| schema.id.eq_ignore_ascii_case(urn))?;
    Some(describe_schema(schema, base_url))
}

fn list(resources: &[Value]) -> Value {
    json!({
        "schemas": [LIST_RESPONSE_URN],
        "totalResults": resources.len(),
        "itemsPerPage": resources.len(),
        "startIndex": 1,
        "Resources": resources,
    })
}

fn meta(base_url: &str, resource_type: &str, path: &str) -> Value {
    json!({"resourceType": resource_type, "location": format!("{}/{path}", base_url.trim_end_matches('/'))})
}

fn describe_type(kind: &ResourceType, base_url: &str) -> Value {
    let extension = |urn: &str, required: bool| json!({"schema": urn, "required": required});
    let extensions = kind.extensions.iter().map(|e| extension(&e.schema.id, e.required)).collect::<Vec<_>>();
    json!({
        "schemas": [RESOURCE_TYPE_URN],
        "id": kind.name,
        "name": kind.name,
        "endpoint": kind.endpoint,
        "description": kind.description,
        "schema": kind.base_urn(),
        "schemaExtensions": extensions,
        "meta": meta(base_url, "ResourceType", &format!("ResourceTypes/{}", kind.name)),
    })
}

fn describe_schema(schema: &Schema, base_url: &str) -> Value {
    json!({
        "schemas": [SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(describe_attribute).collect::<Vec<_>>(),
        "meta": meta(base_url, "Schema", &format!("Schemas/{}", schema.id)),
    })
}

/// The characteristics that apply to the type, and no others (B-10): case is a matter of text, uniqueness of values
/// that can be told apart.
fn describe_attribute(attribute: &Attribute) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    let kind = attribute.kind;
    put("name", json!(attribute.name));
    put("type", json!(type_name(kind)));
    put("multiValued", json!(attribute.multi_valued));
    put("description", json!(attribute.description));
    put("required", json!(attribute.required));
    if !attribute.canonical_values.is_empty() {
        put("canonicalValues", json!(attribute.canonical_values));
    }
    if matches!(kind, Type::String | Type::Reference | Type::Binary) {
        put("caseExact", json!(attribute.case_exact));
    }
    put("mutability", json!(mutability_name(attribute.mutability)));
    put("returned", json!(returned_name(attribute.returned)));
    if !matches!(kind, Type::Boolean | Type::Complex | Type::Binary) {
        put("uniqueness", json!(uniqueness_name(attribute.uniqueness)));
    }
    if !attribute.reference_types.is_empty() {
        put("referenceTypes", json!(attribute.reference_types));
    }
    if !attribute.sub_attributes.is_empty() {
        put("subAttributes", attribute.sub_attributes.iter().map(describe_attribute).collect());
    }
    Value::Object(object)
}

const fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::String => "string",
        Type::Boolean => "boolean",
        Type::Decimal => "decimal",
        Type::Integer => "integer",
        Type::DateTime => "dateTime",
        Type::Binary => "binary",
        Type::Reference => "reference",
        Type::Complex => "complex",
    }
}

const fn mutability_name(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

const fn returned_name(returned: Returned) -> &'static str {
    match returned {
        Returned::Always => "always",
        Returned::Never => "never",
        Returned::Default => "default",
        Returned::Request => "request",
    }
}

const fn uniqueness_name(uniqueness: Uniqueness) -> &'static str {
    match uniqueness {
        Uniqueness::None => "none",
        Uniqueness::Server => "server",
        Uniqueness::Global => "global",
    }
}
