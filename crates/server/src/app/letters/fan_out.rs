//! Which events mean letters, and to whom.

use std::collections::BTreeMap;

use chrono::DateTime;
use rollcall_directory::{Account, DirectoryError, Event, InvitationState, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId, InvitationId, OrganizationId, TokenId};
use serde_json::Value;

use super::{Item, Recipient, add};
use crate::app::events::Kind;
use crate::clock::DAY;
use crate::state::Parts;

/// Events older than this are no news: they waited for a server without mail.
const NEWS: i64 = 3 * DAY;
/// Owners of one organization who are written to.
const MOST_OWNERS: u64 = 100;

/// Who hears of something.
enum Audience {
    /// Owners of the company.
    Company,
    /// These, and owners of the organization.
    Organization(OrganizationId),
    /// This one.
    One(Recipient),
}

/// Makes the letters that an event means, in the unit that delivers it, and answers to how many they go. None where no mail
/// is sent.
pub async fn of_event(app: &Parts, unit: &Unit, event: &Event) -> Result<usize, DirectoryError> {
    let Some(company) = event.company else { return Ok(0) };
    let Some(mail) = &app.config.mail else { return Ok(0) };
    if event.at < app.clock.now() - NEWS || (event.kind == Kind::InvitationSent.code() && !mail.invitations) {
        return Ok(0);
    }
    let about = About { unit, company, event, payload: serde_json::from_str(&event.payload).unwrap_or(Value::Null) };
    let Some((item, audience)) = about.meaning().await? else { return Ok(0) };
    let recipients = about.recipients(audience).await?;
    for recipient in &recipients {
        add(app, unit, company, recipient, &item).await?;
    }
    Ok(recipients.len())
}

/// An event and where to look what it is about: payloads carry ids.
struct About<'a> {
    unit: &'a Unit,
    company: CompanyId,
    event: &'a Event,
    payload: Value,
}

type Meaning = Option<(Item, Audience)>;

