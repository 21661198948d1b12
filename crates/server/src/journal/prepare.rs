//! From what went over the wire to what is kept.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::HeaderValue;
use rollcall_directory::{JournalEntry, Scope};
use rollcall_policy::JournalEntryId;
use rollcall_scim::Tolerance;
use rollcall_scim::fold::fold;
use serde_json::Value;

use super::Mode;
use super::exchange::{Content, Exchange};
use super::noted::Person;
use super::redaction::{Redaction, secrets};

/// Characters of a header that are kept.
const HEADER: usize = 200;
/// Characters of a user name, a method or a request id that are kept.
const NAME: usize = 256;
/// Characters of path and query that are kept.
const TARGET: usize = 4_096;

/// An exchange as it was, until the writer has blanked what must not be kept.
#[derive(Debug)]
pub(crate) struct Captured {
    pub(crate) scope: Scope,
    /// `None` if the credentials were refused.
    pub(crate) mode: Option<Mode>,
    pub(crate) strict: bool,
    pub(crate) at: i64,
    pub(crate) request_id: String,
    pub(crate) method: String,
    /// Below the base URL of SCIM.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(&'static str, HeaderValue)>,
    pub(crate) body: Part,
    pub(crate) answer: Part,
    pub(crate) status: u16,
    pub(crate) tolerances: Vec<Tolerance>,
    pub(crate) person: Option<Person>,
    pub(crate) micros: u64,
}

/// A body as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// Its length, if it is known.
    pub(crate) bytes: Option<u64>,
    /// Itself, if it is not too long.
    pub(crate) kept: Option<Bytes>,
}

impl Part {
    /// Longest body that is read for the journal; of longer ones the length is kept.
    pub(crate) const LONGEST: usize = 256 * 1024;

    pub(crate) fn of(bytes: Bytes) -> Self {
        let length = bytes.len();
        Self { bytes: Some(length as u64), kept: (length <= Self::LONGEST).then_some(bytes) }
    }
}

impl Captured {
    pub(crate) fn is_refused(&self) -> bool {
        self.mode.is_none()
    }

    /// Bytes that it holds while it waits.
    pub(super) fn size(&self) -> usize {
        let held = |part: &Part| part.kept.as_ref().map_or(0, Bytes::len);
        held(&self.body) + held(&self.answer)
    }
}

/// Makes entries of captured exchanges.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) body_bytes: usize,
    pub(super) scim_base_url: String,
}

impl Keeper {
    /// The entry of an exchange, with nothing in it that this mode does not keep.
    pub(super) fn entry(&self, id: JournalEntryId, captured: Captured, mode: Mode) -> JournalEntry {
        let mut redaction = Redaction::new(mode, &captured.path, &self.scim_base_url);
        let target = redaction.target(&captured.path, captured.query.as_deref());
        let request = self.content(&mut redaction, &captured.body, true);
        let answer = self.content(&mut redaction, &captured.answer, false);
        let error = error_of(&captured);
        let word = |name: &str| error.as_ref().and_then(|error| error.get(name)).and_then(Value::as_str);
        let exchange = Exchange {
            mode,
            strict: captured.strict,
            headers: headers(&captured.headers),
            request,
            answer,
            detail: word("detail").map(|detail| redaction.detail(detail)),
        };
        let person = captured.person;
        let user_name = person.as_ref().and_then(|person| person.user_name.clone());
        let user_name = user_name.or_else(|| redaction.user_name.clone());
        let user_name = user_name.map(|name| cut(&secrets::blanked(&name), NAME));
        let people = words(redaction.people, person.as_ref(), user_name.as_deref());
        JournalEntry {
            company: captured.scope.company,
            id,
            connection: captured.scope.connection,
            at: captured.at,
            request_id: cut(&captured.request_id, NAME),
            method: cut(&secrets::blanked(&captured.method), NAME),
            target: cut(&target, TARGET),
            status: captured.status,
            scim_type: word("scimType").map(|word| cut(word, NAME)),
            tolerances: captured.tolerances.iter().map(|tolerance| tolerance.as_str().to_owned()).collect(),
            people,
            user: person.as_ref().map(|person| person.user),
            account: person.as_ref().and_then(|person| person.account),
            user_name,
            micros: captured.micros,
            lost: 0,
            exchange: serde_json::to_string(&exchange).unwrap_or_else(|_| "{}".to_owned()),
        }
    }

    /// What is kept of a body: nothing of one that is no JSON, since nobody can tell what in it is a secret.
    fn content(&self, redaction: &mut Redaction<'_>, part: &Part, asks: bool) -> Content {
        let Some(bytes) = part.kept.as_ref().filter(|bytes| !bytes.is_empty()) else {
            let none = part.bytes == Some(0) || part.kept.is_some();
            redaction.unread |= asks && !none;
            return if none { Content::none() } else { Content { bytes: part.bytes, ..Content::default() } };
        };
        let unread = Content { bytes: part.bytes, text: None, whole: false };
        let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
            redaction.unread |= asks;
            return unread;
        };
        redaction.body(&mut value, asks);
        let text = value.to_string();
        let text = secrets::blanked(&text);
        let kept = cut_bytes(&text, self.body_bytes);
        Content { bytes: part.bytes, whole: kept.len() == text.len(), text: Some(kept.to_owned()) }
    }
}

/// By which words an exchange is found: what the request names, and who it turned out to be about.
fn words(mut named: Vec<String>, person: Option<&Person>, user_name: Option<&str>) -> Vec<String> {
    named.extend(person.map(|person| person.user.to_string()));
    named.extend(person.and_then(|person| Some(person.account?.to_string())));
    named.extend(user_name.map(fold));
    named.sort();
    named.dedup();
    named
}

/// The error of a refused request.
fn error_of(captured: &Captured) -> Option<Value> {
    let bytes = captured.answer.kept.as_ref().filter(|_| captured.status >= 400)?;
    serde_json::from_slice(bytes).ok()
}

fn headers(given: &[(&'static str, HeaderValue)]) -> BTreeMap<String, String> {
    let text = |value: &HeaderValue| cut(&secrets::blanked(&String::from_utf8_lossy(value.as_bytes())), HEADER);
    given.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect()
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// The beginning of a text, whole characters of it.
fn cut_bytes(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
