//! Names of mail domains: what may be added, and how it is written (P/D-3 to P/D-5).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use rollcall_scim::fold::fold;

use super::public_mail;

/// A name in lower case and ASCII, at least two labels, no public mail provider's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DomainName(String);

/// Why a text is no name of a mail domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` {problem}; expected the part of mail addresses after the `@`, such as `acme.example`")]
pub struct NameError {
    given: String,
    problem: &'static str,
}

/// As much of a wrong name as an error quotes.
const QUOTED: usize = 100;

impl DomainName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let wrong = |problem| NameError { given: text.chars().take(QUOTED).collect(), problem };
        if let Some(problem) = problem_of_form(text) {
            return Err(wrong(problem));
        }
        let Some(name) = ascii(text) else { return Err(wrong("is no name that DNS knows")) };
        let labels: Vec<&str> = name.split('.').collect();
        if labels.len() < 2 {
            return Err(wrong("has no dot"));
        }
        if labels.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(wrong("ends in a number"));
        }
        if labels.len() > 2 && labels.first() == Some(&"www") {
            return Err(wrong("begins with `www.`, where no mail goes"));
        }
        if public_mail::is_public(&name) {
            return Err(wrong("is a public mail provider, whose people belong to nobody"));
        }
        Ok(Self(name))
    }
}

/// What a text is that is more or less than a name.
fn problem_of_form(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("is empty");
    }
    if text.contains("://") {
        return Some("is a URL");
    }
    if text.parse::<IpAddr>().is_ok() || text.starts_with('[') {
        return Some("is an IP address");
    }
    let of_letter = |letter| match letter {
        '@' => Some("is a mail address"),
        '/' | '?' | '#' | '\\' => Some("has a path"),
        ':' => Some("has a port"),
        '*' => Some("has a wildcard, and sub-domains are added one by one"),
        letter if letter.is_whitespace() => Some("has a blank"),
        _ => None,
    };
    text.chars().find_map(of_letter).or_else(|| text.ends_with('.').then_some("ends in a dot"))
}

/// The name as DNS has it; `None` if it cannot be in DNS.
pub(in crate::app) fn ascii(text: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    ascii.ok().map(std::borrow::Cow::into_owned)
}

/// How folded addresses of a stored domain end: in its ASCII form, or in letters of any script.
///
/// Folding goes further than DNS does (`ß` becomes `ss`): letters that fold to another domain's name are left out, else
/// the owner of one domain would govern people of the other.
pub fn spellings(name: &str) -> Vec<String> {
    let folded = fold(name);
    let mut spellings = vec![folded];
    if name.contains("xn--") {
        let (letters, valid) = Uts46::new().to_unicode(name.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let letters = fold(&letters);
        if valid.is_ok() && ascii(&letters).as_deref() == Some(name) && !spellings.contains(&letters) {
            spellings.push(letters);
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let parsed = text.parse::<DomainName>();
        let parsed = parsed.as_ref().map(DomainName::as_str).map_err(|error| error.problem);
        assert_eq!(parsed, expected, "{text:?}");
    }

    /// P/D-3, P/D-4: sub-domains are names like others.
    #[test]
    fn names_are_written_in_lower_case_and_ascii() {
        check("acme.example", Ok("acme.example"));
        check(" ACME.Example ", Ok("acme.example"));
        check("us.acme.example", Ok("us.acme.example"));
        check("b\u{fc}cher.example", Ok("xn--bcher-kva.example"));
        check("XN--BCHER-KVA.example", Ok("xn--bcher-kva.example"));
        check("acme\u{3002}example", Ok("acme.example"));
        check("www.example", Ok("www.example"));
        check("r3---a.example", Ok("r3---a.example"));
        check("1und1.example", Ok("1und1.example"));
        check(&format!("{}.example", "a".repeat(63)), Ok(&format!("{}.example", "a".repeat(63))));
    }

    /// P/D-5.
    #[test]
    fn what_is_more_or_less_than_a_domain_is_refused() {
        check("", Err("is empty"));
        check("https://acme.example", Err("is a URL"));
        check("jane@acme.example", Err("is a mail address"));
        check("acme.example/login", Err("has a path"));
        check("acme.example:8080", Err("has a port"));
        check("www.acme.example", Err("begins with `www.`, where no mail goes"));
        check("acme.example.", Err("ends in a dot"));
        check("*.acme.example", Err("has a wildcard, and sub-domains are added one by one"));
        check("acme example.example", Err("has a blank"));
        check("192.0.2.7", Err("is an IP address"));
        check("2001:db8::1", Err("is an IP address"));
        check("[192.0.2.7]", Err("is an IP address"));
        check("1.2.3", Err("ends in a number"));
        check("example", Err("has no dot"));
        for text in ["acme..example", ".example", "-acme.example", "acme-.example", "a_b.example", "xn--a.example"] {
            check(text, Err("is no name that DNS knows"));
        }
        check(&format!("{}.example", "a".repeat(64)), Err("is no name that DNS knows"));
        check(&format!("{}example", "abcdefg.".repeat(32)), Err("is no name that DNS knows"));
        check("acme.example\u{0}", Err("is no name that DNS knows"));
    }

    /// P/D-5.
    #[test]
    fn public_mail_providers_are_refused() {
        for text in ["gmail.com", "GMail.com", "outlook.com", "web.de", "yahoo.co.uk", "qq.com", "proton.me"] {
            check(text, Err("is a public mail provider, whose people belong to nobody"));
        }
        check("gmail.example", Ok("gmail.example"));
    }

    /// RC-1: an address belongs to the domain in whichever form it is written, and to no other.
    #[test]
    fn a_domain_governs_its_own_spellings_only() {
        assert_eq!(spellings("acme.example"), ["acme.example"]);
        assert_eq!(spellings("xn--bcher-kva.example"), ["xn--bcher-kva.example", "b\u{fc}cher.example"]);
        // `stra\u{df}e.example` folds to `strasse.example`, which somebody else may own.
        assert_eq!(spellings("xn--strae-oqa.example"), ["xn--strae-oqa.example"]);
    }
}
