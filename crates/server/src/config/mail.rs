//! Whether and how letters are sent: an SMTP server, or a directory for development.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// How letters are sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who carries them.
    pub carrier: Carrier,
    /// Whom they are from.
    pub from: Mailbox,
    /// Where answers go; `None` is the sender's address.
    pub reply_to: Option<Mailbox>,
    /// Time for one letter: reaching the server, and its answers.
    pub timeout: Duration,
    /// Whether invitees get a letter; a product may send the link itself.
    pub invitations: bool,
}

/// Who carries letters.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// A server that takes mail.
    Smtp {
        /// `smtp://` or `smtps://`; may hold a password.
        url: SecretString,
        /// PEM file of further authorities that may have signed its certificate.
        authorities: Option<PathBuf>,
    },
    /// A directory: each letter becomes a file.
    Directory(PathBuf),
}

/// What was read so far.
#[derive(Debug)]
pub(super) struct MailDraft {
    pub(super) smtp_url: Option<SecretString>,
    pub(super) directory: Option<PathBuf>,
    pub(super) authorities: Option<PathBuf>,
    pub(super) from: Option<Mailbox>,
    pub(super) reply_to: Option<Mailbox>,
    pub(super) timeout: Duration,
    pub(super) invitations: bool,
}

impl Default for MailDraft {
    fn default() -> Self {
        Self {
            smtp_url: None,
            directory: None,
            authorities: None,
            from: None,
            reply_to: None,
            timeout: Duration::from_secs(30),
            invitations: true,
        }
    }
}

impl MailDraft {
    /// The rules between the keys. `None`: no mail is sent.
    pub(super) fn finish(self, wrong: &mut impl FnMut(String)) -> Option<Mail> {
        let further = self.from.is_some() || self.reply_to.is_some() || self.authorities.is_some();
        let carrier = match (self.smtp_url, self.directory) {
            (Some(url), None) => Carrier::Smtp { url, authorities: self.authorities },
            (None, Some(directory)) => Carrier::Directory(directory),
            (Some(_), Some(_)) => {
                wrong("`mail.smtp_url` and `mail.directory` exclude each other; give one".to_owned());
                return None;
            }
            (None, None) => {
                if further {
                    let keys = "`mail.from`, `mail.reply_to` or `mail.authorities`";
                    wrong(format!("{keys} is set without `mail.smtp_url` or `mail.directory`; nothing would be sent"));
                }
                return None;
            }
        };
        let Some(from) = self.from else {
            wrong("`mail.from` is missing; expected the sender of letters, as `rollcall@acme.example`".to_owned());
            return None;
        };
        Some(Mail { carrier, from, reply_to: self.reply_to, timeout: self.timeout, invitations: self.invitations })
    }
}

/// A URL of an SMTP server. What is wrong is said without the URL, which may hold a password.
pub(super) fn smtp_url(text: &str) -> Result<SecretString, String> {
    let expected = "expected `smtps://user:password@mail.acme.example` or `smtp://mail.acme.example?tls=required`";
    let url = Url::parse(text.trim()).map_err(|error| format!("this is no URL ({error}); {expected}"))?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(format!("the URL names no server; {expected}"));
    };
    let mut tls = None;
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("tls", "required" | "opportunistic") => tls = Some(value.into_owned()),
            ("tls", _) => return Err("`tls` is neither `required` nor `opportunistic`".to_owned()),
            _ => return Err(format!("there is no `{name}` in such URLs; expected `tls` alone")),
        }
    }
    match (url.scheme(), &tls) {
        ("smtp", _) | ("smtps", None) => {}
        ("smtps", Some(_)) => return Err("`tls` goes with smtp:// only; smtps:// is all TLS".to_owned()),
        _ => return Err(format!("this is not for mail; {expected}")),
    }
    if url.username().is_empty() != url.password().is_none() {
        return Err("a user goes with a password, and a password with a user; give both or none".to_owned());
    }
    let encrypted = url.scheme() == "smtps" || tls.as_deref() == Some("required");
    if url.password().is_some() && !encrypted && !is_near(host) {
        let (instead, why) =
            ("use smtps://, or `?tls=required`", "`opportunistic` does without it if somebody in between asks");
        return Err(format!("the password could cross the network without TLS ({why}); {instead}"));
    }
    Ok(text.trim().to_owned().into())
}

/// Whether the host of a mail server is this very machine: nobody else sees what is said to it.
pub(crate) fn is_near(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// A sender such as `rollcall@acme.example` or `Rollcall <rollcall@acme.example>`.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let parsed: Result<Mailbox, _> = text.trim().parse();
    let plain = !text.chars().any(char::is_control);
    parsed.ok().filter(|mailbox| plain && mailbox.email.to_string().is_ascii()).ok_or_else(|| {
        format!("`{text}` is no address; expected `rollcall@acme.example` or `Rollcall <rollcall@acme.example>`")
    })
}

impl Mail {
    /// In words, without secrets: for `check-config`, the log and `doctor`.
    pub fn described(&self) -> String {
        match &self.carrier {
            Carrier::Directory(directory) => format!("letters become files in {}", directory.display()),
            Carrier::Smtp { url, .. } => {
                let host = Url::parse(url.expose_secret()).ok();
                let host = host.as_ref().and_then(Url::host_str).unwrap_or("an SMTP server").to_owned();
                format!("letters go to {host} as {}", self.from.email)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        match (smtp_url(url), expected) {
            (Ok(_), None) => {}
            (Err(problem), Some(part)) => {
                assert!(problem.contains(part), "{url}: {problem}");
                assert!(!problem.contains("hunter2"), "{problem}");
            }
            (outcome, _) => panic!("{url}: {outcome:?}"),
        }
    }

    #[test]
    fn urls_of_servers_are_checked_and_never_shown() {
        for good in [
            "smtp://127.0.0.1:2525",
            "smtp://mail.acme.example",
            "smtps://u:hunter2@mail.acme.example:465",
            "smtp://u:hunter2@mail.acme.example?tls=required",
            "smtp://mail.acme.example:587?tls=opportunistic",
            "smtp://u:hunter2@localhost:1025?tls=opportunistic",
            "smtp://u:hunter2@localhost:1025",
        ] {
            check(good, None);
        }
        check("smtp://u:hunter2@mail.acme.example", Some("without TLS"));
        check("smtp://u:hunter2@mail.acme.example?tls=opportunistic", Some("without TLS"));
        check("smtp://mail.acme.example?tls=maybe", Some("neither `required` nor `opportunistic`"));
        check("smtp://mail.acme.example?tsl=required", Some("no `tsl`"));
        check("smtps://mail.acme.example?tls=required", Some("smtps:// is all TLS"));
        check("smtps://:hunter2@mail.acme.example", Some("give both or none"));
        check("smtps://u@mail.acme.example", Some("give both or none"));
        check("https://u:hunter2@mail.acme.example", Some("not for mail"));
        check("u:hunter2", Some("names no server"));
        check("mail.acme.example", Some("no URL"));
    }

    #[test]
    fn a_sender_is_one_address() {
        for good in ["rollcall@acme.example", "Rollcall <rollcall@acme.example>"] {
            assert_eq!(mailbox(good).unwrap().email.to_string(), "rollcall@acme.example");
        }
        for bad in ["", "rollcall", "a@b.example, c@d.example", "a\r\nBcc: x@y.example <a@b.example>"] {
            assert!(mailbox(bad).is_err(), "{bad:?}");
        }
    }
}
