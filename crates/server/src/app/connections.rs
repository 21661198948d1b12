//! Connections: made, changed, re-planned, removed (provisioning rules 2.13, 2.14; design.md 5 and 6).

pub mod change;
pub mod create;
pub mod delete;
pub mod placement;
pub mod policy;
pub mod settings;

use rollcall_directory::ConnectionRecord;
use serde_json::{Map, Value};

use super::connection_settings::{OidcSettings, SamlSettings};

pub use settings::{Brake, Settings, protected_accounts};

/// The version of a connection, for `ETag` and `If-Match`: it moves with every change.
pub fn version(record: &ConnectionRecord) -> u64 {
    u64::try_from(record.updated_at).unwrap_or_default()
}

/// The instant of a change: later than the one before, whatever the clock says.
pub(super) fn moved(before: i64, now: i64) -> i64 {
    now.max(before.saturating_add(1))
}

/// What is noted of a change: names of what changed, never values.
fn changed_names(before: &ConnectionRecord, after: &ConnectionRecord) -> Value {
    let policy = |record: &ConnectionRecord| serde_json::to_value(&record.policy).unwrap_or_default();
    let (old, new) = (policy(before), policy(after));
    let differs = |name: &str| old.get(name) != new.get(name);
    let switches = new.as_object().into_iter().flat_map(Map::keys).filter(|name| differs(name)).cloned();
    let details = after.details.keys().filter(|name| before.details.get(*name) != after.details.get(*name)).cloned();
    let renamed = (before.name != after.name).then(|| "name".to_owned());
    Value::from(switches.chain(details).chain(renamed).collect::<Vec<String>>())
}
