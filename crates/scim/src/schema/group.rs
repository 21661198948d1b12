//! The core Group schema (RFC 7643 §4.2 and §8.7.1 with its errata, table D).

use super::{Attribute, Mutability, Schema, Type, Uniqueness};

/// URN of the core Group schema.
pub const URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The core Group schema. `displayName` is unique, which the RFC leaves to us.
pub fn schema() -> Schema {
    let immutable = |attribute: Attribute| attribute.mutability(Mutability::Immutable);
    Schema {
        id: URN.into(),
        name: "Group".into(),
        description: "Group".into(),
        attributes: vec![
            Attribute::new("displayName", Type::String, "Name of the group; unique whatever its case.")
                .required()
                .uniqueness(Uniqueness::Server),
            // Members come and go; what one member says never changes (D-5).
            Attribute::complex(
                "members",
                "Users and groups in the group.",
                vec![
                    immutable(Attribute::new("value", Type::String, "Identifier of the member.").case_exact()),
                    immutable(
                        Attribute::new("$ref", Type::Reference, "URI of the member.").refers_to(&["User", "Group"]),
                    ),
                    immutable(
                        Attribute::new("type", Type::String, "Resource type of the member.")
                            .canonical(&["User", "Group"]),
                    ),
                    Attribute::new("display", Type::String, "Name of the member.").mutability(Mutability::ReadOnly),
                ],
            )
            .multi_valued(),
        ],
    }
}
