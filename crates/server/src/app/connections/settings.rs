//! What PATCH may change of a connection: everything that moves nobody.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::ConnectionRecord;
use rollcall_policy::{AccountId, OnNewSubject, Protocol, UnverifiedDomains};
use rollcall_scim::Tolerance;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{OidcSettings, SamlSettings};
use crate::app::{Nullable, Refusal, names};
use crate::clock::SECOND;
use crate::config::Outbound;
use crate::journal::Mode;

/// Accounts that may be protected at most.
const MOST_PROTECTED: usize = 1_000;
/// Seconds of 30 days.
const MONTH: u32 = 30 * 86_400;

/// When removals are held (RC-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Brake {
    /// So many removals within the window pass in any case.
    pub count: u32,
    /// So many percent of the active linked people pass.
    pub percent: u32,
    /// Length of the window.
    pub window_seconds: u32,
    /// Held removals that nobody answers are released after so long.
    pub release_after_seconds: u32,
}

impl Brake {
    /// That of a connection.
    pub fn of(record: &ConnectionRecord) -> Self {
        let stored = record.details.get("brake").cloned();
        stored.and_then(|brake| serde_json::from_value(brake).ok()).unwrap_or_default()
    }

    /// In the words of policy.
    pub fn rule(&self) -> rollcall_policy::Brake {
        let window = i64::from(self.window_seconds) * SECOND;
        rollcall_policy::Brake { count: self.count, percent: self.percent, window }
    }

    /// For how long a removal waits for an answer, in microseconds.
    pub fn patience(&self) -> i64 {
        i64::from(self.release_after_seconds) * SECOND
    }
}

/// Whom no push of the connection removes (RC-12).
pub fn protected_accounts(record: &ConnectionRecord) -> BTreeSet<AccountId> {
    let stored = record.details.get("protected_accounts").cloned();
    stored.and_then(|accounts| serde_json::from_value(accounts).ok()).unwrap_or_default()
}

impl Default for Brake {
    fn default() -> Self {
        Self { count: 20, percent: 10, window_seconds: 3_600, release_after_seconds: 86_400 }
    }
}

/// Settings to be written; absent ones stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Unique in the company.
    pub name: Option<String>,
    /// Of a connection whose protocol is `oidc`.
    pub oidc: Option<OidcSettings>,
    /// Of a connection whose protocol is `saml`.
    pub saml: Option<SamlSettings>,
    /// People of its domains must use it (E-1); see E-9.
    pub enforce_sso: Option<bool>,
    /// RC-14.
    pub freeze_name: Option<bool>,
    /// RC-13.
    pub on_new_subject: Option<OnNewSubject>,
    /// N-1.
    pub create_denied_accounts: Option<bool>,
    /// RC-5.
    pub unverified_domains: Option<UnverifiedDomains>,
    /// Without deviations from the RFCs, but for named tolerances.
    pub strict: Option<bool>,
    /// Single switches, by name.
    pub tolerances: Option<BTreeMap<String, bool>>,
    /// Whom no push removes (RC-12).
    pub protected_accounts: Option<BTreeSet<AccountId>>,
    /// RC-12.
    pub brake: Option<Brake>,
    /// What is kept of its SCIM exchanges; `None` inside: what the server says.
    pub journal: Nullable<Mode>,
}

impl Settings {
    /// Whether evidence could be checked by the settings of the protocol; where keys may be fetched is the operator's word.
    pub fn check(&self, outbound: &Outbound) -> Result<(), Refusal> {
        let oidc = self.oidc.as_ref().map_or(Ok(()), |oidc| oidc.check(outbound));
        let saml = self.saml.as_ref().map_or(Ok(()), |saml| saml.check(outbound));
        oidc.and(saml).map_err(Refusal::Invalid)
    }

    /// Writes the settings over a record, if they are good.
    pub fn apply(&self, record: &mut ConnectionRecord) -> Result<(), Refusal> {
        if let Some(name) = &self.name {
            record.name = names::text("name", name)?;
        }
        self.apply_protocol(record)?;
        self.apply_details(record)?;
        let policy = &mut record.policy;
        policy.enforce_sso = self.enforce_sso.unwrap_or(policy.enforce_sso);
        policy.freeze_name = self.freeze_name.unwrap_or(policy.freeze_name);
        policy.on_new_subject = self.on_new_subject.unwrap_or(policy.on_new_subject);
        policy.create_denied_accounts = self.create_denied_accounts.unwrap_or(policy.create_denied_accounts);
        policy.unverified_domains = self.unverified_domains.unwrap_or(policy.unverified_domains);
        Ok(())
    }

    /// Each protocol has its own settings, and no other's.
    fn apply_protocol(&self, record: &mut ConnectionRecord) -> Result<(), Refusal> {
        let given = [
            ("oidc", Protocol::Oidc, as_value(self.oidc.as_ref())?),
            ("saml", Protocol::Saml, as_value(self.saml.as_ref())?),
        ];
        for (name, protocol, value) in given {
            let Some(value) = value else { continue };
            if record.protocol != protocol {
                let detail =
                    format!("`{name}` goes with the protocol `{name}`; this connection's is `{}`", record.protocol);
                return Err(Refusal::Invalid(detail));
            }
            record.details.insert(name.to_owned(), value);
        }
        match record.protocol {
            Protocol::Oidc | Protocol::Saml if !record.details.contains_key(record.protocol.code()) => {
                let detail = format!("a connection of the protocol `{0}` needs its settings in `{0}`", record.protocol);
                Err(Refusal::Invalid(detail))
            }
            Protocol::Oidc | Protocol::Saml | Protocol::Attributes => Ok(()),
        }
    }

    fn apply_details(&self, record: &mut ConnectionRecord) -> Result<(), Refusal> {
        if let Some(unknown) = self.tolerances.iter().flatten().find(|(name, _)| Tolerance::from_name(name).is_none()) {
            return Err(Refusal::Invalid(format!("there is no tolerance `{}`", unknown.0)));
        }
        if self.protected_accounts.as_ref().is_some_and(|accounts| accounts.len() > MOST_PROTECTED) {
            return Err(Refusal::Invalid(format!("`protected_accounts` names {MOST_PROTECTED} accounts at most")));
        }
        self.brake.as_ref().map(check_brake).transpose()?;
        match self.journal {
            Nullable::Absent => {}
            Nullable::Null => drop(record.details.remove("journal")),
            Nullable::Value(mode) => drop(record.details.insert("journal".to_owned(), mode.code().into())),
        }
        let details = [
            ("strict", as_value(self.strict.as_ref())?),
            ("tolerances", as_value(self.tolerances.as_ref())?),
            ("protected_accounts", as_value(self.protected_accounts.as_ref())?),
            ("brake", as_value(self.brake.as_ref())?),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                record.details.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }
}

fn check_brake(brake: &Brake) -> Result<(), Refusal> {
    let window = (60..=MONTH).contains(&brake.window_seconds);
    let release = (60..=MONTH).contains(&brake.release_after_seconds);
    if brake.percent > 100 || brake.count > 1_000_000 || !window || !release {
        let detail = "`brake` is a `count` up to 1000000, a `percent` up to 100, and `window_seconds` and \
                      `release_after_seconds` from 60 to 2592000";
        return Err(Refusal::Invalid(detail.to_owned()));
    }
    Ok(())
}

fn as_value<T: Serialize>(given: Option<&T>) -> Result<Option<Value>, Refusal> {
    let value = given.map(serde_json::to_value).transpose();
    value.map_err(|error| Refusal::Invalid(format!("the settings cannot be stored: {error}")))
}
