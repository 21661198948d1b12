//! The schemas of the discovery documents (RFC 7643 §5 to §7 and §8.7.2 with its errata, RFC 9865 §4).

use super::{Attribute, Mutability, Schema, Type, Uniqueness};

/// URN of the service provider configuration.
pub const SERVICE_PROVIDER_CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// URN of a resource type.
pub const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// URN of a schema.
pub const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The three meta-schemas. Only the schema of schemas nests complex attributes.
pub fn schemas() -> Vec<Schema> {
    vec![service_provider_config(), resource_type(), schema()]
}

fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::String, description)
}

fn truth(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::Boolean, description)
}

fn number(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::Integer, description)
}

fn uri(name: &'static str, description: &'static str, kind: &'static str) -> Attribute {
    Attribute::new(name, Type::Reference, description).refers_to(&[kind])
}

fn read_only(attributes: Vec<Attribute>) -> Vec<Attribute> {
    attributes.into_iter().map(|attribute| attribute.mutability(Mutability::ReadOnly)).collect()
}

fn feature(name: &'static str, description: &'static str, limits: Vec<Attribute>) -> Attribute {
    let mut sub_attributes = vec![truth("supported", "Whether the server can do it.").required()];
    sub_attributes.extend(limits.into_iter().map(Attribute::required));
    Attribute::complex(name, description, sub_attributes).required()
}

fn service_provider_config() -> Schema {
    Schema {
        id: SERVICE_PROVIDER_CONFIG_URN.into(),
        name: "Service Provider Configuration".into(),
        description: "What the server can do".into(),
        attributes: read_only(vec![
            uri("documentationUri", "URI of the server's documentation.", "external"),
            feature("patch", "PATCH.", vec![]),
            feature(
                "bulk",
                "Bulk requests.",
                vec![
                    number("maxOperations", "Greatest number of operations in a request."),
                    number("maxPayloadSize", "Greatest size of a request, in bytes."),
                ],
            ),
            feature("filter", "Filters.", vec![number("maxResults", "Greatest number of resources in an answer.")]),
            feature("changePassword", "Changing passwords.", vec![]),
            feature("sort", "Sorting.", vec![]),
            feature("etag", "Versions of resources.", vec![]),
            pagination(),
            authentication_schemes(),
        ]),
    }
}

fn pagination() -> Attribute {
    Attribute::complex(
        "pagination",
        "How lists are paged.",
        vec![
            truth("cursor", "Whether lists can be paged by cursor.").required(),
            truth("index", "Whether lists can be paged by index.").required(),
            text("defaultPaginationMethod", "What the server does if the client names neither.")
                .canonical(&["cursor", "index"]),
            number("defaultPageSize", "Resources on a page unless the client says how many."),
            number("maxPageSize", "Greatest number of resources on a page."),
            number("cursorTimeout", "How long a cursor lives, in seconds."),
        ],
    )
}

fn authentication_schemes() -> Attribute {
    Attribute::complex(
        "authenticationSchemes",
        "How clients authenticate.",
        vec![
            text("type", "Kind of scheme.").required().canonical(&[
                "oauth",
                "oauth2",
                "oauthbearertoken",
                "httpbasic",
                "httpdigest",
            ]),
            text("name", "Name of the scheme.").required(),
            text("description", "What the scheme is.").required(),
            uri("specUri", "URI of its specification.", "external"),
            uri("documentationUri", "URI of its documentation.", "external"),
            truth("primary", "Whether this is the preferred scheme."),
        ],
    )
    .multi_valued()
    .required()
}

fn resource_type() -> Schema {
    Schema {
        id: RESOURCE_TYPE_URN.into(),
        name: "ResourceType".into(),
        description: "A kind of resource".into(),
        attributes: read_only(vec![
            text("id", "Identifier of the resource type: its name.").case_exact(),
            text("name", "Name of the resource type.").case_exact().required().uniqueness(Uniqueness::Server),
            text("description", "What the resources are."),
            uri("endpoint", "Where the resources are, below the base URI.", "uri")
                .required()
                .uniqueness(Uniqueness::Server),
            uri("schema", "URN of the base schema.", "uri").required(),
            Attribute::complex(
                "schemaExtensions",
                "Extensions of the resource type.",
                vec![
                    uri("schema", "URN of the extension.", "uri").required(),
                    truth("required", "Whether every resource has the extension.").required(),
                ],
            )
            .multi_valued(),
        ]),
    }
}

fn schema() -> Schema {
    const KINDS: [&str; 8] = ["string", "complex", "boolean", "decimal", "integer", "dateTime", "reference", "binary"];
    let simple: Vec<&'static str> = KINDS.into_iter().filter(|kind| *kind != "complex").collect();
    let sub_attributes =
        Attribute::complex("subAttributes", "Attributes of a complex attribute.", characteristics(&simple))
            .multi_valued();
    let mut attributes = characteristics(&KINDS);
    attributes.push(sub_attributes);
    Schema {
        id: SCHEMA_URN.into(),
        name: "Schema".into(),
        description: "The attributes of a kind of resource".into(),
        attributes: read_only(vec![
            uri("id", "URN of the schema.", "uri").required(),
            text("name", "Name of the schema."),
            text("description", "What the schema describes."),
            Attribute::complex("attributes", "Attributes of the schema.", attributes).multi_valued().required(),
        ]),
    }
}

fn characteristics(kinds: &[&'static str]) -> Vec<Attribute> {
    vec![
        text("name", "Name of the attribute.").case_exact().required(),
        text("type", "Data type of its values.").required().canonical(kinds),
        truth("multiValued", "Whether it has a list of values.").required(),
        text("description", "What it is."),
        truth("required", "Whether every resource has it."),
        text("canonicalValues", "Suggested values.").case_exact().multi_valued(),
        truth("caseExact", "Whether `A` and `a` are different values."),
        text("mutability", "Who may change it.").case_exact().canonical(&[
            "readOnly",
            "readWrite",
            "immutable",
            "writeOnly",
        ]),
        text("returned", "When it is in an answer.").case_exact().canonical(&["always", "never", "default", "request"]),
        text("uniqueness", "Who else may have the same value.").case_exact().canonical(&["none", "server", "global"]),
        text("referenceTypes", "What a reference may point at.").case_exact().multi_valued(),
    ]
}
