//! Who a verified ID token speaks of.

use rollcall_policy::{Assertion, AttributeValue};
use rollcall_scim::fold::fold;
use serde_json::{Map, Value};

use super::super::attributes::is_subject;
use super::super::refused::Refused;
use crate::app::connection_settings::OidcSettings;

/// Reads the person.
pub(super) fn read(claims: &Map<String, Value>, settings: &OidcSettings) -> Result<Assertion, Refused> {
    let (subject, external_id) = match &settings.tenant_id {
        Some(tenant) => entra_subject(claims, tenant)?,
        None => subject(claims, &settings.token_issuer())?,
    };
    let attributes =
        claims.iter().filter(|(name, _)| is_plain(name)).map(|(name, value)| (name.clone(), values(value)));
    let mut assertion = Assertion::from_attributes(subject, &attributes.collect(), fold);
    assertion.external_id = Some(external_id);
    assertion.groups_incomplete = is_overage(claims);
    assertion.email_verified = email_verified(claims, settings, assertion.email_verified);
    Ok(assertion)
}

/// What the provider says of the address. A claim that is there and is not plainly yes is no, whatever it holds.
fn email_verified(claims: &Map<String, Value>, settings: &OidcSettings, read: Option<bool>) -> Option<bool> {
    if settings.tenant_id.is_some() {
        return domain_verified(claims);
    }
    if is_google(settings) && !is_of_workspace(claims) {
        return Some(false);
    }
    read.or(said(claims, "email_verified").map(|_| false))
}

fn said<'a>(claims: &'a Map<String, Value>, claim: &str) -> Option<&'a Value> {
    claims.get(claim).filter(|value| !value.is_null())
}

fn is_google(settings: &OidcSettings) -> bool {
    let issuer = settings.issuer.strip_prefix("https://").unwrap_or(&settings.issuer);
    issuer.trim_end_matches('/').eq_ignore_ascii_case("accounts.google.com")
}

/// `hd`, the Workspace domain of the account. Without it the account is a private one: Google verified its address once, and
/// it keeps the address after its holder has left the company.
fn is_of_workspace(claims: &Map<String, Value>) -> bool {
    claims.get("hd").and_then(Value::as_str).is_some_and(|domain| !domain.trim().is_empty())
}

/// Issuer and `sub`, the only pair that is never given to somebody else (OpenID Connect Core §5.7). An issuer has no
/// fragment, so the first `#` ends it. Beside it stands `sub`, which providers push as `externalId` (RC-13).
fn subject(claims: &Map<String, Value>, issuer: &str) -> Result<(String, String), Refused> {
    let name = identifier(claims, "sub")?;
    Ok((format!("{issuer}#{name}"), name.to_owned()))
}

/// Entra: tenant and `oid`, the same for all applications and in tokens of both versions; `sub` differs by application.
fn entra_subject(claims: &Map<String, Value>, tenant: &str) -> Result<(String, String), Refused> {
    let given = claims.get("tid").and_then(Value::as_str).unwrap_or_default();
    if !given.eq_ignore_ascii_case(tenant) {
        return Err(Refused::Invalid(
            "the ID token comes from another tenant (`tid`) than the connection's".to_owned(),
        ));
    }
    let name = identifier(claims, "oid")?;
    Ok((format!("{}#{name}", tenant.to_ascii_lowercase()), name.to_owned()))
}

fn identifier<'a>(claims: &'a Map<String, Value>, claim: &str) -> Result<&'a str, Refused> {
    let text = claims.get(claim).and_then(Value::as_str).filter(|text| is_subject(text) && text.len() <= 255);
    text.ok_or_else(|| Refused::Invalid(format!("the ID token lacks a usable `{claim}`: text of 1 to 255 bytes")))
}

/// Claims named by a URI are other applications': what they call an address was verified by nobody.
fn is_plain(claim: &str) -> bool {
    !claim.contains("://")
}

/// The texts, numbers and booleans of a claim; whatever else it holds is passed over.
fn values(claim: &Value) -> AttributeValue {
    let several = claim.as_array().map_or(std::slice::from_ref(claim), Vec::as_slice);
    several.iter().filter_map(scalar).collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Entra leaves groups out when there are too many, and says so in one of two ways.
fn is_overage(claims: &Map<String, Value>) -> bool {
    let elsewhere = claims.get("_claim_names").and_then(|names| names.get("groups")).is_some();
    elsewhere || claims.get("hasgroups").and_then(truth) == Some(true)
}

/// `xms_edov`: whether the tenant owns the domain of the address. `email_verified` of Entra says nothing of the kind: any
/// tenant's administrator may give any address to anybody.
fn domain_verified(claims: &Map<String, Value>) -> Option<bool> {
    said(claims, "xms_edov").map(|word| truth(word) == Some(true))
}

fn truth(value: &Value) -> Option<bool> {
    match scalar(value)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
