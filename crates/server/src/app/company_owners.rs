//! Who owns a company: one to ten people, who hear of what concerns all of it (provisioning rules 1.1).

use rollcall_directory::{Company, CompanyOwner, Directory};
use rollcall_policy::AccountId;
use serde_json::json;

use super::{Doer, Refusal};

/// Owners of a company at most.
const MOST: usize = 10;

/// Makes an account an owner of the company; one that is an owner stays so. Answers whether anything changed.
pub async fn add(
    directory: &Directory,
    doer: Doer<'_>,
    company: &Company,
    account: AccountId,
) -> Result<bool, Refusal> {
    let company = company.id;
    let owner = CompanyOwner { company, account, created_at: doer.now };
    let data = json!({"account": account});
    let entry = doer.entry("company_owner_added", Some(company), format!("company:{company}"), &data);
    let (owner, entry) = (&owner, &entry);
    directory
        .write(|unit| async move {
            // Counted with nobody else at it.
            unit.lock_company(company).await?;
            unit.account(account).await?.ok_or(Refusal::NotFound("account"))?;
            let owners = unit.company_owners(company).await?;
            if owners.iter().any(|(known, _)| known.id == account) {
                return Ok(false);
            }
            if owners.len() >= MOST {
                let detail = format!("a company has at most {MOST} owners; remove one first");
                return Err(Refusal::Taken(detail));
            }
            unit.insert_company_owner(owner);
            unit.insert_activity(entry);
            Ok(true)
        })
        .await
}

/// Takes the ownership back; never from the last owner (M-9).
pub async fn remove(
    directory: &Directory,
    doer: Doer<'_>,
    company: &Company,
    account: AccountId,
) -> Result<(), Refusal> {
    let company = company.id;
    let data = json!({"account": account});
    let entry = doer.entry("company_owner_removed", Some(company), format!("company:{company}"), &data);
    let entry = &entry;
    directory
        .write(|unit| async move {
            unit.lock_company(company).await?;
            let owners = unit.company_owners(company).await?;
            if !owners.iter().any(|(known, _)| known.id == account) {
                return Err(Refusal::NotFound("owner"));
            }
            if owners.len() == 1 {
                let detail = "the last owner of a company cannot be removed; add another one first";
                return Err(Refusal::standing("M-9", detail));
            }
            unit.delete_company_owner(company, account);
            unit.insert_activity(entry);
            Ok(())
        })
        .await
}
