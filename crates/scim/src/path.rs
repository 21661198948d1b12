//! Which attribute a path names: plain paths of filters, sorting and projections, and PATCH paths with brackets
//! (RFC 7644 §3.5.2 and §3.10, G-8 to G-11, K-22).

use crate::condition::{Condition, resolve_element};
use crate::filter::{AttributePath, Filter, Limits, attribute_path, parse_value_filter, string_length};
use crate::schema::{Attribute, Extension, ResourceType, common};
use crate::{ScimError, Tolerances};

/// An attribute of a resource type, and perhaps one of its sub-attributes.
#[derive(Clone, Copy, Debug)]
pub struct Located<'t> {
    /// The extension that defines it; `None` for core and common attributes.
    pub extension: Option<&'t Extension>,
    /// The attribute.
    pub attribute: &'t Attribute,
    /// The sub-attribute, if the path names one.
    pub sub: Option<&'t Attribute>,
}

impl Located<'_> {
    /// The key of the attribute in the search document: lower case, the URN of an extension in front.
    pub fn key(&self) -> String {
        let name = self.attribute.name.to_lowercase();
        match self.extension {
            Some(extension) => format!("{}:{name}", extension.schema.id.to_lowercase()),
            None => name,
        }
    }
}

/// The attribute that a path names, in any case. Extension attributes need their URN (K-23).
pub fn locate<'t>(path: &AttributePath, resource_type: &'t ResourceType) -> Option<Located<'t>> {
    let (extension, attribute) = match path.urn.as_deref() {
        Some(urn) if !urn.eq_ignore_ascii_case(&resource_type.schema.id) => {
            let extension = extension(urn, resource_type)?;
            (Some(extension), extension.schema.attribute(&path.name)?)
        }
        _ => (None, common::attribute(&path.name).or_else(|| resource_type.schema.attribute(&path.name))?),
    };
    let sub = match path.sub.as_deref() {
        Some(sub) => Some(attribute.sub_attribute(sub)?),
        None => None,
    };
    Some(Located { extension, attribute, sub })
}

/// What a PATCH path points at.
#[derive(Clone, Debug)]
pub enum Path<'t> {
    /// The base schema's URN alone: the core attributes.
    Core,
    /// The URN of an extension alone: everything in its container (K-22).
    Extension(&'t Extension),
    /// An attribute, all of it or some elements of it.
    Attribute {
        /// The attribute and perhaps a sub-attribute.
        located: Located<'t>,
        /// Which elements, if the path has brackets.
        selection: Option<Selection>,
    },
}

/// The brackets of a PATCH path.
#[derive(Clone, Debug)]
pub struct Selection {
    /// As written.
    pub filter: Filter,
    /// The same for one element in search form.
    pub condition: Condition,
}

/// Parses the path of a PATCH operation.
///
/// # Errors
/// `invalidPath` for a text that is no path or names nothing, `invalidFilter` for what stands in the brackets.
pub fn parse<'t>(text: &str, resource_type: &'t ResourceType, tolerances: &Tolerances) -> Result<Path<'t>, ScimError> {
    if text.eq_ignore_ascii_case(&resource_type.schema.id) {
        return Ok(Path::Core);
    }
    if let Some(extension) = extension(text, resource_type) {
        return Ok(Path::Extension(extension));
    }
    let limits = Limits::default();
    if text.len() > limits.length {
        return Err(ScimError::invalid_path(format!("the path is longer than {} bytes", limits.length)));
    }
    let Some((before, brackets)) = text.split_once('[') else {
        return Ok(Path::Attribute { located: named(text, text, resource_type)?, selection: None });
    };
    let Some((inner, after)) = split_brackets(brackets) else {
        return Err(malformed(text));
    };
    if inner.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ') {
        return Err(ScimError::invalid_path(format!(
            "`{text}`: elements are selected by a filter such as `[type eq \"work\"]`, not by their index"
        )));
    }
    let sub = match after.strip_prefix('.') {
        Some(sub) => Some(sub),
        None if after.is_empty() => None,
        None => return Err(malformed(text)),
    };
    let mut located = named(before, text, resource_type)?;
    if !located.attribute.multi_valued || located.sub.is_some() {
        return Err(ScimError::invalid_path(format!("`{text}`: only a multi-valued attribute takes a filter")));
    }
    if let Some(sub) = sub {
        let Some(found) = located.attribute.sub_attribute(sub) else {
            return Err(unknown(text, resource_type));
        };
        located.sub = Some(found);
    }
    let filter = parse_value_filter(inner, &limits, tolerances)?;
    let condition = resolve_element(&filter, located.attribute, tolerances)?;
    Ok(Path::Attribute { located, selection: Some(Selection { filter, condition }) })
}

/// The extension of that URN, in any case.
fn extension<'t>(urn: &str, resource_type: &'t ResourceType) -> Option<&'t Extension> {
    resource_type.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
}

/// The attribute that a path without brackets names; `whole` is what the sentence quotes.
fn named<'t>(text: &str, whole: &str, resource_type: &'t ResourceType) -> Result<Located<'t>, ScimError> {
    let path = attribute_path(text).ok_or_else(|| malformed(whole))?;
    locate(&path, resource_type).ok_or_else(|| unknown(whole, resource_type))
}

/// What stands before and after the bracket that closes, strings in between skipped.
fn split_brackets(text: &str) -> Option<(&str, &str)> {
    let mut index = 0;
    while let Some(rest) = text.get(index..) {
        match rest.bytes().next()? {
            b']' => return Some((text.get(..index)?, rest.get(1..)?)),
            b'"' => index += string_length(rest)?,
            _ => index += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    None
}

fn malformed(text: &str) -> ScimError {
    ScimError::invalid_path(format!(
        "`{text}` is not a path: expected `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`"
    ))
}

fn unknown(text: &str, resource_type: &ResourceType) -> ScimError {
    ScimError::invalid_path(format!(
        "`{text}` names no attribute of {}; attributes of an extension need its URN in front",
        resource_type.name
    ))
}
