//! A user to patch, operations, and what is expected of them.

use rollcall_scim::patch::{Operation, PATCH_URN, Patched, apply, parse};
use rollcall_scim::{Catalog, Resource, ScimError, ScimType, Tolerances, resource};
use serde_json::{Value, json};

pub(crate) const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What an attribute of P1 is afterwards, or the keyword of the refusal.
#[derive(Clone)]
pub(crate) enum Then {
    /// The attribute has this value; null means that it is unassigned.
    Has(&'static str, Value),
    /// All of them.
    All(Vec<(&'static str, Value)>),
    /// Success, and nothing changed.
    Same,
    /// Refused with this `scimType`.
    Refused(&'static str),
}

pub(crate) use Then::{All, Has, Refused, Same};

pub(crate) fn work() -> Value {
    json!({"value": "a@w.example", "type": "work", "primary": true})
}

pub(crate) fn home() -> Value {
    json!({"value": "a@h.example", "type": "home"})
}

#[derive(Clone)]
pub(crate) struct Patch {
    operations: Vec<Value>,
    lenient_only: bool,
}

impl Patch {
    pub(crate) fn lenient_only(mut self) -> Self {
        self.lenient_only = true;
        self
    }
}

pub(crate) fn message(op: &str, path: Option<&str>, value: Option<Value>) -> Patch {
    let mut operation = json!({"op": op});
    if let Some(path) = path {
        operation["path"] = json!(path);
    }
    if let Some(value) = value {
        operation["value"] = value;
    }
    Patch { operations: vec![operation], lenient_only: false }
}

pub(crate) fn add(path: &str, value: Value) -> Patch {
    message("add", Some(path), Some(value))
}

pub(crate) fn replace(path: &str, value: Value) -> Patch {
    message("replace", Some(path), Some(value))
}

pub(crate) fn remove(path: &str) -> Patch {
    message("remove", Some(path), None)
}

pub(crate) fn remove_value(path: &str, value: Value) -> Patch {
    message("remove", Some(path), Some(value))
}

pub(crate) fn pathless(op: &str, value: Value) -> Patch {
    message(op, None, Some(value))
}

pub(crate) fn all(patches: Vec<Patch>) -> Patch {
    let lenient_only = patches.iter().any(|patch| patch.lenient_only);
    Patch { operations: patches.into_iter().flat_map(|patch| patch.operations).collect(), lenient_only }
}

/// Rows whose outcome is the same in both modes.
pub(crate) fn check(rows: &[(&str, Patch, Then)]) {
    for (id, patch, then) in rows {
        check_row(id, patch, then, &Tolerances::lenient());
        if !patch.lenient_only {
            check_row(id, patch, then, &Tolerances::strict());
        }
    }
}

/// Rows with a lenient and a strict outcome.
pub(crate) fn check_modes(rows: &[(&str, Patch, Then, Then)]) {
    for (id, patch, lenient, strict) in rows {
        check_row(id, patch, lenient, &Tolerances::lenient());
        check_row(id, patch, strict, &Tolerances::strict());
    }
}

pub(crate) fn check_row(id: &str, patch: &Patch, then: &Then, tolerances: &Tolerances) {
    let context = format!("{id} {}", Value::from(patch.operations.clone()));
    let outcome = run(patch, tolerances);
    let expected = match then {
        Refused(keyword) => {
            let error = outcome.expect_err(&context);
            assert_eq!(error.scim_type().map(ScimType::as_str), Some(*keyword), "{context}: {error}");
            return;
        }
        Same => Vec::new(),
        Has(name, value) => vec![(*name, value.clone())],
        All(values) => values.clone(),
    };
    let patched = outcome.unwrap_or_else(|error| panic!("{context}: {error}"));
    let mut attributes = stored().into_attributes();
    for (name, value) in expected {
        if value.is_null() {
            attributes.remove(name);
        } else {
            attributes.insert(name.to_owned(), value);
        }
    }
    assert_eq!(patched.resource.attributes(), &attributes, "{context}");
    assert_eq!(patched.changed, attributes != stored().into_attributes(), "{context}: changed");
    assert!(patched.members.is_empty(), "{context}");
}

pub(crate) fn run(patch: &Patch, tolerances: &Tolerances) -> Result<Patched, ScimError> {
    let body = json!({"schemas": [PATCH_URN], "Operations": patch.operations});
    let operations: Vec<Operation> = parse(body, tolerances, 100)?;
    apply(Catalog::rollcall().user(), "p1", &stored(), &operations, tolerances)
}

/// P1 of the requirements, section G.4.
pub(crate) fn stored() -> Resource {
    let body = json!({"schemas": [USER], "userName": "ann", "externalId": "e1",
        "name": {"givenName": "Ann", "familyName": "Lee"}, "title": "Dev", "active": true,
        "emails": [work(), home()], "roles": [{"value": "r1"}]});
    resource::create(Catalog::rollcall().user(), body, &Tolerances::strict()).unwrap()
}
