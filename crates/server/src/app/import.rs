//! Importing a directory from a file: lines of SCIM resources, or a table of users, pushed as a provider would push them.
//!
//! The file is read several times and never held. [`check`] reads it to its end and lists every bad line; only then
//! [`push`] writes, through the very use cases of `/scim/v2`, so that every rule holds. Of each line three hashes are kept.

pub mod check;
pub mod push;
pub mod records;
pub mod table;

use std::fmt;

use rollcall_scim::Resource;
use rollcall_scim::schema::{group, user};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user.
    User,
    /// A group.
    Group,
}

/// A line that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BadLine {
    /// From 1.
    pub line: u64,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// One resource of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where it begins.
    pub line: u64,
    /// The resource without what only a server writes.
    pub body: Map<String, Value>,
    /// The id that it had where it is from.
    pub id: Option<String>,
    /// What it is.
    pub subject: Subject,
}

impl Record {
    /// From the object of a line.
    fn read(line: u64, mut body: Map<String, Value>) -> Result<Self, BadLine> {
        let subject = subject(&body).ok_or_else(|| BadLine {
            line,
            problem: "this is neither a user nor a group; expected `schemas`, or a `userName` or `displayName`"
                .to_owned(),
        })?;
        let id = take(&mut body, "id").and_then(|id| id.as_str().map(str::to_owned));
        for name in ["meta", "groups"] {
            take(&mut body, name);
        }
        Ok(Self { line, body, id, subject })
    }
}

/// Names of attributes have no case (RFC 7643 §2.1).
fn take(body: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let name = body.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned()?;
    body.shift_remove(&name)
}

fn get<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn subject(body: &Map<String, Value>) -> Option<Subject> {
    let schemas = get(body, "schemas").and_then(Value::as_array).into_iter().flatten();
    for urn in schemas.filter_map(Value::as_str) {
        if urn.eq_ignore_ascii_case(user::URN) {
            return Some(Subject::User);
        }
        if urn.eq_ignore_ascii_case(group::URN) {
            return Some(Subject::Group);
        }
    }
    if get(body, "userName").is_some() {
        return Some(Subject::User);
    }
    get(body, "displayName").map(|_| Subject::Group)
}

/// What is kept of a text that is looked up again.
fn hash(text: &str) -> u128 {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let (first, _) = digest.split_at(16);
    first.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The manager that a user names (RFC 7643 §4.3).
fn manager(resource: &Resource) -> Option<&str> {
    resource.extension(rollcall_scim::schema::enterprise::URN)?.get("manager")?.get("value")?.as_str()
}
