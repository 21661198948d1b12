//! A SAML identity provider of the tests' own: it has a key, writes responses and signs them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::core::algorithm::{ECDSA_SHA256, ENVELOPED_SIGNATURE, EXC_C14N, RSA_SHA256, SHA256};
use bergshamra::keys::loader::{load_pem_auto, load_x509_cert_pem};
use bergshamra::{DsigContext, Key, KeysManager};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use rollcall_conformance::client::{Answer, Request};
use rollcall_policy::Protocol;
use rollcall_scim::timestamp::to_rfc3339;
use rollcall_server::clock::SECOND;
use serde_json::{Value, json};

use crate::site::{Door, Site, sign_in};

pub(crate) const ISSUER: &str = "https://idp.example/metadata";
pub(crate) const AUDIENCE: &str = "https://app.example/saml";
pub(crate) const RECIPIENT: &str = "https://app.example/saml/acs";
pub(crate) const REQUEST: &str = "_request-1";

pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
pub(crate) const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// Whoever holds this key.
pub(crate) struct Provider {
    key: Key,
    method: &'static str,
    /// PEM.
    pub(crate) certificate: String,
}

/// How an element is signed.
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) uri: String,
    pub(crate) canonical: &'static str,
    pub(crate) method: &'static str,
    pub(crate) transforms: String,
    pub(crate) further_references: String,
    pub(crate) key_info: String,
}

/// Which elements are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    Response,
    Assertion,
    Both,
    Nothing,
}

/// What a response says.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) name_id: String,
    pub(crate) destination: String,
    pub(crate) recipient: String,
    pub(crate) audiences: String,
    pub(crate) request: Option<String>,
    pub(crate) confirmation: String,
    pub(crate) conditions: String,
    pub(crate) statements: String,
    pub(crate) status: String,
    pub(crate) not_before: i64,
    pub(crate) not_on_or_after: i64,
}

impl Provider {
    /// With a key on P-256: quick to make.
    pub(crate) fn new() -> Self {
        Self::with(&KeyPair::generate().unwrap(), ECDSA_SHA256)
    }

    /// With an RSA key, as most providers have.
    pub(crate) fn rsa() -> Self {
        Self::with(&KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap(), RSA_SHA256)
    }

    fn with(pair: &KeyPair, method: &'static str) -> Self {
        let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(pair).unwrap().pem();
        let key = load_pem_auto(pair.serialize_pem().as_bytes(), None).unwrap();
        Self { key, method, certificate }
    }

    /// The usual signature of the element with this id.
    pub(crate) fn template(&self, id: &str) -> Template {
        let der = load_x509_cert_pem(self.certificate.as_bytes()).unwrap().x509_chain[0].clone();
        let certificate = STANDARD.encode(der);
        Template {
            uri: format!("#{id}"),
            canonical: EXC_C14N,
            method: self.method,
            transforms: transforms(&[ENVELOPED_SIGNATURE, EXC_C14N]),
            further_references: String::new(),
            key_info: format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            ),
        }
    }

    /// Fills in the first signature of the document.
    pub(crate) fn sign(&self, xml: &str) -> String {
        sign_with(self.key.clone(), xml)
    }

    pub(crate) fn issue(&self, message: &Message, signed: Signed) -> String {
        let of_assertion = matches!(signed, Signed::Assertion | Signed::Both).then(|| self.template(&message.id));
        let of_response = matches!(signed, Signed::Response | Signed::Both).then(|| self.template("_response-1"));
        self.issue_as(message, of_response.as_ref(), of_assertion.as_ref())
    }

    /// The same with signatures of any kind.
    pub(crate) fn issue_as(
        &self,
        message: &Message,
        response: Option<&Template>,
        assertion: Option<&Template>,
    ) -> String {
        let text = |template: Option<&Template>| template.map(Template::text).unwrap_or_default();
        let mut inner = message.assertion(&text(assertion));
        if assertion.is_some() {
            inner = self.sign(&inner);
        }
        let outer = message.response(&text(response), &inner);
        if response.is_some() { self.sign(&outer) } else { outer }
    }
}

pub(crate) fn sign_with(key: Key, xml: &str) -> String {
    let mut keys = KeysManager::new();
    keys.add_key(key);
    bergshamra::sign(&DsigContext::new_permissive(keys), xml).unwrap()
}

pub(crate) fn transforms(algorithms: &[&str]) -> String {
    let each = algorithms.iter().map(|algorithm| format!("<ds:Transform Algorithm=\"{algorithm}\"/>"));
    each.collect::<Vec<_>>().concat()
}

