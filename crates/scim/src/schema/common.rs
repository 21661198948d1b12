//! The attributes that every resource has (RFC 7643 §3 and §3.1, table A.9).

use std::sync::LazyLock;

use super::{Attribute, Mutability, Returned, Type, Uniqueness};

static ATTRIBUTES: LazyLock<[Attribute; 4]> = LazyLock::new(|| {
    [
        Attribute::new("schemas", Type::String, "URNs of the schemas that the resource uses.")
            .multi_valued()
            .required()
            .returned(Returned::Always),
        Attribute::new(
            "id",
            Type::String,
            "Identifier given by the server; it never changes and is never given twice.",
        )
        .case_exact()
        .mutability(Mutability::ReadOnly)
        .returned(Returned::Always)
        .uniqueness(Uniqueness::Global),
        Attribute::new("externalId", Type::String, "Identifier given by the client.").case_exact(),
        Attribute::complex(
            "meta",
            "What the server knows about the resource.",
            vec![
                Attribute::new("resourceType", Type::String, "Name of the resource type.").case_exact(),
                Attribute::new("created", Type::DateTime, "When the resource was created."),
                Attribute::new("lastModified", Type::DateTime, "When the resource last changed."),
                Attribute::new("location", Type::Reference, "URI of the resource.").refers_to(&["uri"]),
                Attribute::new("version", Type::String, "Version of the resource, as in the ETag header.").case_exact(),
            ],
        )
        .mutability(Mutability::ReadOnly),
    ]
});

/// `schemas`, `id`, `externalId` and `meta`: in no served schema, and in every resource.
pub fn attributes() -> &'static [Attribute] {
    ATTRIBUTES.as_slice()
}

/// The common attribute of that name, in any case.
pub fn attribute(name: &str) -> Option<&'static Attribute> {
    attributes().iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
