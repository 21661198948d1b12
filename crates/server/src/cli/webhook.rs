//! `rollcall webhook`: where events of companies are sent to, and what came of it.

mod told;

use clap::{Args, Subcommand};
use rollcall_directory::{DeliveryState, Webhook};
use rollcall_policy::{EventId, WebhookId};
use serde_json::json;

use super::Failure;
use super::arguments::Place;
use super::beside::{self, Beside};
use super::find::company;
use super::output::Output;
use super::table::Table;
use crate::app::webhooks::{self, NewWebhook};

/// List, add and remove webhooks, and send again what did not arrive.
///
/// Events of a company (people who join, leave or lose access, and more) are sent to its webhooks, signed as Standard
/// Webhooks describe. What a receiver does not take is tried again for somewhat over a day, and then kept for 30 days:
/// `rollcall webhook deliveries --state dead` lists it. Works beside a running server, which does the sending.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  Send all events of a company somewhere; the secret is printed once:
    rollcall webhook add https://hooks.acme.example/rollcall --company acme

  Only some kinds of events:
    rollcall webhook add https://hooks.acme.example/leavers --event person.suspended --event session.ended

  See a company's webhooks, and end one:
    rollcall webhook list --company acme
    rollcall webhook remove 019b0000-0000-7000-8000-000000000001

  What was given up, and send one of it again:
    rollcall webhook deliveries 019b0000-0000-7000-8000-000000000001 --state dead
    rollcall webhook resend 019b0000-0000-7000-8000-000000000001 019b0000-0000-7000-8000-000000000002";

#[derive(Debug, Subcommand)]
enum Action {
    /// List a company's webhooks.
    List(OfCompany),
    /// Add a webhook and print the secret that its events are signed with.
    Add(Add),
    /// Remove a webhook, with what was to be sent to it.
    Remove(OneWebhook),
    /// List what was sent to a webhook or is to be, newest first.
    Deliveries(Deliveries),
    /// Send one delivery again.
    Resend(Resend),
}

#[derive(Debug, Args)]
struct OfCompany {
    #[command(flatten)]
    place: Place,

    /// Name of the company, where there are several.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    of: OfCompany,

    /// Where events are sent to: https, at a public address unless `outbound.allow` says otherwise.
    url: String,

    /// A kind of event, as `person.joined`; give it several times for several. All kinds without it.
    #[arg(long = "event", value_name = "KIND")]
    events: Vec<String>,

    /// For people.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

#[derive(Debug, Args)]
struct OneWebhook {
    #[command(flatten)]
    place: Place,

    /// The webhook's id, as `rollcall webhook list` shows it.
    id: WebhookId,
}

#[derive(Debug, Args)]
struct Deliveries {
    #[command(flatten)]
    webhook: OneWebhook,

    /// Only those in this state: pending, delivered or dead.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<DeliveryState>,

    /// So many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    limit: u64,
}

#[derive(Debug, Args)]
struct Resend {
    #[command(flatten)]
    webhook: OneWebhook,

    /// The delivery's id, as `rollcall webhook deliveries` shows it.
    delivery: EventId,
}

fn state(word: &str) -> Result<DeliveryState, String> {
    DeliveryState::from_code(word).ok_or_else(|| "expected pending, delivered or dead".to_owned())
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let place = match &arguments.action {
        Action::List(of) => &of.place,
        Action::Add(add) => &add.of.place,
        Action::Remove(webhook) => &webhook.place,
        Action::Deliveries(wanted) => &wanted.webhook.place,
        Action::Resend(wanted) => &wanted.webhook.place,
    };
    beside::open(place, output, async |beside, output| act(beside, &arguments.action, output).await)
}

async fn act(beside: &Beside, action: &Action, output: &mut Output) -> Result<(), Failure> {
    let (directory, doer) = (&beside.directory, beside.doer());
    match action {
        Action::List(of) => list(beside, of, output).await,
        Action::Add(add) => {
            let company = company::find(directory, add.of.company.as_deref()).await?;
            let events = Some(add.events.clone()).filter(|events| !events.is_empty());
            let new = NewWebhook { url: add.url.clone(), events, description: add.description.clone() };
            let outbound = &beside.state().await?.outbound;
            let made = webhooks::create(directory, outbound, doer, company.id, new).await.map_err(Failure::failed)?;
            told::added(&made, output);
            Ok(())
        }
        Action::Remove(OneWebhook { id, .. }) => {
            let webhook = find(beside, *id).await?;
            webhooks::delete(directory, doer, (webhook.company, *id)).await.map_err(Failure::failed)?;
            output.say(&json!({"id": id, "state": "removed"}), || format!("{} is removed.", webhook.url));
            Ok(())
        }
        Action::Deliveries(wanted) => deliveries(beside, wanted, output).await,
        Action::Resend(Resend { webhook, delivery }) => {
            let webhook = find(beside, webhook.id).await?;
            let at = (webhook.company, webhook.id);
            let again = webhooks::resend(directory, doer, at, *delivery).await.map_err(Failure::failed)?;
            let line = json!({"id": again.id, "type": again.kind, "state": again.state.code()});
            output.say(&line, || format!("{} goes to {} again.", again.kind, webhook.url));
            Ok(())
        }
    }
}

async fn list(beside: &Beside, of: &OfCompany, output: &mut Output) -> Result<(), Failure> {
    let company = company::find(&beside.directory, of.company.as_deref()).await?;
    let mut table = Table::begin(output, &told::WEBHOOKS);
    for webhook in beside.directory.read().webhooks(company.id, None, webhooks::MOST).await? {
        told::listed(&webhook, &mut table);
    }
    table.end("The company has no webhooks; `rollcall webhook add` begins with one.");
    Ok(())
}

async fn deliveries(beside: &Beside, wanted: &Deliveries, output: &mut Output) -> Result<(), Failure> {
    let webhook = find(beside, wanted.webhook.id).await?;
    let (reader, at) = (beside.directory.read(), (webhook.company, webhook.id));
    let mut table = Table::begin(output, &told::DELIVERIES);
    for delivery in reader.deliveries(at, wanted.state, None, wanted.limit).await? {
        told::delivery(&delivery, &mut table);
    }
    table.end("There are none.");
    Ok(())
}

async fn find(beside: &Beside, id: WebhookId) -> Result<Webhook, Failure> {
    let none = || Failure::failed(format!("there is no webhook {id}; `rollcall webhook list` shows their ids"));
    let reader = beside.directory.read();
    let company = reader.company_of_webhook(id).await?.ok_or_else(none)?;
    reader.webhook(company, id).await?.ok_or_else(none)
}
