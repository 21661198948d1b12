//! Full names from their parts (provisioning-rules section 4 row 37, U-8).

/// The longest full name kept, in characters; longer ones are cut.
const LONGEST: usize = 256;

/// The full name of an assertion: the whole name wins, else given name and surname joined by a space.
///
/// `None` if nothing but blanks was given: a name is only ever changed, never cleared.
pub fn full_name(whole: Option<&str>, given: Option<&str>, family: Option<&str>) -> Option<String> {
    usable(whole).or_else(|| join(given, family))
}

/// The full name of a pushed user: given name and surname win, else `name.formatted`, else `displayName`.
///
/// The other way round than in an assertion: providers patch the parts and leave `formatted` as it was.
pub fn pushed_name(
    given: Option<&str>,
    family: Option<&str>,
    formatted: Option<&str>,
    display: Option<&str>,
) -> Option<String> {
    join(given, family).or_else(|| usable(formatted)).or_else(|| usable(display))
}

fn join(given: Option<&str>, family: Option<&str>) -> Option<String> {
    match (usable(given), usable(family)) {
        (Some(given), Some(family)) => usable(Some(&format!("{given} {family}"))),
        (given, family) => given.or(family),
    }
}

fn usable(text: Option<&str>) -> Option<String> {
    // Runs of blanks and stray control characters are typing, not a different name.
    let words = text?.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let name: String = words.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_wins_in_an_assertion() {
        assert_eq!(full_name(Some("Jane D. Doe"), Some("Jane"), Some("Doe")).as_deref(), Some("Jane D. Doe"));
        assert_eq!(full_name(Some("  "), Some("Jane"), Some("Doe")).as_deref(), Some("Jane Doe"));
        assert_eq!(full_name(None, None, Some("Doe")).as_deref(), Some("Doe"));
        assert_eq!(full_name(None, Some(" "), None), None);
    }

    #[test]
    fn the_parts_win_in_a_push() {
        let patched = pushed_name(Some("Jane"), Some("Roe"), Some("Jane Doe"), Some("jdoe"));
        assert_eq!(patched.as_deref(), Some("Jane Roe"));
        assert_eq!(pushed_name(None, None, None, Some("jdoe")).as_deref(), Some("jdoe"));
    }
}
