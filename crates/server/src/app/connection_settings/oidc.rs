//! Which settings of an OpenID provider are usable.

use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::OidcSettings;
use crate::config;

/// Algorithms that may be accepted, by their JOSE names (RFC 7518 §3.1, RFC 8037). All are asymmetric: with `HS256` whoever
/// can check a token can make one, and `none` proves nothing.
pub const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// Bytes of an issuer: with a `sub` of the longest form (255, OpenID Connect Core §2) it is still a subject.
const LONGEST_ISSUER: usize = 512;
const LONGEST_CLIENT_ID: usize = 512;
/// Keys in a pasted set; providers publish a handful.
const MOST_KEYS: usize = 100;
/// What stands for the tenant in the issuer of Entra's shared endpoints.
const TENANT: &str = "{tenantid}";

impl OidcSettings {
    /// Whether tokens can be checked by these settings; the error is a sentence that names the member.
    pub fn check(&self, outbound: &config::Outbound) -> Result<(), String> {
        self.check_issuer(outbound)?;
        let client_id = &self.client_id;
        if client_id.trim().is_empty() || client_id.len() > LONGEST_CLIENT_ID || client_id.chars().any(char::is_control)
        {
            return Err("`oidc.client_id` must be 1 to 512 bytes, none of them a control character".to_owned());
        }
        self.algorithms()?;
        if self.tenant_id.as_ref().is_some_and(|tenant| !is_guid(tenant)) {
            return Err("`oidc.tenant_id` must be the directory (tenant) id that Entra shows, a GUID".to_owned());
        }
        match (&self.jwks_uri, &self.jwks) {
            (Some(_), Some(_)) => Err("`oidc` takes `jwks_uri` or `jwks`, not both".to_owned()),
            (Some(uri), None) => url("oidc.jwks_uri", uri, outbound).map(|_url| ()),
            (None, Some(jwks)) => check_keys(jwks),
            (None, None) => Ok(()),
        }
    }

    fn check_issuer(&self, outbound: &config::Outbound) -> Result<(), String> {
        if self.issuer.len() > LONGEST_ISSUER {
            return Err(format!("`oidc.issuer` has more than {LONGEST_ISSUER} bytes"));
        }
        if self.issuer.contains(TENANT) && self.tenant_id.is_none() {
            return Err(format!("`oidc.issuer` may hold `{TENANT}` only together with `oidc.tenant_id`"));
        }
        let parsed = url("oidc.issuer", &self.issuer, outbound)?;
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err("`oidc.issuer` must have neither query nor fragment (OpenID Connect Core §2)".to_owned());
        }
        Ok(())
    }

    /// The algorithms that the connection accepts.
    pub fn algorithms(&self) -> Result<Vec<Algorithm>, String> {
        let known = |name: &String| ALGORITHMS.iter().find(|(known, _)| known == name).map(|(_, algorithm)| *algorithm);
        match self.algorithms.iter().map(known).collect::<Option<Vec<_>>>() {
            Some(algorithms) if !algorithms.is_empty() => Ok(algorithms),
            Some(_) | None => {
                let names: Vec<&str> = ALGORITHMS.iter().map(|(name, _)| *name).collect();
                Err(format!("`oidc.algorithms` must be a list of one or more of {}", names.join(", ")))
            }
        }
    }

    /// `iss` of the tokens: that of the one tenant where the setting is Entra's template.
    pub fn token_issuer(&self) -> String {
        self.of_tenant(&self.issuer)
    }

    /// A template of Entra, filled in with the connection's tenant.
    pub fn of_tenant(&self, issuer: &str) -> String {
        match &self.tenant_id {
            Some(tenant) => issuer.replace(TENANT, &tenant.to_ascii_lowercase()),
            None => issuer.to_owned(),
        }
    }
}

/// An absolute URL without credentials and without characters that a URL cannot have.
fn url(member: &str, text: &str, outbound: &config::Outbound) -> Result<Url, String> {
    let strange = |c: char| c.is_control() || c.is_whitespace();
    let parsed = Url::parse(text).ok().filter(|url| url.has_host() && !text.contains(strange));
    let Some(url) = parsed else {
        return Err(format!("`{member}` must be an absolute URL such as `https://idp.example/`"));
    };
    match url.scheme() {
        "https" => {}
        "http" if outbound.allow_http => {}
        _ => {
            return Err(format!("`{member}` must begin with `https://`; the operator may set `outbound.allow_http`"));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("`{member}` must hold no user name or password"));
    }
    Ok(url)
}

