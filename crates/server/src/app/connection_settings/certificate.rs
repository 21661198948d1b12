//! Signing certificates as an administrator pastes them: PEM, or the base64 of a metadata file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::Key;
use bergshamra::keys::loader::load_x509_cert_der;
use chrono::NaiveDateTime;

/// Bytes of a pasted certificate; those of providers take some two thousand.
const LONGEST: usize = 16 * 1024;
/// Bits of the shortest RSA key that counts (NIST SP 800-131A).
const SHORTEST_RSA: usize = 2_048;

/// The key that a certificate holds.
///
/// The key is what counts, as SAML metadata has it: that a certificate has expired, or who issued it, says nothing.
pub(super) fn verification_key(pasted: &str) -> Result<Key, &'static str> {
    let der = der(pasted)?;
    let key = load_x509_cert_der(&der)
        .map_err(|_| "is no X.509 certificate with an RSA key or an EC key on P-256 or P-384")?;
    match key.algorithm_name() {
        "EC-P256" | "EC-P384" => Ok(key),
        "RSA" if key.to_spki_der().and_then(|spki| rsa_bits(&spki)) >= Some(SHORTEST_RSA) => Ok(key),
        "RSA" => Err("holds an RSA key of less than 2048 bits; the provider needs a longer one"),
        _ => Err("holds a key of a kind that is not accepted; expected RSA, or EC on P-256 or P-384"),
    }
}

/// The instant after which a certificate is not valid (RFC 5280 §4.1.2.5), in UTC microseconds.
pub(super) fn ends_at(pasted: &str) -> Option<i64> {
    let der = der(pasted).ok()?;
    let (certificate, _) = value(&der, 0x30)?;
    let (mut rest, _) = value(certificate, 0x30)?;
    if let Some((_version, behind)) = value(rest, 0xa0) {
        rest = behind;
    }
    for tag in [0x02, 0x30, 0x30] {
        // Serial number, algorithm, issuer.
        (_, rest) = value(rest, tag)?;
    }
    let (validity, _) = value(rest, 0x30)?;
    let (_, rest) = value(validity, 0x17).or_else(|| value(validity, 0x18))?;
    let (text, century) = match value(rest, 0x17) {
        Some((text, _)) if text.first()? >= &b'5' => (text, "19"),
        Some((text, _)) => (text, "20"),
        None => (value(rest, 0x18)?.0, ""),
    };
    let text = format!("{century}{}", std::str::from_utf8(text).ok()?);
    let end = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some(end.and_utc().timestamp_micros())
}

pub(super) fn der(pasted: &str) -> Result<Vec<u8>, &'static str> {
    const WRONG: &str = "is no certificate; expected one, as PEM or as base64";
    if pasted.len() > LONGEST || pasted.matches("-----BEGIN").count() > 1 {
        return Err("is more than one certificate; give each as an element of its own");
    }
    let body = match pasted.trim().strip_prefix("-----BEGIN CERTIFICATE-----") {
        Some(rest) => rest.strip_suffix("-----END CERTIFICATE-----").ok_or(WRONG)?,
        None => pasted,
    };
    let compact: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(compact).map_err(|_| WRONG)
}

/// Bits of the modulus in an RSA `SubjectPublicKeyInfo` (RFC 5280 §4.1, RFC 8017 appendix A.1.1).
fn rsa_bits(spki: &[u8]) -> Option<usize> {
    let (spki, _) = value(spki, 0x30)?;
    let (_algorithm, rest) = value(spki, 0x30)?;
    let (bits, _) = value(rest, 0x03)?;
    let (key, _) = value(bits.get(1..)?, 0x30)?;
    let (modulus, _) = value(key, 0x02)?;
    let start = modulus.iter().position(|byte| *byte != 0)?;
    let (first, rest) = modulus.get(start..)?.split_first()?;
    Some(rest.len() * 8 + usize::try_from(u8::BITS - first.leading_zeros()).ok()?)
}

/// The value of the DER element that `bytes` begin with, and what follows it.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (_, rest) = bytes.split_first().filter(|(first, _)| **first == tag)?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = if *short < 0x80 {
        (usize::from(*short), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(short & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0, |sum, digit| sum * 256 + usize::from(*digit)), rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    fn pem(key: &KeyPair) -> String {
        CertificateParams::new(Vec::new()).unwrap().self_signed(key).unwrap().pem()
    }

    #[track_caller]
    fn check(pasted: &str, expected: Result<&str, &str>) {
        match (verification_key(pasted), expected) {
            (Ok(key), Ok(kind)) => assert_eq!(key.algorithm_name(), kind),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
            (got, _) => panic!("{pasted}: {:?}", got.map(|key| key.algorithm_name())),
        }
    }

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let key = KeyPair::generate().unwrap();
        for (year, end) in [(2031, 1_924_992_000), (2049, 2_493_072_000), (2050, 2_524_608_000), (1999, 915_148_800)] {
            let mut parameters = CertificateParams::new(Vec::new()).unwrap();
            parameters.not_before = rcgen::date_time_ymd(1990, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
            let pem = parameters.self_signed(&key).unwrap().pem();
            assert_eq!(ends_at(&pem), Some(end * 1_000_000), "{year}");
        }
        assert_eq!(ends_at("nonsense"), None);
    }

    #[test]
    fn a_certificate_may_be_pasted_in_any_usual_form() {
        let pem = pem(&KeyPair::generate().unwrap());
        check(&pem, Ok("EC-P256"));
        check(&pem.replace('\n', "\r\n"), Ok("EC-P256"));
        let bare: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        check(&bare, Ok("EC-P256"));
        check(&format!("  {bare}\n"), Ok("EC-P256"));
        check(&pem.repeat(2), Err("more than one certificate"));
        for wrong in ["", "no", "QUJD", "-----BEGIN CERTIFICATE-----\nQUJD"] {
            assert!(verification_key(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_that_are_too_weak_or_unknown_are_refused() {
        check(&pem(&KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()), Ok("EC-P384"));
        check(&pem(&KeyPair::generate_for(&PKCS_ED25519).unwrap()), Err("not accepted"));
        let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        check(&pem(&rsa), Ok("RSA"));
        assert_eq!(rsa_bits(&verification_key(&pem(&rsa)).unwrap().to_spki_der().unwrap()), Some(2_048));
    }
}
