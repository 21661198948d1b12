//! `rollcall export --connection`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Exported;
use crate::app::Provider;
use crate::cli::Failure;
use crate::cli::beside::Beside;
use crate::cli::find::connection;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::scim::{self, export::each_resource};

pub(super) async fn export(
    beside: &Beside,
    (wanted, company): (&str, Option<&str>),
    mut file: Exported,
    output: &mut Output,
) -> Result<(), Failure> {
    let (company, id) = connection::find(&beside.directory, wanted, company).await?;
    let state = beside.state().await?;
    let snapshot = beside.directory.snapshot().await?;
    let found = snapshot.connection(company, id).await?;
    let found = found.ok_or_else(|| Failure::failed(format!("there is no connection `{wanted}`; check the name")))?;
    let provider = Provider::operator(Arc::new(found), state.base_url.join(scim::BASE));
    let progress = Progress::begin(output, "Writing resources", None);
    let mut count: u64 = 0;
    let mut each = |resource: Value| {
        count += 1;
        progress.advance(1);
        file.write(&format!("{resource}\n"))
    };
    each_resource(&state.catalog, &snapshot, &provider, &mut each).await?;
    drop(progress);
    if let Some(place) = file.finish()? {
        let line = json!({"file": place, "resources": count});
        output.say(&line, || format!("Wrote {count} users and groups to {}.", place.display()));
    }
    Ok(())
}
