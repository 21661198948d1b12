//! TLS 1.2 and 1.3 from PEM files (I-7).

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Transport;

/// Reads certificate and key; `None` where the server does not end TLS itself. The error is a sentence.
pub fn acceptor(transport: &Transport) -> Result<Option<TlsAcceptor>, String> {
    let Transport::Tls { certificate, key } = transport else { return Ok(None) };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable("the certificate file", certificate, &error))?;
    if chain.is_empty() {
        let file = certificate.display();
        return Err(format!("the certificate file {file} holds no certificate; expected PEM with `BEGIN CERTIFICATE`"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("the key file", key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| {
            let (certificate, key) = (certificate.display(), key.display());
            format!("the certificate {certificate} and the key {key} do not go together: {error}")
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn unreadable(what: &str, file: &Path, error: &impl Display) -> String {
    format!("{what} {} cannot be used: {error}; expected a readable PEM file", file.display())
}
