//! `/organizations/{name}/invitations`, and `/invitations/{id}` for the product that brings the invitee's answer.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use rollcall_directory::{InvitationState, SentInvitation};
use rollcall_policy::{AccountId, InvitationId, Origin, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Created, Instant};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, delete, get, post};
use super::{BASE, place};
use crate::app::invitations::{self, Invitee, NewInvitation, link};
use crate::app::{Doer, Refusal};
use crate::auth::SignInCaller;
use crate::edge::{Failure, Problem};
use crate::state::AppState;

pub(super) fn routes() -> Vec<Route> {
    let of_organization = [
        get("/organizations/{name}/invitations", list)
            .says(Who::Organization, "Invitations, oldest first.")
            .query_of::<StateWord>("state", "Only those in this state.")
            .lists::<InvitationBody>(),
        post("/organizations/{name}/invitations", create)
            .says(Who::Organization, "Invites somebody by address or username.")
            .also("200 with the invitation that is there, if it says the same.")
            .takes::<NewInvitationBody>()
            .creates::<InvitationBody>()
            .gives::<InvitationBody>()
            .refuses(409, "taken", "they are members, or invited in other words")
            .ruled(),
        post("/organizations/{name}/invitations/{invitation}/resend", resend)
            .says(Who::Organization, "Sends an invitation again, with a fresh link.")
            .gives::<InvitationBody>()
            .refuses(409, "taken", "they are invited again already")
            .ruled(),
        delete("/organizations/{name}/invitations/{invitation}", cancel)
            .says(Who::Organization, "Takes an invitation back.")
            .gives_nothing()
            .ruled(),
    ];
    let answers = [
        post("/invitations/{invitation}/accept", accept)
            .says(Who::Product, "Accepts an invitation for an account.")
            .gives::<AcceptedBody>(),
        post("/invitations/{invitation}/decline", decline)
            .says(Who::Product, "Declines an invitation for an account.")
            .gives::<DeclinedBody>(),
    ];
    let answers = answers.map(|route| {
        let answered = route.takes::<Answer>().ruled();
        answered.refuses(410, "link_expired", "the token of the link is no good any more")
    });
    about("Invitations", of_organization.into_iter().chain(answers))
}

/// Somebody was asked to join an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
struct InvitationBody {
    id: InvitationId,
    email: Option<String>,
    username: Option<String>,
    #[schema(value_type = StateWord)]
    state: &'static str,
    role: Option<Role>,
    /// Only while somebody can follow it.
    link: Option<String>,
    link_expires_at: Option<Instant>,
    created_at: Instant,
}

/// What became of an invitation.
#[expect(dead_code, reason = "it only describes the words, which come from the directory's states")]
#[derive(Debug, ToSchema)]
#[schema(as = InvitationState, rename_all = "lowercase")]
enum StateWord {
    Pending,
    Accepted,
    Declined,
    Cancelled,
}

impl InvitationBody {
    fn new(state: &AppState, sent: SentInvitation) -> Self {
        let pending = sent.invitation.state == InvitationState::Pending;
        Self {
            id: sent.invitation.id,
            link: pending.then(|| link::link(state, &sent)),
            link_expires_at: pending.then(|| Instant(link::good_until(&sent))),
            email: Some(sent.invitation.email).filter(|email| !email.is_empty()),
            username: sent.username,
            state: word(sent.invitation.state),
            role: sent.invitation.role,
            created_at: Instant(sent.invitation.created_at),
        }
    }
}

/// The word of provisioning-rules 1.6.
const fn word(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Withdrawn => "cancelled",
        InvitationState::Pending | InvitationState::Accepted | InvitationState::Declined => state.code(),
    }
}

/// Invitations, oldest first; `?state=` shows those of one state.
async fn list(call: Call, InPath(name): InPath<String>) -> Result<Json<Items<InvitationBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    let page = call.page(&["state"])?;
    let state = call.parameter("state")?.map(state).transpose()?;
    let reader = call.state.directory.read();
    let (company, id) = (organization.company, organization.id);
    let rows = reader.sent_invitations(company, id, state, page.after()?, page.fetch()).await?;
    Ok(Json(page.items(rows, |sent| sent.invitation.id, |sent| InvitationBody::new(&call.state, sent))))
}

fn state(given: &str) -> Result<InvitationState, Problem> {
    use InvitationState::{Accepted, Declined, Pending, Withdrawn};
    let found = [Pending, Accepted, Declined, Withdrawn].into_iter().find(|state| word(*state) == given);
    found.ok_or_else(|| Failure::malformed("`state` is pending, accepted, declined or cancelled").into())
}

/// Who is to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInvitation)]
struct NewInvitationBody {
    /// Either this or `username`.
    email: Option<String>,
    username: Option<String>,
    /// Name of a team to join as well.
    team: Option<String>,
    role: Option<Role>,
}

