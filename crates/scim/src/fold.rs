//! The one rule by which text is compared without case (A-91, C-2, E-15).

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The form in which text that is not `caseExact` is compared and kept unique.
///
/// Without surrounding white space, in NFC, under Unicode's full default case folding, in NFC again: composing after
/// folding makes `É` typed as one or as two code points the same. No language has its own rules, Turkish neither.
pub fn fold(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().default_case_fold().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn spellings_of_one_name_fold_to_one_text() {
        // A-91, C-2: case, composition, ligatures and surrounding space do not make another name.
        let rows = [
            ("Alice", "aLICE"),
            (" alice\u{a0}", "alice"),
            ("\u{c9}milie", "e\u{301}milie"),
            ("STRASSE", "stra\u{df}e"),
            ("\u{fb01}n", "FIN"),
            ("\u{1e9e}", "ss"),
            ("\u{212a}elvin", "kelvin"),
            ("\u{39f}\u{3a3}", "\u{3bf}\u{3c2}"),
            ("\u{13a0}", "\u{ab70}"),
        ];
        for (left, right) in rows {
            assert_eq!(fold(left), fold(right), "{left:?} and {right:?}");
        }
    }

    #[test]
    fn letters_that_only_look_alike_stay_apart() {
        for (left, right) in [("I", "\u{131}"), ("i", "\u{130}"), ("e", "\u{e9}"), ("a", "\u{430}"), ("a b", "ab")] {
            assert_ne!(fold(left), fold(right), "{left:?} and {right:?}");
        }
    }

    #[test]
    fn folding_a_folded_code_point_changes_nothing() {
        // No letter beyond has a case.
        for code_point in '\u{0}'..='\u{1ffff}' {
            let once = fold(&code_point.to_string());
            assert_eq!(fold(&once), once, "{code_point:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn marks_in_any_order_fold_once(text in "[a\u{3b1}\u{3b9}\u{c9}\u{300}-\u{36f}\u{1f80}-\u{1ffc}]{1,8}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
