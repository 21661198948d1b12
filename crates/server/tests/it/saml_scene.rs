//! A SAML provider and a connection that trusts it, for tests of what must not sign anybody in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall_conformance::client::Answer;
use rollcall_directory::testing::TestDirectory;
use serde_json::json;

use crate::saml_provider::{Message, Provider, REQUEST, Signed, Template, post, posted, trust};
use crate::site::{Door, Site};

/// What is tried, with the problem type and a part of the sentence that answers it.
pub(crate) type Attack = (&'static str, String, &'static str, &'static str);

pub(crate) const INVALID: &str = "evidence_invalid";
pub(crate) const EXPIRED: &str = "evidence_expired";
pub(crate) const MALFORMED: &str = "malformed";

/// A connection, its provider, and what the provider would say about `ada`.
pub(crate) struct Scene {
    pub(crate) site: Site,
    pub(crate) acme: Door,
    pub(crate) provider: Provider,
    pub(crate) message: Message,
}

impl Scene {
    pub(crate) async fn new(directory: &TestDirectory) -> Self {
        let site = Site::start(directory).await;
        let acme = site.acme().await;
        let provider = Provider::new();
        trust(&site, &acme, &provider, json!({})).await;
        let message = Message::about(&site, &acme.email("ada"));
        Self { site, acme, provider, message }
    }

    pub(crate) fn issue(&self, signed: Signed) -> String {
        self.provider.issue(&self.message, signed)
    }

    /// An assertion that the provider signed after it was changed so.
    pub(crate) fn changed(&self, change: impl Fn(&mut Message)) -> String {
        let mut message = self.message.clone();
        change(&mut message);
        self.provider.issue(&message, Signed::Assertion)
    }

    /// The same with a change to the XML of the assertion.
    pub(crate) fn rewritten(&self, from: &str, to: &str) -> String {
        let template = self.provider.template(&self.message.id).text();
        let assertion = self.message.assertion(&template);
        assert!(assertion.contains(from), "{from}");
        self.message.response("", &self.provider.sign(&assertion.replacen(from, to, 1)))
    }

    /// An assertion with a signature of another kind, by the provider itself.
    pub(crate) fn signed_as(&self, change: impl Fn(&mut Template)) -> String {
        let mut template = self.provider.template(&self.message.id);
        change(&mut template);
        self.provider.issue_as(&self.message, None, Some(&template))
    }

    pub(crate) async fn refuses(&self, attacks: &[Attack]) {
        // Without it all of the following would be refused for nothing.
        let tried = posted(&self.acme, &STANDARD.encode(self.issue(Signed::Assertion)), Some(REQUEST), true);
        assert_eq!(self.site.send(&tried).await.status, 200);
        for (name, xml, kind, part) in attacks {
            let answer = post(&self.site, &self.acme, xml).await;
            refused(name, &answer, kind, part);
        }
        assert!(self.site.members(&self.acme).await.is_empty(), "nobody came in");
    }
}

#[track_caller]
pub(crate) fn refused(name: &str, answer: &Answer, kind: &str, part: &str) {
    let status = if kind == MALFORMED { 400 } else { 401 };
    assert_eq!((answer.status, &answer.body()["type"]), (status, &json!(kind)), "{name}: {}", answer.text);
    assert!(answer.body()["detail"].as_str().unwrap_or_default().contains(part), "{name}: {}", answer.text);
}

/// From the first `open` to the end of the next `close`.
pub(crate) fn cut<'a>(xml: &'a str, open: &str, close: &str) -> &'a str {
    let start = xml.find(open).unwrap();
    let length = xml[start..].find(close).unwrap() + close.len();
    &xml[start..start + length]
}

/// Puts something before the first place where `mark` stands.
pub(crate) fn before(xml: &str, mark: &str, what: &str) -> String {
    assert!(xml.contains(mark), "{mark}");
    xml.replacen(mark, &format!("{what}{mark}"), 1)
}

/// The same about somebody else, under other ids.
pub(crate) fn forged(xml: &str) -> String {
    xml.replace("ada", "eve").replace("_response-1", "_response-2")
}
