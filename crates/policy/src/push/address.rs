//! The address of a directory user (RC-6).

use crate::email::is_address;

/// One element of `emails`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushedEmail<'a> {
    /// `value`.
    pub value: &'a str,
    /// `type`.
    pub kind: Option<&'a str>,
    /// `primary`.
    pub primary: bool,
}

/// The primary e-mail, else the first of type work, else the first, else `userName` if it is an address.
///
/// Values that are no addresses are passed over.
pub fn address_of<'a>(emails: &[PushedEmail<'a>], user_name: &'a str) -> Option<&'a str> {
    let usable = || emails.iter().filter(|email| is_address(email.value.trim()));
    let work = |email: &&&PushedEmail<'_>| email.kind.is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    let email = usable().find(|email| email.primary).or_else(|| usable().find(|email| work(&email)));
    let chosen = email.or_else(|| usable().next()).map(|email| email.value.trim());
    chosen.or_else(|| Some(user_name.trim()).filter(|name| is_address(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(value: &'static str, kind: Option<&'static str>, primary: bool) -> PushedEmail<'static> {
        PushedEmail { value, kind, primary }
    }

    #[track_caller]
    fn check(emails: &[PushedEmail<'_>], user_name: &str, expected: Option<&str>) {
        assert_eq!(address_of(emails, user_name), expected, "RC-6");
    }

    #[test]
    fn the_address_is_the_primary_else_work_else_first_else_the_user_name() {
        let (home, work) = (email("h@acme.example", Some("home"), false), email("w@acme.example", Some("Work"), false));
        check(&[home, work, email("p@acme.example", None, true)], "u@acme.example", Some("p@acme.example"));
        check(&[home, work], "u@acme.example", Some("w@acme.example"));
        check(&[home], "u@acme.example", Some("h@acme.example"));
        check(&[], "u@acme.example", Some("u@acme.example"));
        check(&[], "jane", None);
        check(&[email("none", None, true), home], "jane", Some("h@acme.example"));
    }
}
