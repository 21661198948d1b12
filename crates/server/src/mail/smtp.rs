//! One connection to an SMTP server: TLS as the URL says, then the user, then letters.
//!
//! Connections are kept here and not in the library's pool: that one keeps a connection whose letter was given up in the
//! middle, and the next letter would take the answers to it for its own.

use std::path::Path;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Mail, is_near};

/// Ports when the URL names none (RFC 5321, RFC 6409, RFC 8314).
const SMTP: u16 = 25;
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// Connects, encrypts and signs in. The error is a sentence without secrets.
pub(super) async fn open(
    url: &SecretString,
    authorities: Option<&Path>,
    mail: &Mail,
) -> Result<AsyncSmtpConnection, String> {
    let url = Url::parse(url.expose_secret()).map_err(|_| "`mail.smtp_url` is no URL".to_owned())?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let starttls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    let wrapped = url.scheme() == "smtps";
    let port = match (wrapped, &starttls) {
        (true, _) => SUBMISSIONS,
        (false, Some(_)) => SUBMISSION,
        (false, None) => SMTP,
    };
    let tls = if wrapped || starttls.is_some() { Some(parameters(&host, authorities).await?) } else { None };
    let name = ClientId::default();
    let server = (host.as_str(), url.port().unwrap_or(port));
    let first = tls.clone().filter(|_| wrapped);
    let opened = AsyncSmtpConnection::connect_tokio1(server, Some(mail.timeout), &name, first, None).await;
    let mut line = opened.map_err(|error| format!("cannot reach {host}: {error}"))?;
    if let Some(tls) = tls.filter(|_| !wrapped)
        && (starttls.as_deref() == Some("required") || line.can_starttls())
    {
        line.starttls(tls, &name).await.map_err(|error| format!("{host} does not encrypt: {error}"))?;
    }
    if let Some(password) = url.password() {
        if !line.is_encrypted() && !is_near(url.host_str().unwrap_or_default()) {
            // Whoever sits in between may have taken STARTTLS out of what the server said.
            return Err(format!("{host} does not encrypt, so it does not get the password of `mail.smtp_url`"));
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = Credentials::new(decoded(url.username()), decoded(password));
        let signed_in = line.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
        signed_in.map_err(|error| format!("{host} does not let the user of `mail.smtp_url` in: {error}"))?;
    }
    Ok(line)
}

/// Sends one letter; the answer is what the server said when it took it.
pub(super) async fn send(line: &mut AsyncSmtpConnection, message: &Message) -> Result<String, Error> {
    let response = line.send(message.envelope(), &message.formatted()).await?;
    Ok(format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
}

async fn parameters(host: &str, authorities: Option<&Path>) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(file) = authorities {
        let place = file.display();
        let pem = tokio::fs::read(file).await.map_err(|error| format!("cannot read {place}: {error}"))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| format!("{place} is no PEM file: {error}"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| format!("cannot prepare TLS: {error}"))
}
