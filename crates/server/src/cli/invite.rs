//! `rollcall invite`: asks people into an organization.

use clap::{Args, Subcommand, ValueEnum};
use rollcall_directory::{InvitationState, Organization, SentInvitation};
use rollcall_policy::{InvitationId, Role};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::Failure;
use super::arguments::OfOrganization;
use super::beside::{self, Beside};
use super::find;
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use super::words;
use crate::AppState;
use crate::app::invitations::{self, Invitee, NewInvitation, link};
use crate::config::Flags;

/// Invite people by address or username, and see who has not answered.
///
/// An invitation takes a seat until it is answered or taken back. Its link is good for fourteen days; begin it with the
/// server's own address by --public-url, or by the configuration that the server has.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall invite send ada@acme.example grace@acme.example --organization acme --team writers --role editor
  rollcall invite list --organization acme --state pending
  rollcall invite resend 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f --organization acme
  rollcall invite revoke 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f --organization acme";

#[derive(Debug, Subcommand)]
enum Action {
    /// List invitations, oldest first.
    List(List),
    /// Invite people; who is invited already is not invited twice.
    Send(Send),
    /// Make a fresh link; the earlier one is no good any more.
    Resend(One),
    /// Take an invitation back, and free its seat.
    Revoke(One),
}

#[derive(Debug, Args)]
struct Linked {
    #[command(flatten)]
    of: OfOrganization,

    /// URL under which clients reach the server: what links begin with [default: as configured].
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    linked: Linked,

    /// Only those of one state.
    #[arg(long)]
    state: Option<State>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Pending,
    Accepted,
    Declined,
    Cancelled,
}

#[derive(Debug, Args)]
struct Send {
    #[command(flatten)]
    linked: Linked,

    /// Addresses, or usernames of accounts.
    #[arg(required = true, value_name = "ADDRESS|USERNAME")]
    invitees: Vec<String>,

    /// The team to begin with.
    #[arg(long, value_name = "NAME")]
    team: Option<String>,

    /// The role to begin with [default: member].
    #[arg(long, value_parser = words::role())]
    role: Option<Role>,
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    linked: Linked,

    /// The invitation, as `rollcall invite list` shows it.
    id: InvitationId,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(list) => open(&list.linked, output, async |desk, output| all(desk, list.state, output).await),
        Action::Send(send) => open(&send.linked, output, async |desk, output| invite(desk, send, output).await),
        Action::Resend(one) => open(&one.linked, output, async |desk, output| {
            let doer = desk.beside.doer();
            let sent = invitations::resend(&desk.beside.directory, doer, &desk.organization, one.id).await?;
            say(desk, &sent, "is sent again", output);
            Ok(())
        }),
        Action::Revoke(one) => open(&one.linked, output, async |desk, output| {
            let doer = desk.beside.doer();
            invitations::cancel(&desk.beside.directory, doer, &desk.organization, one.id).await?;
            output.say(&json!({"id": one.id, "state": "cancelled"}), || "The invitation is taken back.".to_owned());
            Ok(())
        }),
    }
}

/// What every one of these works with.
struct Desk<'a> {
    beside: &'a Beside,
    state: AppState,
    organization: Organization,
}

fn open(
    linked: &Linked,
    output: &mut Output,
    work: impl AsyncFnOnce(&Desk<'_>, &mut Output) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut flags = Flags::new();
    flags.extend(linked.public_url.clone().map(|url| ("public_url", url)));
    beside::open_with(&linked.of.place, flags, output, async |beside, output| {
        let organization = find::organization::find(&beside.directory, linked.of.organization.as_deref()).await?;
        work(&Desk { beside, state: beside.state().await?, organization }, output).await
    })
}

/// Each on its own: who cannot be invited keeps nobody else out.
async fn invite(desk: &Desk<'_>, send: &Send, output: &mut Output) -> Result<(), Failure> {
    let mut refused = Vec::new();
    for who in &send.invitees {
        let invitee = if who.contains('@') { Invitee::Email(who.clone()) } else { Invitee::Username(who.clone()) };
        let new = NewInvitation { invitee, team: send.team.clone(), role: send.role };
        match invitations::create(&desk.beside.directory, desk.beside.doer(), &desk.organization, &new).await {
            Ok((made, true)) => say(desk, &made, "is invited", output),
            Ok((made, false)) => say(desk, &made, "was invited already", output),
            Err(refusal) => {
                refused.push(format!("{who} is not invited: {}", Failure::from(refusal).sentences().join("; ")));
            }
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Failure::failed(refused.join("\n"))) }
}

async fn all(desk: &Desk<'_>, state: Option<State>, output: &mut Output) -> Result<(), Failure> {
    let reader = desk.beside.directory.read();
    let (company, id) = (desk.organization.company, desk.organization.id);
    let state = state.map(|state| match state {
        State::Pending => InvitationState::Pending,
        State::Accepted => InvitationState::Accepted,
        State::Declined => InvitationState::Declined,
        State::Cancelled => InvitationState::Withdrawn,
    });
    let mut table = Table::begin(output, &["ID", "WHO", "STATE", "ROLE", "SENT"]);
    pages::each(
        async |after| reader.sent_invitations(company, id, state, after, PAGE).await,
        |sent| sent.invitation.id,
        async |sent| {
            table.row(&line(desk, &sent), || {
                let role = sent.invitation.role.map(|role| role.to_string()).unwrap_or_default();
                let id = sent.invitation.id.to_string();
                vec![id, who(&sent), word(sent.invitation.state).to_owned(), role, to_rfc3339(sent.sent_at)]
            });
            Ok(())
        },
    )
    .await?;
    table.end("There are no such invitations; `rollcall invite send` makes some.");
    Ok(())
}

fn say(desk: &Desk<'_>, sent: &SentInvitation, done: &str, output: &mut Output) {
    output.say(&line(desk, sent), || format!("{} {done}. Their link:\n  {}", who(sent), link::link(&desk.state, sent)));
}

fn who(sent: &SentInvitation) -> String {
    sent.username.clone().unwrap_or_else(|| sent.invitation.email.clone())
}

/// The word of provisioning-rules 1.6.
const fn word(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Withdrawn => "cancelled",
        InvitationState::Pending | InvitationState::Accepted | InvitationState::Declined => state.code(),
    }
}

/// As in the answers of the administration.
fn line(desk: &Desk<'_>, sent: &SentInvitation) -> Value {
    let pending = sent.invitation.state == InvitationState::Pending;
    json!({
        "id": sent.invitation.id,
        "email": Some(&sent.invitation.email).filter(|email| !email.is_empty()),
        "username": sent.username,
        "state": word(sent.invitation.state),
        "role": sent.invitation.role,
        "link": pending.then(|| link::link(&desk.state, sent)),
        "link_expires_at": pending.then(|| to_rfc3339(link::good_until(sent))),
        "created_at": to_rfc3339(sent.invitation.created_at),
    })
}
