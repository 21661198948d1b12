//! Flags of what a connection's checkers of evidence need to know.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::connection_settings::metadata;
use crate::app::connection_settings::{OidcSettings, SamlSettings};
use crate::cli::Failure;

/// An OpenID provider. What is absent stays as it is, or has its default.
#[derive(Debug, Args)]
pub(super) struct Oidc {
    /// `iss` of its tokens, to the letter.
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,

    /// `aud` of its tokens: what the provider calls your product.
    #[arg(long, value_name = "TEXT")]
    pub(super) client_id: Option<String>,

    /// Where its keys are [default: found by discovery].
    #[arg(long, value_name = "URL")]
    pub(super) jwks_uri: Option<String>,

    /// Signature algorithms that are accepted, such as RS256 or ES256; several flags or commas [default: RS256].
    #[arg(long = "algorithm", value_name = "NAME", value_delimiter = ',')]
    pub(super) algorithms: Vec<String>,

    /// Entra: the one tenant whose people sign in.
    #[arg(long, value_name = "GUID")]
    pub(super) tenant_id: Option<String>,
}

/// A SAML identity provider. What is absent stays as it is, or has its default.
#[derive(Debug, Args)]
pub(super) struct Saml {
    /// The provider's metadata file (XML): its entity id and signing certificates.
    #[arg(long, value_name = "FILE")]
    pub(super) metadata: Option<PathBuf>,

    /// What the provider calls itself, where there is no metadata.
    #[arg(long, value_name = "TEXT")]
    pub(super) idp_entity_id: Option<String>,

    /// File with a signing certificate of the provider, or several (PEM or base64). Replaces all earlier ones.
    #[arg(long = "certificate", value_name = "FILE", conflicts_with = "metadata")]
    pub(super) certificates: Vec<PathBuf>,

    /// Your entity id: what `Audience` must name.
    #[arg(long, value_name = "TEXT")]
    pub(super) audience: Option<String>,

    /// Your ACS URL: what `Recipient` and `Destination` must name.
    #[arg(long, value_name = "URL")]
    pub(super) recipient: Option<String>,

    /// The attribute with a stable identifier, instead of the `NameID`.
    #[arg(long, value_name = "NAME")]
    pub(super) subject_attribute: Option<String>,

    /// Accept responses that nobody asked for, too.
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    pub(super) allow_idp_initiated: Option<bool>,
}

impl Oidc {
    pub(super) fn is_given(&self) -> bool {
        let texts = [&self.issuer, &self.client_id, &self.jwks_uri, &self.tenant_id];
        !self.algorithms.is_empty() || texts.iter().any(|text| text.is_some())
    }

    /// Written over what stands.
    pub(super) fn over(&self, mut settings: OidcSettings) -> OidcSettings {
        if let Some(issuer) = &self.issuer {
            settings.issuer.clone_from(issuer);
        }
        if let Some(client_id) = &self.client_id {
            settings.client_id.clone_from(client_id);
        }
        if self.jwks_uri.is_some() {
            settings.jwks_uri.clone_from(&self.jwks_uri);
            settings.jwks = None;
        }
        if !self.algorithms.is_empty() {
            settings.algorithms.clone_from(&self.algorithms);
        }
        settings.tenant_id = self.tenant_id.clone().or(settings.tenant_id);
        settings
    }

    /// Of a new connection.
    pub(super) fn new_settings(&self) -> OidcSettings {
        let algorithms = vec!["RS256".to_owned()];
        let (issuer, client_id) = (String::new(), String::new());
        self.over(OidcSettings { issuer, client_id, jwks_uri: None, jwks: None, algorithms, tenant_id: None })
    }
}

impl Saml {
    pub(super) fn is_given(&self) -> bool {
        let texts = [&self.idp_entity_id, &self.audience, &self.recipient, &self.subject_attribute];
        let files = self.metadata.is_some() || !self.certificates.is_empty();
        files || self.allow_idp_initiated.is_some() || texts.iter().any(|text| text.is_some())
    }

    /// Written over what stands.
    pub(super) fn over(&self, mut settings: SamlSettings) -> Result<SamlSettings, Failure> {
        if let Some(file) = &self.metadata {
            let read = metadata::read(&text_of(file)?);
            let read = read.map_err(|problem| Failure::failed(format!("{}: {problem}", file.display())))?;
            (settings.idp_entity_id, settings.certificates) = (read.entity_id, read.certificates);
        }
        if !self.certificates.is_empty() {
            settings.certificates.clear();
        }
        for file in &self.certificates {
            settings.certificates.extend(certificates(&text_of(file)?));
        }
        if let Some(entity_id) = &self.idp_entity_id {
            settings.idp_entity_id.clone_from(entity_id);
        }
        if let Some(audience) = &self.audience {
            settings.audience.clone_from(audience);
        }
        if let Some(recipient) = &self.recipient {
            settings.recipient.clone_from(recipient);
        }
        settings.subject_attribute = self.subject_attribute.clone().or(settings.subject_attribute);
        settings.allow_idp_initiated = self.allow_idp_initiated.unwrap_or(settings.allow_idp_initiated);
        Ok(settings)
    }

    /// Of a new connection.
    pub(super) fn new_settings(&self) -> Result<SamlSettings, Failure> {
        let [idp_entity_id, audience, recipient] = [const { String::new() }; 3];
        self.over(SamlSettings {
            idp_entity_id,
            certificates: Vec::new(),
            audience,
            recipient,
            subject_attribute: None,
            allow_idp_initiated: false,
        })
    }
}

fn text_of(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::failed(format!("cannot read {}: {error}", file.display())))
}

/// Each certificate of a PEM file, or the whole text where it is bare base64.
fn certificates(text: &str) -> Vec<String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    if !text.contains(BEGIN) {
        return vec![text.to_owned()];
    }
    text.split(BEGIN).skip(1).map(|body| format!("{BEGIN}{}", body.trim_end())).collect()
}
