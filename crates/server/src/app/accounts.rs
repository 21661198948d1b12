//! Accounts made and corrected by hand: the operator's business alone, since they belong to no company (RC-2).

use std::collections::BTreeSet;

use rollcall_directory::{Account, Directory, DirectoryError, Unit};
use rollcall_policy::{AccountId, CompanyId, username};
use rollcall_scim::etag::Preconditions;
use rollcall_scim::fold::fold;
use serde_json::json;

use super::events::{Data, Kind, Teller};
use super::{Doer, Refusal, address, names, version};

/// Random numbers for generated usernames: so many are never all taken.
const NUMBERS: usize = 8;
/// How often a generated username may be taken by somebody faster.
const ATTEMPTS: usize = 4;

/// What a new account is to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Unique under folding.
    pub email: String,
    /// Somebody trusted says that the person reads mail there (RC-10).
    pub email_verified: bool,
    /// For people.
    pub full_name: Option<String>,
    /// 4 to 30 lower-case letters and digits, permanent; made of address and name where absent.
    pub username: Option<String>,
}

/// What is to be changed; absent stays.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// A new address is unverified unless `email_verified` says otherwise, and ends all sessions (RC-10).
    pub email: Option<String>,
    /// See [`NewAccount::email_verified`]. Where it was not so before, all sessions end (RC-10).
    pub email_verified: Option<bool>,
    /// For people.
    pub full_name: Option<String>,
    /// The operator's own switch; no company can disable an account (RC-2). Disabling ends all sessions.
    pub disabled: Option<bool>,
}

/// Makes an account, as the product's own sign-up would.
pub async fn create(directory: &Directory, doer: Doer<'_>, new: NewAccount) -> Result<Account, Refusal> {
    let email = checked_email(&new.email)?;
    let full_name = checked_name(new.full_name.as_deref())?.unwrap_or_default();
    if let Some(username) = &new.username {
        check_username(username)?;
    }
    let mut account = Account {
        id: doer.id(),
        email_folded: fold(&email),
        email,
        username: String::new(),
        full_name,
        email_verified: new.email_verified,
        disabled: false,
        created_at: doer.now,
        updated_at: doer.now,
    };
    let mut attempt = 1;
    loop {
        account.username = match &new.username {
            Some(username) => username.clone(),
            None => generated(directory, doer, &account).await?,
        };
        match store(directory, doer, &account).await {
            Err(Refusal::Taken(_)) if attempt < ATTEMPTS && new.username.is_none() => attempt += 1,
            outcome => return email_or_username(outcome).map(|()| account),
        }
    }
}

async fn store(directory: &Directory, doer: Doer<'_>, account: &Account) -> Result<(), Refusal> {
    let entry = doer.entry("account_created", None, format!("account:{}", account.id), &json!({}));
    let entry = &entry;
    let stored = directory
        .write(|unit| {
            unit.insert_account(account);
            unit.insert_activity(entry);
            async { Ok::<(), Refusal>(()) }
        })
        .await;
    stored.map_err(|refusal| refusal.or_taken("account_username", "the username is taken; choose another"))
}

fn email_or_username<T>(outcome: Result<T, Refusal>) -> Result<T, Refusal> {
    outcome.map_err(|refusal| refusal.or_taken("account_email", "another account has this e-mail address"))
}

async fn generated(directory: &Directory, doer: Doer<'_>, account: &Account) -> Result<String, Refusal> {
    let name = Some(account.full_name.as_str()).filter(|name| !name.is_empty());
    let candidates = username::candidates(&account.email, name, &doer.ids.numbers(NUMBERS));
    let taken = directory.read().usernames_taken(&candidates).await?;
    let free = candidates.into_iter().find(|candidate| !taken.contains(candidate));
    free.ok_or_else(|| Refusal::Taken("no username could be made of this address; name one".to_owned()))
}

/// The version of an account, for `ETag` and `If-Match`.
pub fn version(account: &Account) -> u64 {
    let Account { email, username, full_name, email_verified, disabled, .. } = account;
    version::of(&(email, username, full_name, email_verified, disabled))
}

/// Corrects an account, or throws the operator's switch.
pub async fn change(
    directory: &Directory,
    doer: Doer<'_>,
    id: AccountId,
    change: AccountChange,
) -> Result<Account, Refusal> {
    change_seen(directory, doer, id, &Preconditions::none(), change).await
}

