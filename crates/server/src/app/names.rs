//! What companies, organizations and connections may be called.

use uuid::Uuid;

use super::Refusal;

/// Characters of a permanent name.
const LONGEST_NAME: usize = 64;
/// Characters of a text for people.
const LONGEST_TEXT: usize = 200;

/// A permanent name: it stands in paths, in group names before the colon, and in sign-in answers.
pub fn permanent(what: &str, name: &str) -> Result<(), Refusal> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !begins_well || name.len() > LONGEST_NAME || !name.chars().all(known) || Uuid::parse_str(name).is_ok() {
        let detail = format!(
            "the name of {what} is 1 to {LONGEST_NAME} lower-case letters, digits, `-`, `_` and `.`, begins with a \
             letter or digit and is no UUID"
        );
        return Err(Refusal::Invalid(detail));
    }
    Ok(())
}

/// A text for people, trimmed.
pub fn text(member: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control) {
        let detail = format!("`{member}` is 1 to {LONGEST_TEXT} characters, none of them a control character");
        return Err(Refusal::Invalid(detail));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permanent_name_has_no_second_spelling() {
        for good in ["a", "acme", "acme-eu.2", "7_dwarfs", &"x".repeat(64)] {
            assert_eq!(permanent("a company", good), Ok(()), "{good}");
        }
        let uuid = "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f";
        for bad in ["", "Acme", " acme", "ac me", "acme:eu", "-acme", ".", "ünal", "a/b", uuid, &"x".repeat(65)] {
            assert!(permanent("a company", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_text_is_trimmed_and_bounded() {
        assert_eq!(text("display_name", "  Acme GmbH \t"), Ok("Acme GmbH".to_owned()));
        for bad in ["", " ", "a\u{0}b", "a\nb", &"x".repeat(201)] {
            assert!(text("display_name", bad).is_err(), "{bad:?}");
        }
    }
}
