//! Sentences of the document as people read them: `code` and **strong** words, and nothing else of Markdown.

/// Words of one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) look: Look,
    pub(super) text: &'a str,
}

/// How words look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Code,
    Strong,
}

/// The pieces of a text, in order. A mark that is never closed is a character like any other.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, inner, after, look)) = next(rest) {
        pieces.extend([Piece { look: Look::Plain, text: before }, Piece { look, text: inner }]);
        rest = after;
    }
    pieces.push(Piece { look: Look::Plain, text: rest });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// What stands before the first marked words, these, and what follows.
fn next(text: &str) -> Option<(&str, &str, &str, Look)> {
    let marked = |mark: &str, look| {
        let (before, opened) = text.split_once(mark)?;
        let (inner, after) = opened.split_once(mark)?;
        Some((before, inner, after, look))
    };
    let (code, strong) = (marked("`", Look::Code), marked("**", Look::Strong));
    [code, strong].into_iter().flatten().min_by_key(|(before, ..)| before.len())
}

#[cfg(test)]
mod tests {
    use super::Look::{Code, Plain, Strong};
    use super::*;

    #[test]
    fn code_and_strong_words_are_told_apart() {
        let expected: &[(&str, &[(Look, &str)])] = &[
            ("", &[]),
            ("plain", &[(Plain, "plain")]),
            (
                "the `type` is **one** word",
                &[(Plain, "the "), (Code, "type"), (Plain, " is "), (Strong, "one"), (Plain, " word")],
            ),
            ("`a` `**`", &[(Code, "a"), (Plain, " "), (Code, "**")]),
            ("never ` closed, never ** too", &[(Plain, "never ` closed, never ** too")]),
            ("<b>`<i>`", &[(Plain, "<b>"), (Code, "<i>")]),
        ];
        for (text, expected) in expected {
            let found: Vec<(Look, &str)> = pieces(text).iter().map(|piece| (piece.look, piece.text)).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }
}
