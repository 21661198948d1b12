//! Signing certificates as an administrator pastes them: PEM, or the base64 of a metadata file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::Key;
use bergshamra::keys::loader::load_x509_cert_der;

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