fn check_keys(jwks: &Map<String, Value>) -> Result<(), String> {
    let keys = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let kind = |key: &Value| key.get("kty").and_then(Value::as_str).map(str::to_owned);
    if keys.is_empty() || keys.len() > MOST_KEYS || !keys.iter().all(|key| kind(key).is_some()) {
        return Err(format!(
            "`oidc.jwks` must be a JWK set (RFC 7517): `keys` with 1 to {MOST_KEYS} keys, each with `kty`"
        ));
    }
    if keys.iter().any(|key| kind(key).as_deref() == Some("oct") || key.get("d").is_some()) {
        return Err("`oidc.jwks` must hold public keys only".to_owned());
    }
    Ok(())
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT_ID: &str = "4d5b1e7f-2f0c-4c51-9c7d-0a1b2c3d4e5f";

    #[track_caller]
    fn check(changes: &Value, expected: Result<(), &str>) {
        let mut settings = json!({"issuer": "https://idp.example", "client_id": "rollcall"});
        for (name, value) in changes.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let settings: OidcSettings = serde_json::from_value(settings).unwrap();
        match (settings.check(&config::Outbound::default()), expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(part)) => assert!(error.contains(part), "{changes}: {error}"),
            (got, _) => panic!("{changes}: {got:?}"),
        }
    }

    #[test]
    fn usable_settings_are_accepted() {
        for changes in [
            json!({}),
            json!({"issuer": "https://idp.example/realms/acme/"}),
            json!({"algorithms": ["ES256", "EdDSA", "PS512"]}),
            json!({"jwks_uri": "https://keys.example/jwks?app=1"}),
            json!({"jwks": {"keys": [{"kty": "RSA", "n": "", "e": ""}]}}),
            json!({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0", "tenant_id": TENANT_ID}),
        ] {
            check(&changes, Ok(()));
        }
    }

    #[test]
    fn unusable_settings_are_named() {
        for (changes, part) in [
            (json!({"issuer": "http://idp.example"}), "outbound.allow_http"),
            (json!({"issuer": "idp.example"}), "`oidc.issuer` must be an absolute URL"),
            (json!({"issuer": " https://idp.example"}), "`oidc.issuer` must be an absolute URL"),
            (json!({"issuer": "https://a:b@idp.example"}), "user name or password"),
            (json!({"issuer": "https://idp.example?a=b"}), "neither query nor fragment"),
            (json!({"issuer": "https://idp.example#a"}), "neither query nor fragment"),
            (json!({"issuer": format!("https://idp.example/{}", "a".repeat(500))}), "more than 512 bytes"),
            (json!({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}), "only together with"),
            (json!({"tenant_id": "acme.onmicrosoft.com"}), "a GUID"),
            (json!({"client_id": " "}), "`oidc.client_id`"),
            (json!({"algorithms": []}), "one or more of RS256"),
            (json!({"algorithms": ["RS256", "HS256"]}), "one or more of RS256"),
            (json!({"algorithms": ["none"]}), "one or more of RS256"),
            (json!({"jwks_uri": "http://idp.example/jwks"}), "`oidc.jwks_uri` must begin with `https://`"),
            (json!({"jwks_uri": "https://idp.example/jwks", "jwks": {"keys": []}}), "not both"),
            (json!({"jwks": {"keys": []}}), "1 to 100 keys"),
            (json!({"jwks": {"keys": [{}]}}), "each with `kty`"),
            (json!({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}), "public keys only"),
            (json!({"jwks": {"keys": [{"kty": "RSA", "d": "c2VjcmV0"}]}}), "public keys only"),
        ] {
            check(&changes, Err(part));
        }
    }

    #[test]
    fn the_issuer_of_a_template_is_that_of_the_tenant() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let settings = json!({"issuer": template, "client_id": "a", "tenant_id": TENANT_ID.to_uppercase()});
        let settings: OidcSettings = serde_json::from_value(settings).unwrap();
        assert_eq!(settings.token_issuer(), format!("https://login.microsoftonline.com/{TENANT_ID}/v2.0"));
    }
}
