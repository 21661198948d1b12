//! Rollcall's own extension of User, and the one that Docker's provisioning guides have people configure.

use super::{Attribute, Mutability, Returned, Schema, Type};

/// URN of Rollcall's extension.
pub const URN: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// URN of Docker's extension, which says the same in other words.
pub const DOCKER_URN: &str = "urn:ietf:params:scim:schemas:extension:docker:2.0:User";

/// What somebody may be in an organization.
const ROLES: &[&str] = &["member", "editor", "owner"];

/// Rollcall's extension: where a pushed user goes, and what the server knows about them.
pub fn schema() -> Schema {
    let text = |name, description| Attribute::new(name, Type::String, description);
    Schema {
        id: URN.into(),
        name: "RollcallUser".into(),
        description: "Where the user belongs in the product".into(),
        attributes: vec![
            text("organization", "Name of the organization that the user joins."),
            text("team", "Name of the team that the user joins."),
            text("role", "Role of the user in the organization.").canonical(ROLES),
            text("managedBy", "Who manages the user's membership.")
                .mutability(Mutability::ReadOnly)
                .returned(Returned::Request),
            Attribute::new("lastSignIn", Type::DateTime, "When the user last signed in.")
                .mutability(Mutability::ReadOnly)
                .returned(Returned::Request),
        ],
    }
}

/// Docker's extension: stored as it was pushed, read as an alias of [`schema`].
pub fn docker_schema() -> Schema {
    let text = |name, description| Attribute::new(name, Type::String, description);
    Schema {
        id: DOCKER_URN.into(),
        name: "DockerUser".into(),
        description: "Where the user belongs, in the words of Docker's provisioning".into(),
        attributes: vec![
            text("dockerOrg", "Name of the organization that the user joins."),
            text("dockerTeam", "Name of the team that the user joins."),
            text("dockerRole", "Role of the user in the organization.").canonical(ROLES),
        ],
    }
}