impl About<'_> {
    async fn meaning(&self) -> Result<Meaning, DirectoryError> {
        match self.event.kind.as_str() {
            "member.auto_provisioned" => self.joined().await,
            "seats.exhausted" => self.full().await,
            "brake.held" => self.held().await,
            "invitation.sent" => self.invitation().await,
            "account.claimed" => self.claimed().await,
            "token.expiring" => self.token().await,
            "certificate.expiring" => self.certificate().await,
            "domain.failing" => {
                Ok(self.text("domain").map(|domain| (Item::DomainFailing { domain }, Audience::Company)))
            }
            "webhook.disabled" => {
                Ok(self.text("url").map(|endpoint| (Item::EndpointDead { endpoint }, Audience::Company)))
            }
            // The rest is for programs, or nothing that an owner has to act upon.
            _ => Ok(None),
        }
    }

    /// P/A-6: owners of the company and of the organization.
    async fn joined(&self) -> Result<Meaning, DirectoryError> {
        let (Some(account), Some((id, organization))) = (self.account().await?, self.organization().await?) else {
            return Ok(None);
        };
        let Account { id: who, full_name: name, email, .. } = account;
        let item = Item::Joined { account: who, name, email, organization, at: self.event.at };
        Ok(Some((item, Audience::Organization(id))))
    }

    /// P4-29.
    async fn full(&self) -> Result<Meaning, DirectoryError> {
        let found = self.organization().await?;
        Ok(found.map(|(id, organization)| (Item::Full { organization }, Audience::Organization(id))))
    }

    /// RC-12.
    async fn held(&self) -> Result<Meaning, DirectoryError> {
        let connection = self.connection().await?;
        Ok(connection.map(|(connection, name)| (Item::Held { connection, name }, Audience::Company)))
    }

    /// What has ended by itself meanwhile is no news.
    async fn token(&self) -> Result<Meaning, DirectoryError> {
        let Some(id) = self.id::<TokenId>("token") else { return Ok(None) };
        let Some(token) = self.unit.token(id).await?.filter(|token| token.revoked_at.is_none()) else {
            return Ok(None);
        };
        let Some(expires_at) = token.expires_at.filter(|_| token.company == Some(self.company)) else {
            return Ok(None);
        };
        let connection = self.connection().await?.map(|(_, name)| name);
        let item = Item::TokenExpiring { token: id, kind: token.kind.code().to_owned(), connection, expires_at };
        Ok(Some((item, Audience::Company)))
    }

    async fn certificate(&self) -> Result<Meaning, DirectoryError> {
        let end = self.text("expires_at").and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        let (Some(end), Some((_, connection))) = (end, self.connection().await?) else { return Ok(None) };
        let item = Item::CertificateExpiring { connection, expires_at: end.timestamp_micros() };
        Ok(Some((item, Audience::Company)))
    }

    /// The invitee alone; by username the holder of it, of whom only the operator may know (RC-10).
    async fn invitation(&self) -> Result<Meaning, DirectoryError> {
        let Some(id) = self.id::<InvitationId>("invitation") else { return Ok(None) };
        let Some(sent) = self.unit.sent_invitation(self.company, id).await? else { return Ok(None) };
        if sent.invitation.state != InvitationState::Pending {
            return Ok(None);
        }
        let to = match (&sent.username, sent.account) {
            (None, _) => Some(Recipient { address: sent.invitation.email, is_private: false }),
            (Some(_), Some(account)) => {
                let account = self.unit.account(account).await?.filter(may_be_written_to);
                account.map(|account| Recipient { address: account.email, is_private: true })
            }
            (Some(_), None) => None,
        };
        Ok(to.map(|to| (Item::Invitation { invitation: id }, Audience::One(to))))
    }

    /// RC-10: at the address that was taken over; it is proven now.
    async fn claimed(&self) -> Result<Meaning, DirectoryError> {
        let account = self.account().await?.filter(may_be_written_to);
        let (Some(account), Some(company)) = (account, self.unit.company(self.company).await?) else { return Ok(None) };
        let item = Item::Claimed { company: company.name, at: self.event.at };
        Ok(Some((item, Audience::One((&account).into()))))
    }

    async fn account(&self) -> Result<Option<Account>, DirectoryError> {
        match self.id::<AccountId>("account") {
            Some(id) => self.unit.account(id).await,
            None => Ok(None),
        }
    }

    async fn organization(&self) -> Result<Option<(OrganizationId, String)>, DirectoryError> {
        let Some(name) = self.text("organization") else { return Ok(None) };
        let found = self.unit.organization_by_name(&name).await?.filter(|found| found.company == self.company);
        Ok(found.map(|organization| (organization.id, organization.display_name)))
    }

    async fn connection(&self) -> Result<Option<(ConnectionId, String)>, DirectoryError> {
        let Some(id) = self.id::<ConnectionId>("connection") else { return Ok(None) };
        let found = self.unit.connection(self.company, id).await?;
        Ok(found.map(|found| (id, found.record.name)))
    }

    fn text(&self, member: &str) -> Option<String> {
        self.payload.get(member)?.as_str().map(str::to_owned)
    }

    fn id<T: std::str::FromStr>(&self, member: &str) -> Option<T> {
        self.payload.get(member)?.as_str()?.parse().ok()
    }

    /// Whoever has an address that is proven, once.
    async fn recipients(&self, audience: Audience) -> Result<Vec<Recipient>, DirectoryError> {
        let organization = match audience {
            Audience::One(recipient) => return Ok(vec![recipient]),
            Audience::Company => None,
            Audience::Organization(organization) => Some(organization),
        };
        let owners = self.unit.company_owners(self.company).await?.into_iter().map(|(account, _)| account);
        let mut owners: Vec<Account> = owners.filter(may_be_written_to).collect();
        let organization = match organization {
            // A lone organization is a company of one: its owners are those of the company, too.
            None if owners.is_empty() => self.lone_organization().await?,
            organization => organization,
        };
        if let Some(organization) = organization {
            owners.extend(self.unit.organization_owners(self.company, organization, MOST_OWNERS).await?);
        }
        let owners = owners.into_iter().filter(may_be_written_to);
        let owners: BTreeMap<AccountId, Recipient> = owners.map(|account| (account.id, (&account).into())).collect();
        Ok(owners.into_values().collect())
    }

    async fn lone_organization(&self) -> Result<Option<OrganizationId>, DirectoryError> {
        let organizations = self.unit.organizations(self.company, "", 2).await?;
        Ok(organizations.first().filter(|_| organizations.len() == 1).map(|organization| organization.id))
    }
}

/// Mail goes to proven addresses of people who may come in.
fn may_be_written_to(account: &Account) -> bool {
    account.email_verified && !account.disabled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::events::Keeping;

    /// Words of [`About::meaning`]: none of them may drop out of the catalogue unnoticed.
    #[test]
    fn events_that_mean_letters_are_kept_whoever_listens() {
        for word in [
            "member.auto_provisioned",
            "seats.exhausted",
            "brake.held",
            "invitation.sent",
            "account.claimed",
            "token.expiring",
            "certificate.expiring",
            "domain.failing",
            "webhook.disabled",
        ] {
            assert_eq!(Kind::from_code(word).map(Kind::keeping), Some(Keeping::Always), "{word}");
        }
    }
}
