//! The file format of dialogues and checks: steps of one request and what must come back.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::target::Mode;

/// A sequence of requests that belong together. Resources it creates are deleted afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it shows, as a sentence.
    pub title: String,
    /// Where the sequence comes from, or what it stands for.
    #[serde(default)]
    pub about: Option<String>,
    /// RFC section.
    #[serde(default)]
    pub section: Option<String>,
    /// Requirement ids, separated by spaces.
    #[serde(default)]
    pub covers: String,
    /// Connections it is meant for. If nothing is said: lenient alone for dialogues, both for checks.
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// The steps in order.
    #[serde(rename = "step", default)]
    pub steps: Vec<Step>,
}

impl Script {
    /// The requirement ids one by one.
    pub fn ids(&self) -> Vec<String> {
        self.covers.split_whitespace().map(str::to_owned).collect()
    }
}

/// Whose credentials a step carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Caller {
    /// The token of the mode.
    #[default]
    Own,
    /// No `Authorization` header.
    Nobody,
    /// A token that nobody was given.
    Forged,
    /// The token of another tenant or connection.
    Stranger,
}

/// A status, or any of several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Status {
    /// Exactly this one.
    One(u16),
    /// Any of these.
    AnyOf(Vec<u16>),
}

impl Status {
    /// Whether `status` is meant.
    pub fn allows(&self, status: u16) -> bool {
        match self {
            Self::One(one) => *one == status,
            Self::AnyOf(several) => several.contains(&status),
        }
    }

    /// For messages: `200 or 204`.
    pub fn shown(&self) -> String {
        match self {
            Self::One(one) => one.to_string(),
            Self::AnyOf(several) => several.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
        }
    }
}

/// A body made from an earlier answer, as providers do that fetch, change and send back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// Variable that holds the whole resource.
    pub of: String,
    /// JSON members laid over it; objects are merged, everything else replaced.
    #[serde(default)]
    pub with: Option<String>,
    /// Members left out.
    #[serde(default)]
    pub without: Vec<String>,
}

/// One request and what is expected of the answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the client does, as words.
    #[serde(default)]
    pub say: String,
    /// `METHOD /path?query`, relative to the base URL; `origin:` in front of the path leaves the base.
    pub send: String,
    /// Whose credentials.
    #[serde(default, rename = "as")]
    pub caller: Caller,
    /// Header fields. An empty value leaves out a field that would be sent otherwise.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON body with variables.
    #[serde(default)]
    pub body: Option<String>,
    /// Body text that need not be JSON.
    #[serde(default)]
    pub raw: Option<String>,
    /// Body made from an earlier answer.
    #[serde(default)]
    pub echo: Option<Echo>,
    /// Expected status.
    pub status: Status,
    /// Expected `scimType`; the empty string says that there is none.
    #[serde(default)]
    pub error: Option<String>,
    /// Expected members of the body.
    #[serde(default)]
    pub expect: Option<String>,
    /// Expected header fields: a text, a `$test`, or a text ending in `*`.
    #[serde(default)]
    pub answer: BTreeMap<String, String>,
    /// Variables set from the answer: a JSON pointer, `header:name`, or the empty string for the whole body.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// A text that stands nowhere in the body.
    #[serde(default)]
    pub nowhere: Option<String>,
}

impl Step {
    /// A step without headers or expectations but the status.
    pub fn new(send: &str, status: Status) -> Self {
        Self {
            say: String::new(),
            send: send.to_owned(),
            caller: Caller::Own,
            headers: BTreeMap::new(),
            body: None,
            raw: None,
            echo: None,
            status,
            error: None,
            expect: None,
            answer: BTreeMap::new(),
            capture: BTreeMap::new(),
            nowhere: None,
        }
    }
}
