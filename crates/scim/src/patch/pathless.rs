//! Operations without a path: each member of `value` is an operation of its own (G-13, G-16, G-17).

use serde_json::{Map, Value};

use super::apply::Patcher;
use super::operation::Op;
use crate::filter::AttributePath;
use crate::path::{self, Path, locate};
use crate::schema::Extension;
use crate::{ScimError, ScimType, Tolerance};

impl<'a> Patcher<'a> {
    /// Applies every member of a value object.
    pub(super) fn pathless(&mut self, op: Op, value: Value) -> Result<(), ScimError> {
        let Value::Object(object) = value else {
            return Err(ScimError::invalid_value("without a `path`, `value` is an object of attributes"));
        };
        for (name, value) in object {
            self.named(op, &name, value)?;
        }
        Ok(())
    }

    /// Applies the members of an extension's object; what the object leaves out stays.
    pub(super) fn merge_extension(
        &mut self,
        extension: &'a Extension,
        op: Op,
        object: Map<String, Value>,
    ) -> Result<(), ScimError> {
        for (name, value) in object {
            let path = AttributePath { urn: Some(extension.schema.id.to_string()), name: name.clone(), sub: None };
            match locate(&path, self.resource_type) {
                Some(located) => self.attribute(located, None, op, Some(value))?,
                None => self.spelled(op, &format!("{}:{name}", extension.schema.id), value)?,
            }
        }
        Ok(())
    }

    /// Applies one member: an attribute, a whole schema, or a path in place of a name.
    fn named(&mut self, op: Op, name: &str, value: Value) -> Result<(), ScimError> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("meta") || is("groups") && self.resource_type.schema.attribute("groups").is_some() {
            // Echoes of what the server derives. They may be stale, so they are not compared.
            return Ok(());
        }
        if is("id") {
            if value.as_str() == Some(self.id) {
                return Ok(());
            }
            return Err(ScimError::mutability("`id` differs from the resource's id and never changes"));
        }
        if is("schemas") && value == Value::Null {
            return Ok(());
        }
        let plain = AttributePath { urn: None, name: name.to_owned(), sub: None };
        if let Some(located) = locate(&plain, self.resource_type) {
            return self.attribute(located, None, op, Some(value));
        }
        let extension = self.resource_type.extensions.iter().find(|it| is(&it.schema.id));
        match (extension, value) {
            (Some(extension), Value::Object(object)) => self.merge_extension(extension, op, object),
            (Some(_), Value::Null) if op == Op::Add => Ok(()),
            (Some(extension), Value::Null) => self.drop_extension(extension),
            (Some(_), _) => Err(ScimError::invalid_value(format!("`{name}` is not an object"))),
            (None, value) if is(&self.resource_type.schema.id) => self.pathless(op, value),
            (None, value) => self.spelled(op, name, value),
        }
    }

    /// A dotted or URN-prefixed name, as Entra writes it (G-16), or a name that nothing has.
    fn spelled(&mut self, op: Op, name: &str, value: Value) -> Result<(), ScimError> {
        let is_path = name.contains(['.', ':', '[']);
        match path::parse(name, self.resource_type, self.tolerances) {
            Ok(Path::Attribute { located, selection }) => {
                if is_path && !self.tolerances.allow(Tolerance::DottedKeys) {
                    return Err(ScimError::invalid_syntax(format!(
                        "`{name}` is a path: without a `path`, `value` has attribute names as keys"
                    )));
                }
                self.attribute(located, selection, op, Some(value))
            }
            Err(error) if error.scim_type() != Some(ScimType::InvalidPath) => Err(error),
            Ok(Path::Core | Path::Extension(_)) | Err(_) => {
                if self.tolerances.allow(Tolerance::UnknownAttribute) {
                    return Ok(());
                }
                Err(ScimError::invalid_syntax(format!("`{name}` is no attribute of {}", self.resource_type.name)))
            }
        }
    }
}
