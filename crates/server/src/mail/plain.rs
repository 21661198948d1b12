//! Foreign text in letters. Names come from directories and administrators of any company: nothing in them may begin a
//! line, turn the direction of reading, or become a link in whatever reads the letter.

/// Characters of a name.
const LONGEST_NAME: usize = 100;
/// Characters of an address (RFC 5321 §4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;
/// Characters of a server's answer.
const LONGEST_ANSWER: usize = 400;

/// A name of somebody or something.
pub(super) fn name(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let visible = visible(text, LONGEST_NAME);
    let mut characters = visible.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '@' => safe.push_str(" at "),
            '/' | '\\' => safe.push('-'),
            // `acme.example` would become a link; `J. R.` stays as it is.
            '.' | ':' | '\u{3002}' | '\u{ff0e}' => {
                safe.push(character);
                if characters.peek().is_some_and(|next| !next.is_whitespace()) {
                    safe.push(' ');
                }
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// An address, a domain or a URL: shown as it is, without what cannot be seen.
pub(super) fn address(text: &str) -> String {
    visible(text, LONGEST_ADDRESS)
}

/// What a server said.
pub(super) fn answer(text: &str) -> String {
    visible(text, LONGEST_ANSWER)
}

/// One line of what can be seen, cut to so many characters.
fn visible(text: &str, longest: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_whitespace() || is_line_end(c) { ' ' } else { c }).collect();
    let plain: String = plain.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= longest {
        return line;
    }
    let mut cut: String = line.chars().take(longest.saturating_sub(1)).collect();
    cut.push('\u{2026}');
    cut
}

const fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Marks of direction, joiners, fillers, tags: what has no look of its own.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_no_line_and_no_link() {
        for (given, shown) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("J. R. R. Tolkien, Jr.", "J. R. R. Tolkien, Jr."),
            ("Ada\r\nBcc: eve@evil.example", "Ada Bcc: eve at evil. example"),
            ("https://evil.example/x", "https: --evil. example-x"),
            ("www.evil.example", "www. evil. example"),
            ("mailto:a@b.example", "mailto: a at b. example"),
            ("a\u{202e}b\u{200b}c\u{0}d\u{2028}e", "abcd e"),
            ("  Zo\u{eb}  \t", "Zo\u{eb}"),
        ] {
            assert_eq!(name(given), shown, "{given:?}");
        }
        assert_eq!(name(&"x".repeat(5_000)).chars().count(), LONGEST_NAME);
        assert_eq!(address("ada@acme.example"), "ada@acme.example");
    }
}
