//! The resource types and schemas of a server, checked once when it starts (RFC 7643 §6 and §7, A-78, B-6, B-18).

use crate::schema::{Attribute, Extension, ResourceType, Schema, common, discovery, enterprise, group, rollcall, user};

mod check;

/// Why a set of resource types cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// A resource type that everything else relies on is not there.
    #[error("the resource type `{0}` is missing; a catalog needs `User` and `Group`")]
    Missing(&'static str),
    /// Two resource types have the same name or endpoint.
    #[error("two resource types are called `{0}`; names and endpoints must be unique")]
    DuplicateResourceType(String),
    /// The endpoint is not one path segment of its own.
    #[error("the endpoint `{0}` must be `/` and one segment that the protocol does not use itself")]
    Endpoint(String),
    /// One URN stands for two different schemas.
    #[error("the URN `{0}` stands for two different schemas; each schema needs its own")]
    DuplicateSchema(String),
    /// Two attributes of one schema or complex attribute have the same name.
    #[error("`{0}` is defined twice; names are compared without case")]
    DuplicateAttribute(String),
    /// A schema defines an attribute that every resource has anyway.
    #[error("`{0}` is an attribute of every resource; a schema cannot define it again")]
    CommonAttribute(String),
    /// The name is not a letter followed by letters, digits, `-`, `_` or `$`.
    #[error("`{0}` is no attribute name; expected a letter, then letters, digits, `-`, `_` or `$`")]
    AttributeName(String),
    /// A complex attribute in a complex attribute.
    #[error("`{0}` is complex and stands in a complex attribute; only one level is possible")]
    NestedComplex(String),
    /// Sub-attributes and type contradict each other.
    #[error("`{0}` needs sub-attributes exactly if its type is complex")]
    SubAttributes(String),
}

/// The resource types and schemas that a server serves.
#[derive(Clone, Debug)]
pub struct Catalog {
    types: Vec<ResourceType>,
    user: ResourceType,
    group: ResourceType,
    meta_schemas: Vec<Schema>,
}

impl Catalog {
    /// A catalog of these resource types, `User` and `Group` among them.
    ///
    /// Fails if names, endpoints or URNs collide or a schema is not one that RFC 7643 allows.
    pub fn new(types: Vec<ResourceType>) -> Result<Self, CatalogError> {
        check::check(&types)?;
        let named = |name: &'static str| {
            types.iter().find(|kind| kind.name == name).cloned().ok_or(CatalogError::Missing(name))
        };
        let (user, group) = (named("User")?, named("Group")?);
        Ok(Self { types, user, group, meta_schemas: discovery::schemas() })
    }

    /// What Rollcall serves: users with three extensions, and groups.
    pub fn rollcall() -> Self {
        let user = ResourceType {
            name: "User".into(),
            endpoint: "/Users".into(),
            description: "User Account".into(),
            schema: user::schema(),
            extensions: [enterprise::schema(), rollcall::schema(), rollcall::docker_schema()]
                .map(|schema| Extension { schema, required: false })
                .into(),
        };
        let group = ResourceType {
            name: "Group".into(),
            endpoint: "/Groups".into(),
            description: "Group".into(),
            schema: group::schema(),
            extensions: Vec::new(),
        };
        Self { types: vec![user.clone(), group.clone()], user, group, meta_schemas: discovery::schemas() }
    }

    /// All resource types, in the order in which they were given.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.types
    }

    /// The resource type of that name, case-exact.
    pub fn by_name(&self, name: &str) -> Option<&ResourceType> {
        self.types.iter().find(|kind| kind.name == name)
    }

    /// The resource type behind that endpoint (`/Users` or `Users`), case-exact.
    pub fn by_endpoint(&self, endpoint: &str) -> Option<&ResourceType> {
        let segment = endpoint.trim_start_matches('/');
        self.types.iter().find(|kind| kind.endpoint.trim_start_matches('/') == segment)
    }

    /// Every schema once: those of the resource types, their extensions, and the three meta-schemas (B-15).
    pub fn schemas(&self) -> Vec<&Schema> {
        let mut schemas: Vec<&Schema> = Vec::new();
        let served = self.types.iter().flat_map(ResourceType::schemas).chain(&self.meta_schemas);
        for schema in served {
            if !schemas.iter().any(|known| known.id.eq_ignore_ascii_case(&schema.id)) {
                schemas.push(schema);
            }
        }
        schemas
    }

    /// The resource type `User`.
    pub fn user(&self) -> &ResourceType {
        &self.user
    }

    /// The resource type `Group`.
    pub fn group(&self) -> &ResourceType {
        &self.group
    }
}

impl ResourceType {
    /// URN of the base schema.
    pub fn base_urn(&self) -> &str {
        &self.schema.id
    }

    /// The extension of that URN, in any case.
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// The base schema, then the extensions.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        std::iter::once(&self.schema).chain(self.extensions.iter().map(|extension| &extension.schema))
    }

    /// URNs of the base schema and the extensions.
    pub fn schema_urns(&self) -> impl Iterator<Item = &str> {
        self.schemas().map(|schema| schema.id.as_ref())
    }

    /// The common or core attribute of that name, in any case. Extension attributes are found in their extension only.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        common::attribute(name).or_else(|| self.schema.attribute(name))
    }
}
