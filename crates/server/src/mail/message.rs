//! A letter as a message: headers, a plain part and an HTML part of the same words (RFC 5322, RFC 2046, RFC 3834).

use std::time::{Duration, UNIX_EPOCH};

use askama::Template;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::Words;
use crate::app::address;
use crate::config::Mail;

#[derive(Template)]
#[template(path = "mail/letter.txt", escape = "none")]
struct Plain<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    words: &'a Words,
}

/// Where a letter goes, and what names it.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'a> {
    /// The same for every try of a letter: a receiver who gets it twice can tell.
    pub id: &'a str,
    /// As given.
    pub to: &'a str,
    /// UTC microseconds.
    pub now: i64,
}

/// The message; the error is why there can be none.
pub fn message(mail: &Mail, letter: Addressed<'_>, words: &Words) -> Result<Message, String> {
    let to = recipient(letter.to).ok_or("the address is none that mail can be sent to")?;
    let unfit = |error: askama::Error| format!("the letter cannot be written: {error}");
    let plain = Plain { words }.render().map_err(unfit)?;
    let html = Html { words }.render().map_err(unfit)?;
    let date = UNIX_EPOCH + Duration::from_micros(u64::try_from(letter.now).unwrap_or(0));
    let mut builder = Message::builder()
        .from(mail.from.clone())
        .to(Mailbox::new(None, to))
        .subject(words.subject.clone())
        .date(date)
        .message_id(Some(format!("<{}@{}>", letter.id, mail.from.email.domain())))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"));
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let message = builder.multipart(MultiPart::alternative_plain_html(plain, html));
    message.map_err(|error| format!("the letter cannot be written: {error}"))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The address with its domain as DNS knows it; the part before it stays as given.
fn recipient(text: &str) -> Option<Address> {
    let (user, _) = text.trim().rsplit_once('@')?;
    if text.chars().any(char::is_control) {
        return None;
    }
    Address::new(user, address::domain(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_goes_where_dns_knows_its_domain() {
        let shown = |text| recipient(text).map(|address| address.to_string());
        assert_eq!(shown("Ada@acme.example").as_deref(), Some("Ada@acme.example"));
        assert_eq!(shown("ada@b\u{fc}cher.example").as_deref(), Some("ada@xn--bcher-kva.example"));
        for bad in ["ada", "ada@acme.example\r\nBcc: eve@evil.example", "@acme.example", "a@b.example, c@d.example", ""]
        {
            assert_eq!(recipient(bad), None, "{bad:?}");
        }
    }
}
