//! Configuration as a file: what administrators have decided, written as TOML and applied again.
//!
//! A file is a list of [`Entity`]s. Whatever it does not mention stays as it is. No secrets are in it: tokens are made by
//! `rollcall token`, and of a connection only the settings named in [`keys`] are written.

pub mod apply;
pub mod check;
pub mod current;
pub mod difference;
pub mod keys;
pub mod parse;
pub mod text;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What an entity is; in the order in which they need each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A tenant.
    Company,
    /// Of a company.
    Organization,
    /// A mail domain of a company.
    Domain,
    /// Of a company.
    Connection,
}

impl Kind {
    /// As its table is called in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Organization => "organization",
            Self::Domain => "domain",
            Self::Connection => "connection",
        }
    }
}

/// Which entity is meant: by names, since ids differ from one directory to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// The company's name; its own for a company.
    pub company: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Company => write!(f, "company {}", self.company),
            Kind::Organization | Kind::Domain | Kind::Connection => {
                write!(f, "{} {} of {}", self.kind.word(), self.name, self.company)
            }
        }
    }
}

/// A company or something of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Which.
    pub key: Key,
    /// The line where it begins; 0 for what is stored.
    pub line: usize,
    /// What is said of it, by the names in [`keys`], in the form that [`keys::normal`] gives them.
    pub values: BTreeMap<String, Given>,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// From 1; 0 for what is stored.
    pub line: usize,
    /// The value.
    pub value: Value,
}

impl Entity {
    /// The value of that name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|given| &given.value)
    }

    /// A text of that name; none if it is empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.value(name).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The line of a value, or of the whole.
    pub fn line_of(&self, name: &str) -> usize {
        self.values.get(name).map_or(self.line, |given| given.line)
    }
}

/// A mistake of the file's author.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}
