//! The enterprise extension of User (RFC 7643 §4.3 and §8.7.1 with its errata, table C.3).

use super::{Attribute, Mutability, Schema, Type};

/// URN of the enterprise extension.
pub const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The enterprise extension.
pub fn schema() -> Schema {
    let text = |name, description| Attribute::new(name, Type::String, description);
    Schema {
        id: URN.into(),
        name: "EnterpriseUser".into(),
        description: "Enterprise User".into(),
        attributes: vec![
            text("employeeNumber", "Number or code that the organization gives to the user."),
            text("costCenter", "Name of a cost center."),
            text("organization", "Name of an organization."),
            text("division", "Name of a division."),
            text("department", "Name of a department."),
            Attribute::complex(
                "manager",
                "The user's manager.",
                vec![
                    text("value", "Identifier of the manager's User.").case_exact(),
                    Attribute::new("$ref", Type::Reference, "URI of the manager's User.").refers_to(&["User"]),
                    text("displayName", "The manager's displayName.").mutability(Mutability::ReadOnly),
                ],
            ),
        ],
    }
}