/// Invites somebody: 201, or 200 with the invitation that is there, if it says the same.
async fn create(call: Call, InPath(name): InPath<String>, body: Body) -> Result<Response, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let NewInvitationBody { email, username, team, role } = body.read()?;
    let invitee = match (email, username) {
        (Some(email), None) => Invitee::Email(email),
        (None, Some(username)) => Invitee::Username(username),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Failure::malformed("give either `email` or `username`").into());
        }
    };
    let new = NewInvitation { invitee, team, role };
    let (sent, created) = invitations::create(&call.state.directory, call.doer(), &organization, &new).await?;
    let location = format!("{BASE}/organizations/{}/invitations", organization.name);
    let body = InvitationBody::new(&call.state, sent);
    Ok(if created { Created { location, body }.into_response() } else { Json(body).into_response() })
}

type Path = InPath<(String, InvitationId)>;

/// Sends an invitation again, with a fresh link (M-6).
async fn resend(call: Call, InPath((name, id)): Path) -> Result<Json<InvitationBody>, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let sent = invitations::resend(&call.state.directory, call.doer(), &organization, id).await?;
    Ok(Json(InvitationBody::new(&call.state, sent)))
}

/// Takes an invitation back (M-6).
async fn cancel(call: Call, InPath((name, id)): Path) -> Result<StatusCode, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    invitations::cancel(&call.state.directory, call.doer(), &organization, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The product, with its own key: it knows which account answers.
#[derive(Debug)]
struct Product {
    actor: String,
}

impl FromRequestParts<AppState> for Product {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match SignInCaller::from_request_parts(parts, state).await? {
            SignInCaller::Product { token } => Ok(Self { actor: format!("token:{token}") }),
            SignInCaller::Connection { .. } => {
                let detail = "an invitee's answer needs the product key, not the sign-in key of a connection";
                Err(Failure::new(StatusCode::FORBIDDEN, "wrong_key", detail).into())
            }
        }
    }
}

impl Product {
    fn doer<'a>(&'a self, state: &'a AppState) -> Doer<'a> {
        Doer { actor: &self.actor, ids: &state.ids, now: state.clock.now() }
    }
}

/// Who answers. With the token of the link, the link must still be good; without it the invitation alone counts (P4-43).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvitationAnswer)]
struct Answer {
    account_id: AccountId,
    token: Option<String>,
}

/// What the invitee has become.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AcceptedInvitation)]
struct AcceptedBody {
    id: InvitationId,
    #[schema(value_type = StateWord)]
    state: &'static str,
    membership: MembershipBody,
}

/// An invitation that was declined.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeclinedInvitation)]
struct DeclinedBody {
    id: InvitationId,
    #[schema(value_type = StateWord)]
    state: &'static str,
}

/// Where they are a member now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewMembership)]
struct MembershipBody {
    organization: String,
    role: Role,
    teams: Vec<String>,
    origin: Origin,
}

/// Accepts an invitation for an account.
async fn accept(
    State(state): State<AppState>,
    product: Product,
    InPath(id): InPath<InvitationId>,
    body: Body,
) -> Result<Json<AcceptedBody>, Problem> {
    let Answer { account_id, token } = body.read()?;
    check_link(&state, id, token.as_deref()).await?;
    let accepted = invitations::accept(&state.directory, product.doer(&state), id, account_id).await?;
    let view = accepted.membership;
    let membership = MembershipBody {
        organization: view.organization_name,
        role: view.membership.role,
        teams: view.teams.into_iter().map(|(_, name)| name).collect(),
        origin: view.membership.origin,
    };
    Ok(Json(AcceptedBody { id, state: word(accepted.sent.invitation.state), membership }))
}

/// Declines an invitation for an account.
async fn decline(
    State(state): State<AppState>,
    product: Product,
    InPath(id): InPath<InvitationId>,
    body: Body,
) -> Result<Json<DeclinedBody>, Problem> {
    let Answer { account_id, token } = body.read()?;
    check_link(&state, id, token.as_deref()).await?;
    let sent = invitations::decline(&state.directory, product.doer(&state), id, account_id).await?;
    Ok(Json(DeclinedBody { id, state: word(sent.invitation.state) }))
}

/// 410 for a link that is no good any more.
async fn check_link(state: &AppState, id: InvitationId, token: Option<&str>) -> Result<(), Problem> {
    let Some(token) = token else { return Ok(()) };
    let reader = state.directory.read();
    let sent = match reader.company_of_invitation(id).await? {
        Some(company) => reader.sent_invitation(company, id).await?,
        None => None,
    };
    let sent = sent.ok_or(Refusal::NotFound("invitation"))?;
    if link::opens(state, &sent, token) {
        return Ok(());
    }
    let detail = "the link is no good any more; open the invitation in the product, or ask for it to be sent again";
    Err(Failure::new(StatusCode::GONE, "link_expired", detail).into())
}
