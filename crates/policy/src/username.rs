//! Generated usernames: 4 to 30 lower-case letters and digits (J-2, provisioning-rules section 4 row 36).

use crate::email;

const SHORTEST: usize = 4;
const LONGEST: usize = 30;

/// Username candidates from e-mail, name and random digits, best first, without repetition.
///
/// One candidate per number: the first ones from the local part of the address, then from the name, with four digits;
/// the last one with all digits of its number. The caller takes the first that nobody has; with numbers from a random
/// source a handful is enough. Without numbers there is no candidate.
///
/// ```
/// let candidates = rollcall_policy::username::candidates("Jane.Doe@acme.example", Some("Jane Doe"), &[31_4159]);
/// assert_eq!(candidates, ["janedoe314159"]);
/// ```
pub fn candidates(address: &str, full_name: Option<&str>, digits: &[u32]) -> Vec<String> {
    let local = address.split('@').next().unwrap_or_default();
    let by_address = slug(local);
    let by_name = slug(full_name.unwrap_or_default());
    let by_domain = slug(email::domain(address).unwrap_or_default());
    let stems: Vec<&str> = [&by_address, &by_name, &by_domain]
        .into_iter()
        .map(String::as_str)
        .filter(|stem| stem.chars().any(|c| c.is_ascii_alphabetic()))
        .collect();
    let best = stems.first().copied().unwrap_or("user");
    let mut found = Vec::new();
    for (index, number) in digits.iter().enumerate() {
        let last = index + 1 == digits.len();
        let suffix = if last { number.to_string() } else { format!("{:04}", number % 10_000) };
        // Every other candidate tries the next stem: two people of one local part rarely share the name as well.
        let stem = if last { best } else { stems.get(index % 2).copied().unwrap_or(best) };
        let candidate = fit(stem, &suffix);
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}

/// Letters and digits of ASCII, in lower case; everything else is left out.
fn slug(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Stem and suffix within the limits: a long stem is cut, a short result padded in front of its digits.
fn fit(stem: &str, suffix: &str) -> String {
    let room = LONGEST.saturating_sub(suffix.len());
    let stem: String = stem.chars().take(room).collect();
    let width = SHORTEST.saturating_sub(stem.len());
    format!("{stem}{suffix:0>width$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// P4-36.
    #[test]
    fn names_follow_address_then_name() {
        let found = candidates("jane@acme.example", Some("Jane Doe"), &[12, 345, 67, 1_234_567]);
        assert_eq!(found, ["jane0012", "janedoe0345", "jane0067", "jane1234567"], "J-2");
    }

    #[test]
    fn what_has_no_letters_gets_some() {
        assert_eq!(candidates("李@例え.example", None, &[7, 8]), ["example0007", "example8"]);
        assert_eq!(candidates("1@2", None, &[7]), ["user7"]);
        assert_eq!(candidates("a@2", None, &[7]), ["a007"]);
    }

    proptest! {
        #[test]
        fn every_candidate_is_a_username(address in ".{0,60}", name in proptest::option::of(".{0,60}"),
                                         digits in proptest::collection::vec(any::<u32>(), 0..6)) {
            let found = candidates(&address, name.as_deref(), &digits);
            prop_assert_eq!(found.is_empty(), digits.is_empty());
            for candidate in found {
                prop_assert!((4..=30).contains(&candidate.len()), "{}", candidate);
                prop_assert!(candidate.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{}", candidate);
            }
        }
    }
}
