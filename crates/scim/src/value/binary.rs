//! Binary values and certificates (C-5).

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::Value;
use x509_cert::{
    certificate::{CertificateInner, Raw},
    der::Decode,
};

use crate::{
    ScimError,
    schema::{Attribute, Format},
    value::{mismatch, string},
};

/// The alphabet of RFC 4648 §4; padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(crate) fn check(attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    let Value::String(text) = value else { return Err(mismatch(attribute, "a string in base64", value)) };
    string::check_text(attribute, text)?;
    let name = &attribute.name;
    let bytes = BASE64
        .decode(text)
        .map_err(|_| ScimError::invalid_value(format!("`{name}` is not base64 in the alphabet with `+` and `/`")))?;
    if attribute.format == Format::Certificate && !bytes.is_empty() && !is_certificate(&bytes) {
        return Err(ScimError::invalid_value(format!("`{name}` is not exactly one DER certificate in base64")));
    }
    Ok(())
}

/// One spelling of the same octets: with padding. `None` if it is not base64.
pub(crate) fn key(text: &str) -> Option<String> {
    BASE64.decode(text).ok().map(|bytes| STANDARD.encode(bytes))
}

/// One certificate and nothing behind it. The profile is `Raw`, since certificates with the serial numbers and names
/// that RFC 5280 forbids are about, and storing one is not trusting it.
fn is_certificate(bytes: &[u8]) -> bool {
    CertificateInner::<Raw>::from_der(bytes).is_ok()
}
