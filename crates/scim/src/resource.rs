//! A resource as it is stored, and how bodies become one (RFC 7644 §3.3 and §3.5.1).

use serde_json::{Map, Value};

use crate::{ScimError, Tolerances, schema::ResourceType};

mod body;
mod check;
mod normalize;
mod replace;
mod schemas;

pub use check::check;
pub use normalize::{collapse_duplicates, normalize};

/// What a client pushed, normalised: attributes in canonical spelling in the order in which they came, extension
/// containers under the canonical URN, nothing that is unassigned.
///
/// Without `schemas`, `id`, `meta`, `groups` and whatever else is readOnly: the server adds those to answers.
/// `members` is in it only between reading a body and [`Resource::take_members`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    attributes: Map<String, Value>,
}

impl Resource {
    /// The resource of a stored document, as [`Resource::to_document`] wrote it.
    ///
    /// 500 if it is no JSON object, which only a damaged store can cause.
    pub fn from_document(document: &str) -> Result<Self, ScimError> {
        serde_json::from_str(document).map(|attributes| Self { attributes }).map_err(|error| {
            let place = (error.line(), error.column());
            ScimError::status_only(500, format!("a stored document is no JSON object (line and column {place:?})"))
        })
    }

    /// The resource as text.
    pub fn to_document(&self) -> String {
        Value::Object(self.attributes.clone()).to_string()
    }

    /// Attributes and extension containers by canonical name.
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// The same for changing. The caller puts in only what [`normalize`] gave, under canonical names.
    pub fn attributes_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.attributes
    }

    /// The same to keep.
    pub fn into_attributes(self) -> Map<String, Value> {
        self.attributes
    }

    /// A core attribute, or `externalId`, by canonical name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// The attributes of an extension, by URN in any case.
    pub fn extension(&self, urn: &str) -> Option<&Map<String, Value>> {
        let exact = self.attributes.get_key_value(urn);
        let found = exact.or_else(|| self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(urn)));
        found.and_then(|(_, value)| value.as_object())
    }

    /// `userName` as it was given.
    pub fn user_name(&self) -> Option<&str> {
        self.text("userName")
    }

    /// `displayName` as it was given.
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// `externalId`; an empty one identifies nothing and is none.
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId").filter(|id| !id.is_empty())
    }

    /// Whether `active` is anything but `false`.
    pub fn active(&self) -> bool {
        self.attributes.get("active").and_then(Value::as_bool).unwrap_or(true)
    }

    /// Takes the members of a group out, as they were pushed; `None` if the body named none.
    pub fn take_members(&mut self) -> Option<Vec<Value>> {
        let members = self.attributes.shift_remove("members")?;
        Some(if let Value::Array(members) = members { members } else { vec![members] })
    }

    /// URNs of the base schema and of each extension that has an attribute.
    pub fn schemas(&self, resource_type: &ResourceType) -> Vec<String> {
        let assigned = |urn: &str| self.attributes.get(urn).and_then(Value::as_object).is_some_and(|c| !c.is_empty());
        let extensions = resource_type.extensions.iter().map(|extension| extension.schema.id.as_ref());
        std::iter::once(resource_type.base_urn())
            .chain(extensions.filter(|urn| assigned(urn)))
            .map(str::to_owned)
            .collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str)
    }
}

/// The resource that a POST body describes; `active` is `true` unless the body says otherwise.
///
/// `invalidSyntax` for a body or `schemas` of the wrong shape, `invalidValue` for values, and whatever the tolerances
/// do not accept.
pub fn create(resource_type: &ResourceType, body: Value, tolerances: &Tolerances) -> Result<Resource, ScimError> {
    let mut resource = body::read(resource_type, body, tolerances)?.resource;
    if replace::has_switch(resource_type) && resource.get("active").is_none() {
        resource.attributes.insert("active".to_owned(), Value::Bool(true));
    }
    check(resource_type, &resource)?;
    Ok(resource)
}

/// The resource that is left of the stored one after a PUT with this body.
///
/// What the body leaves out is cleared, but for `active`, immutable and writeOnly attributes. Errors as [`create`],
/// and `mutability` if an immutable attribute would change or, in strict mode, if `id` is another one.
pub fn replace(
    resource_type: &ResourceType,
    stored: &Resource,
    id: &str,
    body: Value,
    tolerances: &Tolerances,
) -> Result<Resource, ScimError> {
    replace::check_id(&body, id, tolerances)?;
    let body = body::read(resource_type, body, tolerances)?;
    let resource = replace::carry_over(resource_type, stored, body)?;
    check(resource_type, &resource)?;
    Ok(resource)
}
