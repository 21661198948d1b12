//! The keys of all providers, remembered: no sign-in waits for a fetch that another one made, and no token, however many
//! are made up, causes more than one fetch a minute.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use moka::future::Cache;
use rollcall_policy::ConnectionId;
use serde_json::Value;
use tokio::sync::Mutex;

use super::super::refused::Refused;
use super::key_set::KeySet;
use super::provider;
use super::token::Token;
use crate::app::connection_settings::OidcSettings;
use crate::clock::{DAY, SECOND};
use crate::state::Parts;

/// Keys are believed for so long without asking: a key that a provider withdraws works no longer than this.
const FRESH: i64 = 600 * SECOND;
/// Between two fetches for keys that are known: for an unknown `kid`, or while the provider does not answer.
const PAUSE: i64 = 60 * SECOND;
/// Between two fetches while no keys are known at all.
const PAUSE_WITHOUT_KEYS: i64 = 5 * SECOND;
/// While the provider does not answer, its last keys serve for so long.
const STALE: i64 = DAY;
/// Providers remembered at a time.
const REMEMBERED: u64 = 10_000;

/// The keys by connection and by where they come from, so that changed settings never meet earlier keys.
#[derive(Clone)]
pub(crate) struct ProviderKeys(Cache<(ConnectionId, Source), Arc<Entry>>);

/// Issuer and address of the keys.
type Source = (String, Option<String>);

/// The keys of one provider.
#[derive(Default)]
struct Entry {
    known: RwLock<Option<Known>>,
    /// When keys were asked for last; held while they are asked for.
    asked: Mutex<Option<i64>>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<KeySet>,
    fetched_at: i64,
}

impl ProviderKeys {
    /// Verifies the signature, and with it who made the token.
    pub(super) async fn verify(
        &self,
        app: &Parts,
        connection: ConnectionId,
        settings: &OidcSettings,
        token: &Token<'_>,
    ) -> Result<(), Refused> {
        if let Some(pasted) = &settings.jwks {
            let keys = KeySet::read(&Value::Object(pasted.clone()));
            let keys = keys.map_err(|problem| Refused::Unconfigured(format!("`oidc.jwks` {problem}")))?;
            return verified(&keys, token);
        }
        let source = (settings.token_issuer(), settings.jwks_uri.clone());
        let entry = self.0.get_with((connection, source), async { Arc::default() }).await;
        let mut known = entry.known();
        if !known.as_ref().is_some_and(|known| known.settles(token, app.clock.now())) {
            known = entry.renewed(app, connection, settings, known).await;
        }
        let usable = known.filter(|known| known.age(app.clock.now()) < STALE);
        let out_of_reach = "the identity provider's keys are out of reach; the server's log says why";
        let usable = usable.ok_or_else(|| Refused::Unavailable(out_of_reach.to_owned()))?;
        verified(&usable.keys, token)
    }
}

fn verified(keys: &KeySet, token: &Token<'_>) -> Result<(), Refused> {
    if keys.signed(token) {
        return Ok(());
    }
    Err(Refused::Invalid("the ID token is not signed with a key of the connection's identity provider".to_owned()))
}

impl Known {
    /// Time since they were fetched; a clock that stepped back makes them old.
    fn age(&self, now: i64) -> i64 {
        let age = now.saturating_sub(self.fetched_at);
        if age < 0 { i64::MAX } else { age }
    }

    /// Whether these keys have the last word on a token: they are fresh, and verify it or name its key.
    fn settles(&self, token: &Token<'_>, now: i64) -> bool {
        self.age(now) < FRESH && (token.key_id().is_some_and(|id| self.keys.names(id)) || self.keys.signed(token))
    }
}

impl Entry {
    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys after asking for them, unless somebody else just did, or it is too early. One asks, the others wait for it.
    async fn renewed(
        &self,
        app: &Parts,
        connection: ConnectionId,
        settings: &OidcSettings,
        seen: Option<Known>,
    ) -> Option<Known> {
        let mut asked = self.asked.lock().await;
        let known = self.known();
        let instant = |known: &Option<Known>| known.as_ref().map(|known| known.fetched_at);
        let now = app.clock.now();
        let pause = if known.is_some() { PAUSE } else { PAUSE_WITHOUT_KEYS };
        let too_early = asked.is_some_and(|asked| (0..pause).contains(&now.saturating_sub(asked)));
        if too_early || instant(&known) != instant(&seen) {
            return known;
        }
        *asked = Some(now);
        match provider::keys(&app.outbound, settings).await {
            Ok(keys) => {
                let fetched = Some(Known { keys: Arc::new(keys), fetched_at: now });
                self.known.write().unwrap_or_else(PoisonError::into_inner).clone_from(&fetched);
                fetched
            }
            Err(problem) => {
                let earlier_keys_serve = known.is_some();
                tracing::warn!(%connection, %problem, earlier_keys_serve, "the keys of an identity provider are out of reach");
                known
            }
        }
    }
}

impl Default for ProviderKeys {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl fmt::Debug for ProviderKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderKeys")
    }
}
