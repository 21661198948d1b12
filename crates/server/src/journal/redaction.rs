//! What is blanked before anything is kept.
//!
//! Secrets always: passwords, tokens, whatever is named or looks like one. In the mode `redacted` also every value but those
//! that say nothing of a person beyond who they are: ids, `userName`, schemas, operations, switches. Names of attributes,
//! structure, types and lengths stay. What is kept is listed (`names`); anything unknown is blanked.

mod filter;
mod names;
pub(crate) mod secrets;
mod target;

use std::collections::BTreeSet;

use rollcall_scim::fold::fold;
use serde_json::{Map, Value};
use uuid::Uuid;

use self::names::{Kind, Name};
use super::Mode;

/// Stands for a secret.
pub(crate) const BLANKED: &str = "[blanked]";
/// Characters of a blanked value, at most.
const LONGEST: usize = 256;
/// Characters of an error's sentence, at most.
const SENTENCE: usize = 2_000;
/// Words by which an exchange is found, at most.
const PEOPLE: usize = 100;
/// Blanked values that are looked for in the sentence of an error.
const HIDDEN: usize = 10_000;

/// Blanks the parts of one exchange, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Redaction<'a> {
    mode: Mode,
    /// It is about a group: its name is nobody's.
    group: bool,
    scim_base_url: &'a str,
    /// What was blanked: it must not stand in an error's sentence either.
    hidden: BTreeSet<String>,
    /// The body of the request could not be read: whatever an error quotes may be somebody's.
    pub(crate) unread: bool,
    /// What comes from the provider tells whom it is about; a list that we answer tells about everybody.
    asks: bool,
    /// Ids and folded user names that the request names.
    pub(crate) people: Vec<String>,
    /// The first user name that it names.
    pub(crate) user_name: Option<String>,
}

impl<'a> Redaction<'a> {
    pub(crate) fn new(mode: Mode, path: &str, scim_base_url: &'a str) -> Self {
        let group = path.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("/groups"));
        let (hidden, people) = (BTreeSet::new(), Vec::new());
        Self { mode, group, scim_base_url, hidden, unread: false, asks: true, people, user_name: None }
    }

    /// Blanks a body in its place; `asks` is the request's.
    pub(crate) fn body(&mut self, value: &mut Value, asks: bool) {
        self.asks = asks;
        self.value(&Name::of("", ""), value);
    }

    /// The sentence of an error without what was blanked elsewhere, in whole or word by word. What it quotes stays only if it
    /// reads like a name.
    pub(crate) fn detail(&self, detail: &str) -> String {
        let mut text: String = detail.chars().take(SENTENCE).collect();
        let words = self.hidden.iter().flat_map(|hidden| hidden.split(|c: char| !c.is_alphanumeric()));
        for hidden in self.hidden.iter().map(String::as_str).chain(words) {
            if hidden.chars().count() >= 3 && text.contains(hidden) {
                text = text.replace(hidden, &mask(hidden));
            }
        }
        let mut pieces: Vec<String> = text.split('`').map(str::to_owned).collect();
        for quoted in pieces.iter_mut().skip(1).step_by(2) {
            let part = |hidden: &String| hidden.contains(quoted.as_str());
            let foreign = self.unread || (self.mode == Mode::Redacted && !names::is_plain(quoted));
            if foreign || self.hidden.iter().any(part) {
                *quoted = mask(quoted);
            }
        }
        secrets::blanked(&pieces.join("`")).into_owned()
    }

    fn value(&mut self, name: &Name, value: &mut Value) {
        if name.kind() == Kind::Secret && !value.is_null() {
            self.hide_all(value);
            *value = Value::from(BLANKED);
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if self.mode == Mode::Redacted && !name.is_count() {
                    self.hide(&number.to_string());
                    *value = Value::from(0);
                }
            }
            Value::String(text) => {
                if let Some(instead) = self.text(name, text) {
                    *text = instead;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(name, item)),
            Value::Object(members) => self.members(name, members),
        }
    }

    fn members(&mut self, name: &Name, members: &mut Map<String, Value>) {
        // An operation says in `path` what its `value` is.
        let path = members.iter().find(|(key, _)| key.eq_ignore_ascii_case("path")).and_then(|(_, path)| path.as_str());
        let operand = path.map(|path| Name::of(path, name.last()));
        for (key, mut value) in std::mem::take(members) {
            let own = match &operand {
                Some(operand) if key.eq_ignore_ascii_case("value") => operand.clone(),
                _ => Name::of(&key, name.last()),
            };
            self.value(&own, &mut value);
            let key = if self.mode == Mode::Redacted { self.key(key) } else { key };
            members.insert(key, value);
        }
    }

    /// The name of a member, unless it reads like something else.
    fn key(&mut self, key: String) -> String {
        if names::is_plain(&key) {
            return key;
        }
        self.filter(&key, true)
    }

    /// What stands instead of a text; `None` if it stays.
    fn text(&mut self, name: &Name, text: &str) -> Option<String> {
        let kind = name.kind();
        if kind == Kind::Path && text.starts_with('/') {
            return Some(self.target(text, None));
        }
        if kind == Kind::Path || kind == Kind::Filter {
            return Some(self.filter(text, kind == Kind::Path));
        }
        if kind == Kind::Detail {
            return Some(self.detail(text));
        }
        if kind == Kind::Secret {
            self.hide(text);
            return Some(BLANKED.to_owned());
        }
        if self.keeps(name, text) {
            return None;
        }
        self.hide(text);
        Some(mask(text))
    }

    /// Whether a text of this name is kept as it is.
    fn keeps(&mut self, name: &Name, text: &str) -> bool {
        self.note(name, text);
        let kind = name.kind();
        if kind == Kind::Secret || self.mode != Mode::Redacted {
            return kind != Kind::Secret;
        }
        if kind == Kind::Location {
            return text.strip_prefix(self.scim_base_url).is_some_and(target::is_plain_place);
        }
        (kind == Kind::DisplayName && self.group) || names::keeps(kind, text)
    }

    /// Remembers whom the request names.
    fn note(&mut self, name: &Name, text: &str) {
        if !self.asks || self.people.len() >= PEOPLE {
            return;
        }
        let kind = name.kind();
        if kind == Kind::UserName {
            self.user_name.get_or_insert_with(|| text.to_owned());
            self.people.push(fold(text));
        } else if kind == Kind::Id || kind == Kind::Reference {
            self.note_id(text);
        }
    }

    fn note_id(&mut self, text: &str) {
        if let Ok(id) = Uuid::try_parse(text)
            && self.people.len() < PEOPLE
        {
            self.people.push(id.to_string());
        }
    }

    fn hide(&mut self, text: &str) {
        if self.hidden.len() < HIDDEN && !text.is_empty() {
            self.hidden.insert(text.to_owned());
        }
    }

    fn hide_all(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.hide(&number.to_string()),
            Value::String(text) => self.hide(text),
            Value::Array(items) => items.iter().for_each(|item| self.hide_all(item)),
            Value::Object(members) => members.values().for_each(|value| self.hide_all(value)),
        }
    }
}

/// As many `x` as there were characters; an `@` stays, so that an address is still known for one.
pub(super) fn mask(text: &str) -> String {
    text.chars().take(LONGEST).map(|character| if character == '@' { '@' } else { 'x' }).collect()
}

#[cfg(test)]
mod tests;