impl Template {
    pub(crate) fn text(&self) -> String {
        let Self { uri, canonical, method, transforms, further_references, key_info } = self;
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{canonical}\"/><ds:SignatureMethod Algorithm=\"{method}\"/>\
             <ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{SHA256}\"/><ds:DigestValue></ds:DigestValue></ds:Reference>{further_references}\
             </ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>{key_info}</ds:Signature>"
        )
    }
}

impl Message {
    /// A usual one: `ada` at her company, with an opaque `NameID` and her address as an attribute.
    pub(crate) fn about(site: &Site, email: &str) -> Self {
        let now = site.clock.now();
        let person = email.split('@').next().unwrap_or_default();
        Self {
            id: format!("_assertion-{person}"),
            issuer: ISSUER.to_owned(),
            name_id: name_id(PERSISTENT, &format!("opaque-{person}")),
            destination: RECIPIENT.to_owned(),
            recipient: RECIPIENT.to_owned(),
            audiences: format!("<saml:Audience>{AUDIENCE}</saml:Audience>"),
            request: Some(REQUEST.to_owned()),
            confirmation: String::new(),
            conditions: String::new(),
            statements: attribute("email", &[email]),
            status: "urn:oasis:names:tc:SAML:2.0:status:Success".to_owned(),
            not_before: now - 60 * SECOND,
            not_on_or_after: now + 300 * SECOND,
        }
    }

    fn in_response_to(&self) -> String {
        self.request.as_ref().map(|request| format!(" InResponseTo=\"{request}\"")).unwrap_or_default()
    }

    pub(crate) fn assertion(&self, signature: &str) -> String {
        let Self { id, issuer, name_id, recipient, audiences, confirmation, conditions, statements, .. } = self;
        let (start, end) = (to_rfc3339(self.not_before), to_rfc3339(self.not_on_or_after));
        let answered = self.in_response_to();
        let attributes = if statements.is_empty() {
            String::new()
        } else {
            format!("<saml:AttributeStatement>{statements}</saml:AttributeStatement>")
        };
        format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"{start}\"><saml:Issuer>{issuer}</saml:Issuer>{signature}<saml:Subject>{name_id}\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData\
             {answered} NotOnOrAfter=\"{end}\" Recipient=\"{recipient}\"{confirmation}/></saml:SubjectConfirmation>\
             </saml:Subject><saml:Conditions NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"><saml:AudienceRestriction>\
             {audiences}</saml:AudienceRestriction>{conditions}</saml:Conditions><saml:AuthnStatement \
             AuthnInstant=\"{start}\" SessionNotOnOrAfter=\"{start}\"><saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>\
             </saml:AuthnStatement>{attributes}</saml:Assertion>"
        )
    }

    pub(crate) fn response(&self, signature: &str, assertion: &str) -> String {
        let Self { issuer, destination, status, .. } = self;
        let answered = self.in_response_to();
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_response-1\" Version=\"2.0\" \
             IssueInstant=\"{}\" Destination=\"{destination}\"{answered}><saml:Issuer>{issuer}</saml:Issuer>{signature}\
             <samlp:Status><samlp:StatusCode Value=\"{status}\"/></samlp:Status>{assertion}</samlp:Response>",
            to_rfc3339(self.not_before)
        )
    }
}

pub(crate) fn name_id(format: &str, value: &str) -> String {
    format!("<saml:NameID Format=\"{format}\">{value}</saml:NameID>")
}

pub(crate) fn attribute(name: &str, values: &[&str]) -> String {
    let each = values.iter().map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>"));
    format!("<saml:Attribute Name=\"{name}\">{}</saml:Attribute>", each.collect::<Vec<_>>().concat())
}

/// Makes the connection one of that provider.
pub(crate) async fn trust(site: &Site, door: &Door, provider: &Provider, further: Value) {
    let mut settings = json!({
        "idp_entity_id": ISSUER, "certificates": [provider.certificate], "audience": AUDIENCE, "recipient": RECIPIENT,
    });
    for (name, value) in further.as_object().unwrap() {
        settings[name] = value.clone();
    }
    site.change(door, |record| {
        record.protocol = Protocol::Saml;
        record.details.insert("saml".to_owned(), settings.clone());
    })
    .await;
}

/// What a product posts to the hook.
pub(crate) fn posted(door: &Door, response: &str, request: Option<&str>, dry_run: bool) -> Request {
    let evidence = json!({"type": "saml", "response": response, "request_id": request});
    sign_in(door, &json!({"evidence": evidence, "dry_run": dry_run}))
}

/// Posts the XML of a response that answers [`REQUEST`].
pub(crate) async fn post(site: &Site, door: &Door, xml: &str) -> Answer {
    site.send(&posted(door, &STANDARD.encode(xml), Some(REQUEST), false)).await
}
