//! Carrying out a PATCH: dispatch of each operation to the kind of place it names.

use serde_json::{Map, Value};

use super::operation::{Op, Operation};
use super::{members, schemas, selection, value};
use crate::member::MemberChange;
use crate::path::{self, Located, Path, Selection};
use crate::resource::{self, Resource};
use crate::schema::{Extension, Mutability, ResourceType, group};
use crate::{ScimError, Tolerance, Tolerances};

/// What a PATCH comes to.
#[derive(Clone, Debug)]
pub struct Patched {
    /// The resource afterwards.
    pub resource: Resource,
    /// Whether it differs from the stored one (G-6). Members are not counted: they are not in it.
    pub changed: bool,
    /// What happens to the members of a group, in order.
    pub members: Vec<MemberChange>,
}

/// Applies the operations to a stored resource, in order: all of them or none (G-3, G-4).
///
/// # Errors
/// Whatever table G.3 says; the sentence names the operation by its index, as `Operations[0]`.
pub fn apply(
    resource_type: &ResourceType,
    id: &str,
    stored: &Resource,
    operations: &[Operation],
    tolerances: &Tolerances,
) -> Result<Patched, ScimError> {
    let mut patcher = Patcher { resource_type, id, tolerances, resource: stored.clone(), members: Vec::new() };
    for (index, operation) in operations.iter().enumerate() {
        patcher.operation(operation).map_err(|error| error.in_context(&format!("Operations[{index}]")))?;
    }
    let Patcher { resource, members, .. } = patcher;
    let changed = resource.attributes() != stored.attributes();
    if changed {
        resource::check(resource_type, &resource)?;
    }
    Ok(Patched { resource, changed, members })
}

/// A resource while operations are applied to it.
pub(super) struct Patcher<'a> {
    pub(super) resource_type: &'a ResourceType,
    pub(super) id: &'a str,
    pub(super) tolerances: &'a Tolerances,
    pub(super) resource: Resource,
    pub(super) members: Vec<MemberChange>,
}

impl<'a> Patcher<'a> {
    fn operation(&mut self, operation: &Operation) -> Result<(), ScimError> {
        let value = operation.value.clone();
        let Some(path) = &operation.path else {
            return self.pathless(operation.op, value.unwrap_or_default());
        };
        match path::parse(path, self.resource_type, self.tolerances)? {
            Path::Core => self.core(operation.op, value),
            Path::Extension(extension) => self.extension(extension, operation.op, value),
            Path::Attribute { located, selection } => self.attribute(located, selection, operation.op, value),
        }
    }

    /// One attribute, or a part of it.
    pub(super) fn attribute(
        &mut self,
        located: Located<'a>,
        selection: Option<Selection>,
        op: Op,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let Located { extension, attribute, sub } = located;
        if extension.is_none() && attribute.name == "schemas" {
            return schemas::patch(self, attribute, selection, op, value);
        }
        if self.resource_type.schema.id == group::URN && extension.is_none() && attribute.name == "members" {
            self.members.extend(members::change(located, selection, op, value, self.tolerances)?);
            return Ok(());
        }
        if [Some(attribute), sub].into_iter().flatten().any(|part| part.mutability == Mutability::ReadOnly) {
            let name = sub.map_or(&attribute.name, |sub| &sub.name);
            return Err(ScimError::mutability(format!("`{name}` is readOnly: only the server sets it")));
        }
        if attribute.is_password() {
            return self.password(value.as_ref());
        }
        let tolerances = self.tolerances;
        self.in_container(extension, |container| {
            let before = value::has_immutable(attribute).then(|| container.get(attribute.name.as_ref()).cloned());
            match (&selection, sub) {
                (Some(selection), _) => selection::selected(container, &located, selection, op, value, tolerances)?,
                (None, Some(sub)) if attribute.multi_valued => {
                    selection::everywhere(container, attribute, sub, op, value, tolerances)?;
                }
                (None, Some(sub)) => value::sub_attribute(container, attribute, sub, op, value, tolerances)?,
                (None, None) => value::write(container, attribute, op, value, tolerances)?,
            }
            let after = container.get(attribute.name.as_ref());
            if extension.is_none() && attribute.name == "active" && after.is_none() {
                // What is absent reads as active, so clearing it could let somebody in again.
                return Err(ScimError::mutability("`active` always has a value: replace it by true or false"));
            }
            before.map_or(Ok(()), |before| value::check_immutable(attribute, before.as_ref(), after))
        })
    }

    /// Passwords are not kept, so none is set (C-13).
    fn password(&self, value: Option<&Value>) -> Result<(), ScimError> {
        let clears = value.is_none_or(Value::is_null);
        if clears || self.tolerances.allow(Tolerance::PasswordIgnored) {
            return Ok(());
        }
        Err(ScimError::mutability("`password` cannot be set: this server keeps no passwords"))
    }

    /// All attributes of an extension (K-22).
    fn extension(&mut self, extension: &'a Extension, op: Op, value: Option<Value>) -> Result<(), ScimError> {
        let urn = extension.schema.id.as_ref();
        match (op, value) {
            (Op::Remove, _) | (Op::Replace, Some(Value::Null)) => self.drop_extension(extension),
            (Op::Add, Some(Value::Null)) => Ok(()),
            (Op::Replace, Some(Value::Object(object))) => {
                // The whole container is replaced, but not what nobody may change.
                let keep = |name: &str| {
                    extension.schema.attribute(name).is_some_and(|it| it.mutability == Mutability::Immutable)
                };
                self.in_container(Some(extension), |container| {
                    container.retain(|name, _| keep(name));
                    Ok(())
                })?;
                self.merge_extension(extension, op, object)
            }
            (_, Some(Value::Object(object))) => self.merge_extension(extension, op, object),
            _ => Err(ScimError::invalid_value(format!("`{urn}` is not an object"))),
        }
    }

    /// The core attributes, named by the URN of their schema.
    fn core(&mut self, op: Op, value: Option<Value>) -> Result<(), ScimError> {
        match op {
            Op::Remove => Err(ScimError::mutability("the base schema of a resource cannot be removed")),
            Op::Add | Op::Replace => self.pathless(op, value.unwrap_or_default()),
        }
    }

    /// Takes an extension and its data away.
    pub(super) fn drop_extension(&mut self, extension: &'a Extension) -> Result<(), ScimError> {
        let urn = extension.schema.id.as_ref();
        if extension.required {
            return Err(ScimError::mutability(format!("`{urn}` is required and cannot be removed")));
        }
        self.in_container(Some(extension), |container| {
            for attribute in &extension.schema.attributes {
                value::check_immutable(attribute, container.get(attribute.name.as_ref()), None)?;
            }
            container.clear();
            Ok(())
        })
    }

    /// Lets `change` work on the object that holds an extension's attributes, or on the core attributes.
    fn in_container(
        &mut self,
        extension: Option<&Extension>,
        change: impl FnOnce(&mut Map<String, Value>) -> Result<(), ScimError>,
    ) -> Result<(), ScimError> {
        let attributes = self.resource.attributes_mut();
        let Some(extension) = extension else {
            return change(attributes);
        };
        let urn = extension.schema.id.as_ref();
        let mut container = match attributes.get(urn) {
            Some(Value::Object(container)) => container.clone(),
            _ => Map::new(),
        };
        change(&mut container)?;
        value::store_object(attributes, urn, container);
        Ok(())
    }
}
