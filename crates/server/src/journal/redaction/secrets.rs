//! What looks like a credential wherever it stands: bearer tokens, tokens of ours, JSON Web Tokens.

use std::borrow::Cow;

use super::BLANKED;
use crate::auth::token::{KINDS, prefix};

/// Characters of a credential after its scheme, at least: `basic plan` is none.
const SHORTEST: usize = 8;

/// The text without credentials.
pub(crate) fn blanked(text: &str) -> Cow<'_, str> {
    if !looks_risky(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut announced) = (text, false);
    while !rest.is_empty() {
        let end = rest.find(|character: char| !belongs(character)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        shown.push_str(if !word.is_empty() && ((announced && word.len() >= SHORTEST) || is_token(word)) {
            BLANKED
        } else {
            word
        });
        let gap = tail.find(belongs).unwrap_or(tail.len());
        let (between, next) = tail.split_at(gap);
        announced = ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
            && between.chars().all(|character| character == ' ');
        shown.push_str(between);
        rest = next;
    }
    Cow::Owned(shown)
}

fn looks_risky(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["bearer", "basic", "eyj"].iter().any(|sign| lower.contains(sign))
        || KINDS.iter().any(|kind| lower.contains(prefix(*kind)))
}

/// May stand in a token (RFC 6750 §2.1).
fn belongs(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~+/=".contains(character)
}

/// A token of ours, or a JSON Web Token; what stands around it within the same word goes with it.
fn is_token(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let ours = KINDS.iter().any(|kind| lower.contains(&format!("{}_", prefix(*kind))));
    ours || (word.contains("eyJ") && word.len() > 20 && word.matches('.').count() >= 2)
}
