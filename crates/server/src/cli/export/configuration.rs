//! `rollcall export --config`.

use serde_json::json;

use super::Exported;
use crate::app::configuration::{current, text};
use crate::cli::Failure;
use crate::cli::beside::Beside;
use crate::cli::output::Output;

pub(super) async fn export(
    beside: &Beside,
    company: Option<&str>,
    mut file: Exported,
    output: &mut Output,
) -> Result<(), Failure> {
    let snapshot = beside.directory.snapshot().await?;
    let entities = current::read(&snapshot, company).await?;
    if let (Some(company), true) = (company, entities.is_empty()) {
        return Err(Failure::failed(format!("there is no company `{company}`; check the name")));
    }
    file.write(&text::write(&entities))?;
    if let Some(place) = file.finish()? {
        let count = entities.len();
        let line = json!({"file": place, "entities": count});
        output.say(&line, || {
            format!("Wrote {count} companies, organizations, domains and connections to {}.", place.display())
        });
    }
    Ok(())
}
