//! E-mail addresses, as far as deciding needs them (RC-6, SI-4, D-4).

/// The longest address that mail systems carry (RFC 5321 section 4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

/// Whether a text is an e-mail address: one `@`, something on both sides, nothing that cannot be sent to.
///
/// Quoted local parts and bare host names without an at-sign are none; addresses in any script are.
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let clean = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '<' | '>' | ',' | ';' | '"'))
    };
    text.len() <= LONGEST && clean(local) && clean(domain) && domain.split('.').all(|label| !label.is_empty())
}

/// The domain of an address: what follows the last `@`. Give it a folded address to get a folded domain.
pub fn domain(address: &str) -> Option<&str> {
    address.rsplit_once('@').map(|(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(is_address(text), expected, "{text:?}");
    }

    #[test]
    fn addresses_are_told_from_other_names() {
        check("jane@acme.example", true);
        check("jane.o'neil+x@sub.acme.example", true);
        check("Ünal@bücher.example", true);
        for text in ["", "jane", "@acme.example", "jane@", "jane@acme..example", "jane@.example", "a@b@c"] {
            check(text, false);
        }
        check("Jane <jane@acme.example>", false);
        check("jane@acme.example\u{0}", false);
        check(&format!("{}@acme.example", "j".repeat(250)), false);
    }

    #[test]
    fn nothing_is_inherited_from_a_parent_domain() {
        assert_eq!(domain("jane@us.acme.example"), Some("us.acme.example"), "D-4");
    }
}
