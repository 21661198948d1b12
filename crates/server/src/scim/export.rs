//! A connection's whole directory, as `/scim/v2` shows it: for `rollcall export`.

use rollcall_directory::{DirectoryError, Kind, ListRequest, Reader, Window};
use rollcall_scim::catalog::Catalog;
use rollcall_scim::condition::Condition;
use rollcall_scim::projection::Projection;
use serde_json::Value;

use super::render::{Showing, page};
use crate::app::Provider;

/// Users in memory at a time.
const USERS: u64 = 200;
/// Groups in memory at a time, each with all of its members.
const GROUPS: u64 = 5;

/// Gives every user and then every group to `each`, in the order of their ids. The reader is a snapshot's.
pub(crate) async fn each_resource<E: From<DirectoryError>>(
    catalog: &Catalog,
    reader: &Reader,
    provider: &Provider,
    each: &mut dyn FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let showing = Showing { catalog, reader: reader.clone(), provider };
    for (kind, limit) in [(Kind::User, USERS), (Kind::Group, GROUPS)] {
        let mut window = Window::Offset { offset: 0, limit };
        loop {
            let request = ListRequest {
                kinds: vec![(kind, Condition::Constant(true))],
                sort: None,
                window,
                count_total: false,
                base_url: provider.base_url.clone(),
            };
            let found = reader.list(provider.scope, &request).await?;
            for resource in page(&showing, &found.rows, &Projection::all()).await? {
                each(resource)?;
            }
            let Some(position) = found.next else { break };
            window = Window::After { position, limit };
        }
    }
    Ok(())
}
