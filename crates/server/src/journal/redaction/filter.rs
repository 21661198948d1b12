//! Filters and PATCH paths: names and operators stay, values are judged by the attribute that they are compared with.

use super::names::{Kind, Name, is_plain};
use super::{BLANKED, Redaction, mask};
use crate::journal::Mode;

/// A piece of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Anything between blanks, brackets and quotes.
    Word(&'a str),
    /// With its quotes; the last one may lack the end.
    Quoted(&'a str),
    /// A blank or a bracket.
    Mark(char),
}

const COMPARISONS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

/// Where the walk through a filter stands.
#[derive(Debug, Default)]
struct Walk {
    attribute: Option<Name>,
    /// The attribute before an open bracket.
    around: String,
    /// A comparison was read; what comes now is its value.
    compares: bool,
}

impl Redaction<'_> {
    /// A filter, or (`path`) the path of an operation or a key, without the values that are not kept.
    pub(super) fn filter(&mut self, text: &str, path: bool) -> String {
        let pieces = pieces(text);
        let mut walk = Walk::default();
        let mut shown = String::with_capacity(text.len());
        for (index, piece) in pieces.iter().enumerate() {
            match *piece {
                Piece::Mark(mark) => {
                    match (mark, &walk.attribute) {
                        ('[', Some(attribute)) => walk.around = attribute.last().to_owned(),
                        (']', _) => walk.attribute = None,
                        _ => {}
                    }
                    shown.push(mark);
                }
                Piece::Word(word) if !walk.compares => {
                    let next = pieces.iter().skip(index + 1).find(|piece| **piece != Piece::Mark(' '));
                    let before = index.checked_sub(1).and_then(|before| pieces.get(before));
                    // The beginning of a path, or what follows its bracket.
                    let last = path && (before.is_none() || before == Some(&Piece::Mark(']')));
                    shown.push_str(&self.word(&mut walk, word, next.copied(), last));
                }
                Piece::Word(value) | Piece::Quoted(value) => shown.push_str(&self.operand(&mut walk, value)),
            }
        }
        shown
    }

    /// A name or an operator; anything else is blanked. `last`: nothing follows, and a name may stand there.
    fn word(&mut self, walk: &mut Walk, word: &str, next: Option<Piece<'_>>, last: bool) -> String {
        let is = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        if walk.attribute.is_some() && is(&COMPARISONS) {
            walk.compares = true;
            return word.to_owned();
        }
        if is(&["and", "or", "not"]) || (walk.attribute.is_some() && is(&["pr"])) {
            return word.to_owned();
        }
        let named = match next {
            Some(Piece::Mark('[')) => true,
            Some(Piece::Word(operator)) => {
                COMPARISONS.iter().chain(&["pr"]).any(|known| known.eq_ignore_ascii_case(operator))
            }
            Some(Piece::Mark(_) | Piece::Quoted(_)) => false,
            None => last,
        };
        if self.mode != Mode::Redacted || (named && is_plain(word)) {
            let around = std::mem::take(&mut walk.around);
            walk.attribute = Some(Name::of(word, &around));
            if !word.starts_with('.') {
                walk.around = around;
            }
            return word.to_owned();
        }
        self.hide(word);
        mask(word)
    }

    fn operand(&mut self, walk: &mut Walk, value: &str) -> String {
        let compared = std::mem::take(&mut walk.compares);
        let inner = value.strip_prefix('"').map_or(value, |rest| rest.strip_suffix('"').unwrap_or(rest));
        let quoted = inner.len() != value.len();
        let name = walk.attribute.clone().filter(|_| compared).unwrap_or_else(|| Name::of("", ""));
        if name.kind() == Kind::Secret {
            self.hide(inner);
            return format!("\"{BLANKED}\"");
        }
        let plain = !quoted && ["true", "false", "null"].contains(&inner.to_ascii_lowercase().as_str());
        if plain || self.keeps(&name, inner) {
            return value.to_owned();
        }
        self.hide(inner);
        if quoted { format!("\"{}\"", mask(inner)) } else { mask(inner) }
    }
}

/// Takes a text apart; put together again the pieces are the text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            ' ' | '(' | ')' | '[' | ']' => 0,
            '"' => quoted_length(rest),
            _ => rest.find([' ', '(', ')', '[', ']', '"']).unwrap_or(rest.len()),
        };
        let (piece, tail) = rest.split_at(end.max(first.len_utf8()));
        pieces.push(match first {
            ' ' | '(' | ')' | '[' | ']' => Piece::Mark(first),
            '"' => Piece::Quoted(piece),
            _ => Piece::Word(piece),
        });
        rest = tail;
    }
    pieces
}

/// Up to and with the closing quote, else everything.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return index + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}