/// The same, if the account still is what the caller has seen.
pub async fn change_seen(
    directory: &Directory,
    doer: Doer<'_>,
    id: AccountId,
    seen: &Preconditions,
    change: AccountChange,
) -> Result<Account, Refusal> {
    let email = change.email.as_deref().map(checked_email).transpose()?;
    let full_name = checked_name(change.full_name.as_deref())?;
    let action = match change.disabled {
        Some(true) => "account_disabled",
        Some(false) => "account_enabled",
        None => "account_changed",
    };
    let names = json!({
        "email": email.is_some(), "email_verified": change.email_verified.is_some(), "full_name": full_name.is_some(),
    });
    let entry = doer.entry(action, None, format!("account:{id}"), &names);
    let (email, full_name, entry) = (&email, &full_name, &entry);
    let outcome = directory
        .write(|unit| async move {
            // Alone with the person: a sign-in must not open a session while the account is being disabled.
            unit.lock_account(id).await?;
            let stored = unit.account(id).await?.ok_or(Refusal::NotFound("account"))?;
            version::check(seen, version(&stored))?;
            let mut changed = stored.clone();
            if let Some(email) = email {
                changed.email_verified &= fold(email) == stored.email_folded;
                changed.email_folded = fold(email);
                changed.email.clone_from(email);
            }
            changed.email_verified = change.email_verified.unwrap_or(changed.email_verified);
            changed.disabled = change.disabled.unwrap_or(stored.disabled);
            if let Some(full_name) = full_name {
                changed.full_name.clone_from(full_name);
            }
            if changed == stored {
                return Ok(stored);
            }
            changed.updated_at = doer.now.max(stored.updated_at + 1);
            unit.update_account(&stored, &changed);
            let ended = ended(&stored, &changed);
            if ended.is_some() {
                unit.end_sessions(id, doer.now);
            }
            tell(&unit, doer, (&stored, &changed), ended).await?;
            unit.insert_activity(entry);
            Ok(changed)
        })
        .await;
    email_or_username(outcome)
}

/// Why all sessions end, if they do.
fn ended(stored: &Account, changed: &Account) -> Option<&'static str> {
    if changed.disabled {
        return Some("disabled");
    }
    is_handed_over(stored, changed).then_some("handed_over")
}

/// Every company in which the person is a member hears that they are not as they were.
async fn tell(
    unit: &Unit,
    doer: Doer<'_>,
    (stored, changed): (&Account, &Account),
    ended: Option<&str>,
) -> Result<(), DirectoryError> {
    let names = [
        ("email", stored.email != changed.email),
        ("email_verified", stored.email_verified != changed.email_verified),
        ("full_name", stored.full_name != changed.full_name),
        ("disabled", stored.disabled != changed.disabled),
    ];
    let names: Vec<String> = names.into_iter().filter(|(_, moved)| *moved).map(|(name, _)| name.to_owned()).collect();
    let memberships = unit.memberships(changed.id).await?;
    let companies: BTreeSet<CompanyId> = memberships.iter().map(|view| view.membership.company).collect();
    for company in companies {
        let teller = Teller { unit, ids: doer.ids, now: doer.now, company };
        let data = Data { changed: Some(names.clone()), ..Data::of(changed.id) };
        teller.tell(Kind::PersonChanged, changed.id, data);
        if let Some(reason) = ended {
            teller.tell(Kind::SessionEnded, changed.id, Data::of(changed.id).because(reason));
        }
    }
    Ok(())
}

/// RC-10: whose the account is was not certain before, or may be somebody else from now on.
fn is_handed_over(stored: &Account, changed: &Account) -> bool {
    changed.email_folded != stored.email_folded || (changed.email_verified && !stored.email_verified)
}

fn checked_email(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if !address::is_address(text) {
        return Err(Refusal::Invalid(format!("`email` is {}", address::EXPECTED)));
    }
    Ok(text.to_owned())
}

/// A name may be emptied.
fn checked_name(full_name: Option<&str>) -> Result<Option<String>, Refusal> {
    match full_name {
        Some(name) if name.trim().is_empty() => Ok(Some(String::new())),
        Some(name) => names::text("full_name", name).map(Some),
        None => Ok(None),
    }
}

fn check_username(username: &str) -> Result<(), Refusal> {
    let known = username.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !known || !(4..=30).contains(&username.len()) {
        return Err(Refusal::Invalid("`username` is 4 to 30 lower-case letters and digits".to_owned()));
    }
    Ok(())
}
