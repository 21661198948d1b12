//! What a catalog must hold (A-53, A-78, RFC 7643 errata 8475).

use std::collections::BTreeSet;

use crate::{
    catalog::CatalogError,
    schema::{Attribute, ResourceType, Schema, Type, common, discovery},
};

/// Path segments that the protocol uses itself, in lower case.
const RESERVED: [&str; 6] = ["schemas", "resourcetypes", "serviceproviderconfig", "bulk", "me", ".search"];

pub(super) fn check(types: &[ResourceType]) -> Result<(), CatalogError> {
    let (mut names, mut endpoints) = (BTreeSet::new(), BTreeSet::new());
    let meta_schemas = discovery::schemas();
    let mut known: Vec<&Schema> = meta_schemas.iter().collect();
    for kind in types {
        if !names.insert(kind.name.as_ref()) {
            return Err(CatalogError::DuplicateResourceType(kind.name.clone().into_owned()));
        }
        check_endpoint(&kind.endpoint)?;
        if !endpoints.insert(kind.endpoint.to_ascii_lowercase()) {
            return Err(CatalogError::DuplicateResourceType(kind.endpoint.clone().into_owned()));
        }
        let mut own = BTreeSet::new();
        for schema in kind.schemas() {
            let elsewhere = known.iter().find(|other| other.id.eq_ignore_ascii_case(&schema.id));
            if !own.insert(schema.id.to_ascii_lowercase()) || elsewhere.is_some_and(|other| *other != schema) {
                return Err(CatalogError::DuplicateSchema(schema.id.clone().into_owned()));
            }
            known.push(schema);
            check_attributes(&schema.attributes, "")?;
        }
        if let Some(attribute) = kind.schema.attributes.iter().find(|a| common::attribute(&a.name).is_some()) {
            return Err(CatalogError::CommonAttribute(attribute.name.clone().into_owned()));
        }
    }
    Ok(())
}

fn check_endpoint(endpoint: &str) -> Result<(), CatalogError> {
    let segment = endpoint.strip_prefix('/').unwrap_or_default();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let reserved = RESERVED.iter().any(|name| name.eq_ignore_ascii_case(segment));
    if segment.is_empty() || reserved || !segment.bytes().all(legal) {
        return Err(CatalogError::Endpoint(endpoint.to_owned()));
    }
    Ok(())
}

/// `parent` is empty at the top level, where attributes may be complex.
fn check_attributes(attributes: &[Attribute], parent: &str) -> Result<(), CatalogError> {
    let mut names = BTreeSet::new();
    for attribute in attributes {
        let name = if parent.is_empty() { attribute.name.to_string() } else { format!("{parent}.{}", attribute.name) };
        if !is_attribute_name(&attribute.name, !parent.is_empty()) {
            return Err(CatalogError::AttributeName(name));
        }
        if !names.insert(attribute.name.to_ascii_lowercase()) {
            return Err(CatalogError::DuplicateAttribute(name));
        }
        let complex = attribute.kind == Type::Complex;
        if complex && !parent.is_empty() {
            return Err(CatalogError::NestedComplex(name));
        }
        if complex == attribute.sub_attributes.is_empty() {
            return Err(CatalogError::SubAttributes(name));
        }
        check_attributes(&attribute.sub_attributes, &name)?;
    }
    Ok(())
}

/// A letter, then letters, digits, `-`, `_` and `$`; `$ref` is legal as a sub-attribute.
fn is_attribute_name(name: &str, sub_attribute: bool) -> bool {
    let name = if sub_attribute { name.strip_prefix('$').unwrap_or(name) } else { name };
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$'))
}
