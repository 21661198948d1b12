//! E-mail addresses whose domain is spelled as DNS would find it (decision 0012; RC-1, RC-6).
//!
//! Accounts are found by the fold of their address, and folding goes further than DNS does: `straße.example` and
//! `strasse.example` are two domains with one fold. So an address counts only if its domain is one of the spellings by which
//! a stored domain governs its people. Whoever takes an address from outside asks here.

use std::borrow::Cow;

use rollcall_policy::{Assertion, email};
use rollcall_scim::fold::fold;

use super::domains::name::{ascii, spellings};

/// Whether a text is an address that Rollcall takes: one of an internationalized domain may need the ASCII form of it.
pub fn is_address(text: &str) -> bool {
    let text = text.trim();
    email::is_address(text) && email::domain(text).is_some_and(is_unmistakable)
}

/// What a refusal says that expected an address.
pub const EXPECTED: &str =
    "one address such as `ada@acme.example`, with a domain like `straße.example` in its ASCII form";

/// The domain of an address as it is stored (`xn--bcher-kva.example` for `bücher.example`), folded or not.
pub fn domain(address: &str) -> Option<String> {
    let name = email::domain(address.trim()).filter(|_| is_address(address))?;
    Some(ascii(name).unwrap_or_else(|| fold(name)))
}

/// The assertion without an address that nobody may have.
pub fn checked(assertion: &Assertion) -> Cow<'_, Assertion> {
    match &assertion.email {
        Some(email) if !is_address(&email.text) => Cow::Owned(Assertion { email: None, ..assertion.clone() }),
        Some(_) | None => Cow::Borrowed(assertion),
    }
}

/// Whether the fold of a domain means that domain alone. ASCII letters fold as DNS does.
fn is_unmistakable(domain: &str) -> bool {
    domain.is_ascii() || ascii(domain).is_some_and(|name| spellings(&name).contains(&fold(domain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: Option<&str>) {
        assert_eq!(domain(address).as_deref(), expected, "{address:?}");
        assert_eq!(is_address(address), expected.is_some(), "{address:?}");
    }

    /// RC-1: one fold, one domain.
    #[test]
    fn an_address_belongs_to_one_domain() {
        check(" Ada@ACME.example ", Some("acme.example"));
        check("ada@b\u{fc}cher.example", Some("xn--bcher-kva.example"));
        check("ada@BU\u{308}CHER.example", Some("xn--bcher-kva.example"));
        check("ada@XN--BCHER-KVA.example", Some("xn--bcher-kva.example"));
        check("ada@xn--strae-oqa.example", Some("xn--strae-oqa.example"));
        check("ada@strasse.example", Some("strasse.example"));
        check("ada@intern_al.example", Some("intern_al.example"));
        for mistaken in ["stra\u{df}e", "\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c2}", "\u{ff41}cme", "a\u{3002}b"] {
            check(&format!("ada@{mistaken}.example"), None);
        }
        // DNS takes a long s for an s, too.
        check("ada@acm\u{17f}.example", Some("acms.example"));
        check("ada", None);
    }
}
