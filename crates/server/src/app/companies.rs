//! Companies come into being. They never go: what belongs to them stays theirs.

use rollcall_directory::{Company, Directory};
use serde_json::json;

use super::{Doer, Refusal, names};

/// Makes a company without anything in it.
pub async fn create(directory: &Directory, doer: Doer<'_>, name: &str) -> Result<Company, Refusal> {
    names::permanent("a company", name)?;
    let company = Company { id: doer.id(), name: name.to_owned(), created_at: doer.now };
    let entry = doer.entry("company_created", Some(company.id), format!("company:{}", company.id), &json!({}));
    directory
        .write(|unit| {
            unit.insert_company(&company);
            unit.insert_activity(&entry);
            async { Ok::<(), Refusal>(()) }
        })
        .await
        .map_err(|refusal| refusal.or_taken("company_name", format!("the name `{name}` is taken; choose another")))?;
    Ok(company)
}
