//! The certificate that this server shows.

use std::path::Path;

use reqwest::Url;
use rollcall_scim::timestamp::to_rfc3339;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::{Finding, Scene};
use crate::clock::{DAY, SECOND};
use crate::config::Transport;
use crate::edge::tls;

const CHECK: &str = "tls";
/// How long before its end somebody should hear of it, in microseconds.
const SOON: i64 = 21 * DAY;

/// From when and until when a certificate is good, in UTC microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validity {
    pub(super) from: i64,
    pub(super) until: i64,
}

pub(super) fn check(scene: &Scene) -> Vec<Finding> {
    let file = match &scene.config.transport {
        Transport::Plain => return vec![Finding::ok(CHECK, "plain HTTP, on this machine only")],
        Transport::BehindProxy => return vec![Finding::ok(CHECK, "a proxy in front ends TLS")],
        Transport::Tls { certificate, .. } => certificate,
    };
    if let Err(problem) = tls::acceptor(&scene.config.transport) {
        let next = "name a PEM file with the chain, leaf first, as --tls-cert, and its private key as --tls-key";
        return vec![Finding::fault(CHECK, problem, next)];
    }
    let Ok(leaf) = CertificateDer::from_pem_file(file) else { return Vec::new() };
    let mut found: Vec<Finding> = dates(scene, file, &leaf).into_iter().chain(name(scene, file, &leaf)).collect();
    if found.is_empty() {
        found.push(Finding::ok(CHECK, format!("{} and its key go together, and are good for a while", file.display())));
    }
    found
}

fn dates(scene: &Scene, file: &Path, leaf: &CertificateDer<'_>) -> Option<Finding> {
    let (now, name) = (scene.clock.now(), file.display());
    let next = "get a new one, put it in the same file, and start the server anew";
    let Some(Validity { from, until }) = validity(leaf) else {
        return Some(Finding::warning(CHECK, format!("nobody can read the dates of {name}"), next));
    };
    if until <= now {
        return Some(Finding::fault(CHECK, format!("{name} has expired at {}", to_rfc3339(until)), next));
    }
    if from > now {
        let next = "wait, or correct the clock of this machine";
        return Some(Finding::fault(CHECK, format!("{name} is good from {} only", to_rfc3339(from)), next));
    }
    let soon = until.saturating_sub(now) < SOON;
    soon.then(|| Finding::warning(CHECK, format!("{name} expires at {}", to_rfc3339(until)), next))
}

fn name(scene: &Scene, file: &Path, leaf: &CertificateDer<'_>) -> Option<Finding> {
    let url = Url::parse(scene.config.public_url.as_ref()?.as_str()).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let wanted = ServerName::try_from(host.clone()).ok()?;
    let parsed = ParsedCertificate::try_from(leaf).ok()?;
    let said = format!("{} is not for {host}, the host of the public URL", file.display());
    let next = "get a certificate for that name, or name the right public URL";
    verify_server_name(&parsed, &wanted).is_err().then(|| Finding::fault(CHECK, said, next))
}

/// From a certificate in DER.
pub(super) fn validity(der: &[u8]) -> Option<Validity> {
    let certificate = Certificate::from_der(der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let instant = |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
    let microseconds = |seconds: i64| seconds.saturating_mul(SECOND);
    Some(Validity {
        from: microseconds(instant(&validity.not_before)?),
        until: microseconds(instant(&validity.not_after)?),
    })
}
