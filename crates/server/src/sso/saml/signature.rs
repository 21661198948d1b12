//! Which part of a response its provider signed.
//!
//! The shape of a signature is judged here, on the tree that is then verified and read: one signature at the place where
//! SAML puts it, one reference to the element that holds it, the algorithms below and no others (SAML core 5.4). The
//! library does the cryptography, with the connection's keys only; what the message says about keys is a hint at most.

use bergshamra::core::algorithm;
use bergshamra::dsig::verify::verify_all_document;
use bergshamra::xml::{Document, NodeId};
use bergshamra::{DsigContext, KeysManager, VerifyResult};

use super::names::SIGNATURE;
use super::tree::{Child, Node};
use crate::sso::refused::Refused;

/// Signature algorithms: no SHA-1, and no HMAC, whose key would be the certificate that everybody knows.
const METHODS: [&str; 6] = [
    algorithm::RSA_SHA256,
    algorithm::RSA_SHA384,
    algorithm::RSA_SHA512,
    algorithm::ECDSA_SHA256,
    algorithm::ECDSA_SHA384,
    algorithm::ECDSA_SHA512,
];
const DIGESTS: [&str; 3] = [algorithm::SHA256, algorithm::SHA384, algorithm::SHA512];
/// Comments are refused before, so that both canonical forms are the same.
const CANONICAL: [&str; 2] = [algorithm::EXC_C14N, algorithm::EXC_C14N_WITH_COMMENTS];

/// The only child that an algorithm may have: prefixes that count although nothing uses them.
const PREFIXES: [Child; 1] = [(bergshamra::core::ns::EXC_C14N, "InclusiveNamespaces", 0, 1)];

/// The elements that are signed: the response, its assertion, or both.
pub(super) fn verified(
    tree: &Document<'_>,
    response: Node<'_, '_>,
    assertion: Node<'_, '_>,
    keys: KeysManager,
) -> Result<Vec<NodeId>, Refused> {
    let signatures: Vec<Node<'_, '_>> = response.descendants().filter(|node| node.is(SIGNATURE, "Signature")).collect();
    if signatures.is_empty() {
        return Err(invalid("neither the response nor its assertion is signed"));
    }
    for signature in &signatures {
        let signed = [response, assertion].into_iter().find(|node| signature.parent() == Some(node.id()));
        let signed = signed.ok_or_else(|| invalid("a signature stands where SAML has none"))?;
        judge_shape(*signature, signed)?;
    }
    let results = verify_all_document(&DsigContext::new(keys), tree).map_err(|_| unverified())?;
    if results.len() != signatures.len() {
        return Err(unverified());
    }
    results.iter().zip(&signatures).map(|(result, signature)| covered(result, *signature)).collect()
}

/// The element that holds the signature, if the signature is good for exactly that.
fn covered(result: &VerifyResult, signature: Node<'_, '_>) -> Result<NodeId, Refused> {
    let VerifyResult::Valid { signature_node, references, .. } = result else { return Err(unverified()) };
    match references.as_slice() {
        [one]
            if *signature_node == signature.id() && one.digest_verified && one.resolved_node == signature.parent() =>
        {
            one.resolved_node.ok_or_else(unverified)
        }
        _ => Err(unverified()),
    }
}

fn judge_shape(signature: Node<'_, '_>, signed: Node<'_, '_>) -> Result<(), Refused> {
    signature.has_only(&[
        (SIGNATURE, "SignedInfo", 1, 1),
        (SIGNATURE, "SignatureValue", 1, 1),
        (SIGNATURE, "KeyInfo", 0, 1),
    ])?;
    let info = signature.needed(SIGNATURE, "SignedInfo")?;
    if info.descendants().any(|node| node.attribute_names().any(|(_, in_namespace)| in_namespace)) {
        return Err(invalid("the signature has an attribute that does not belong there"));
    }
    info.has_only(&[
        (SIGNATURE, "CanonicalizationMethod", 1, 1),
        (SIGNATURE, "SignatureMethod", 1, 1),
        (SIGNATURE, "Reference", 1, 1),
    ])?;
    algorithm_of(info.needed(SIGNATURE, "CanonicalizationMethod")?, &CANONICAL, &PREFIXES)?;
    algorithm_of(info.needed(SIGNATURE, "SignatureMethod")?, &METHODS, &[])?;
    judge_reference(info.needed(SIGNATURE, "Reference")?, signed)?;
    signature.needed(SIGNATURE, "SignatureValue")?.text().map(|_text| ())
}

fn judge_reference(reference: Node<'_, '_>, signed: Node<'_, '_>) -> Result<(), Refused> {
    reference.has_only(&[
        (SIGNATURE, "Transforms", 1, 1),
        (SIGNATURE, "DigestMethod", 1, 1),
        (SIGNATURE, "DigestValue", 1, 1),
    ])?;
    let id = signed.attribute("ID").filter(|id| is_id(id));
    let id = id.ok_or_else(|| invalid("what is signed has no usable `ID`"))?;
    if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(invalid("a signature must refer to the element that holds it, by its `ID`"));
    }
    let transforms = reference.needed(SIGNATURE, "Transforms")?;
    transforms.has_only(&[(SIGNATURE, "Transform", 2, 2)])?;
    let mut steps = transforms.elements();
    if let (Some(first), Some(second)) = (steps.next(), steps.next()) {
        algorithm_of(first, &[algorithm::ENVELOPED_SIGNATURE], &[])?;
        algorithm_of(second, &CANONICAL, &PREFIXES)?;
    }
    algorithm_of(reference.needed(SIGNATURE, "DigestMethod")?, &DIGESTS, &[])?;
    reference.needed(SIGNATURE, "DigestValue")?.text().map(|_text| ())
}

fn algorithm_of(node: Node<'_, '_>, accepted: &[&str], children: &[Child]) -> Result<(), Refused> {
    node.has_only(children)?;
    if node.attribute("Algorithm").is_some_and(|given| accepted.contains(&given)) {
        return Ok(());
    }
    let accepted = accepted.join("`, `");
    Err(Refused::Invalid(format!("the algorithm of `{}` must be one of `{accepted}`", node.local_name())))
}

/// An `xs:ID` of plain letters (SAML core 1.3.4): no other kind of reference can be mistaken for one.
fn is_id(id: &str) -> bool {
    let mut characters = id.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || matches!(other, '_' | '-' | '.'))
        && id.len() <= 256
}

fn unverified() -> Refused {
    invalid("the signature does not verify with a certificate of this connection")
}

fn invalid(detail: &str) -> Refused {
    Refused::Invalid(detail.to_owned())
}
