//! What makes settings of a SAML provider usable.

use std::net::IpAddr;

use bergshamra::KeysManager;
use reqwest::Url;

use super::SamlSettings;
use super::certificate::{der, ends_at, verification_key};

use crate::config::Outbound;

/// Certificates of one provider: the current one, the next one, and some to spare.
const MOST_CERTIFICATES: usize = 10;
/// Characters of an entity id (SAML core 8.3.6); URLs and attribute names are held to the same.
const LONGEST_NAME: usize = 1_024;

impl SamlSettings {
    /// Whether sign-ins could work with these settings; the error is a sentence that names the member.
    pub fn check(&self, outbound: &Outbound) -> Result<(), String> {
        let names = [
            ("saml.idp_entity_id", Some(&self.idp_entity_id)),
            ("saml.audience", Some(&self.audience)),
            ("saml.recipient", Some(&self.recipient)),
            ("saml.subject_attribute", self.subject_attribute.as_ref()),
        ];
        for (field, name) in names {
            if name.is_some_and(|name| !is_name(name)) {
                return Err(format!(
                    "`{field}` must be 1 to {LONGEST_NAME} characters, no control characters, no space around them"
                ));
            }
        }
        if !may_be_posted_to(&self.recipient, outbound) {
            return Err("`saml.recipient` must be the https:// URL that the provider posts responses to".to_owned());
        }
        self.keys().map(|_keys| ())
    }

    /// A certificate in DER, however it was pasted; `None` for what is none.
    pub fn certificate_der(pasted: &str) -> Option<Vec<u8>> {
        der(pasted).ok()
    }

    /// When the last of its certificates ends, in UTC microseconds; `None` if one of them says nothing.
    pub fn certificates_end_at(&self) -> Option<i64> {
        let ends: Option<Vec<i64>> = self.certificates.iter().map(|pasted| ends_at(pasted)).collect();
        ends?.into_iter().max()
    }

    /// The keys that may have signed: those of the certificates, and no others.
    pub fn keys(&self) -> Result<KeysManager, String> {
        if self.certificates.is_empty() || self.certificates.len() > MOST_CERTIFICATES {
            return Err(format!(
                "`saml.certificates` must be 1 to {MOST_CERTIFICATES} signing certificates of the provider"
            ));
        }
        let mut keys = KeysManager::new();
        for (position, pasted) in self.certificates.iter().enumerate() {
            let key = verification_key(pasted);
            keys.add_key(key.map_err(|problem| format!("`saml.certificates[{position}]` {problem}"))?);
        }
        Ok(keys)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control)
}

/// Plain http only where the operator allows it, or where nothing leaves the machine.
fn may_be_posted_to(recipient: &str, outbound: &Outbound) -> bool {
    let Ok(url) = Url::parse(recipient) else { return false };
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || literal.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    match url.scheme() {
        "https" => !host.is_empty(),
        "http" => outbound.allow_http || loopback,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn usable() -> SamlSettings {
        SamlSettings {
            idp_entity_id: "https://idp.example/metadata".to_owned(),
            certificates: vec![generate_simple_self_signed(Vec::new()).unwrap().cert.pem()],
            audience: "https://app.example/saml".to_owned(),
            recipient: "https://app.example/saml/acs".to_owned(),
            subject_attribute: None,
            allow_idp_initiated: false,
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut SamlSettings), expected: &str) {
        let mut settings = usable();
        change(&mut settings);
        let said = settings.check(&Outbound::default()).err().unwrap_or_default();
        assert!(said.starts_with(expected) && said.is_empty() == expected.is_empty(), "{said}");
    }

    #[test]
    fn each_wrong_setting_is_named() {
        check(|_| {}, "");
        check(|settings| settings.idp_entity_id.clear(), "`saml.idp_entity_id` must be 1 to 1024 characters");
        check(|settings| settings.audience = " app".to_owned(), "`saml.audience`");
        check(|settings| settings.subject_attribute = Some(String::new()), "`saml.subject_attribute`");
        check(|settings| settings.certificates.clear(), "`saml.certificates` must be 1 to 10");
        check(|settings| settings.certificates.push("x".to_owned()), "`saml.certificates[1]` is no certificate");
    }

    #[test]
    fn responses_come_over_https_unless_nothing_leaves_the_machine() {
        let wrong = "`saml.recipient` must be the https:// URL";
        check(|settings| settings.recipient = "http://127.0.0.1:3000/acs".to_owned(), "");
        check(|settings| settings.recipient = "http://[::1]/acs".to_owned(), "");
        check(|settings| settings.recipient = "http://localhost/acs".to_owned(), "");
        for recipient in ["http://app.example/acs", "app.example/acs", "ftp://app.example/acs", "https://"] {
            check(|settings| settings.recipient = recipient.to_owned(), wrong);
        }
        let settings = SamlSettings { recipient: "http://app.example/acs".to_owned(), ..usable() };
        let allowed = Outbound { allow_http: true, ..Outbound::default() };
        assert_eq!(settings.check(&allowed), Ok(()));
    }
}
