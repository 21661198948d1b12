//! `/connections/{id}/tokens` and `/tokens`: made, listed without their secrets, ended (S-2 to S-4, P4-31).

mod given;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_directory::{Token, TokenKind};
use rollcall_policy::{ConnectionId, TokenId};
use rollcall_scim::timestamp::to_rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use self::given::{ConnectionKind, ForConnection, ForOthers, OtherKind, role};
use super::answer::Instant;
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::{Access, Over};
use super::place;
use super::route::{Route, Who, about, delete, get, post};
use crate::app::Refusal;
use crate::app::tokens::{self, Holder};
use crate::auth::{AdminRole, Minted};
use crate::clock::DAY;
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Tokens",
        [
            get("/connections/{connection}/tokens", list)
                .says(Who::Company, "A connection's tokens, oldest first, ended ones too; never their text.")
                .lists::<TokenBody>(),
            post("/connections/{connection}/tokens", make_for_connection)
                .says(Who::Company, "Makes a token for a connection's provider, or a sign-in key for the product.")
                .also("Its text is in this answer and nowhere else. Earlier ones stay good until they are ended.")
                .takes::<ForConnection>()
                .creates::<FreshBody>()
                .ruled(),
            post("/tokens", make)
                .says(Who::Rank, "Makes a token for the product or an administrator; nobody makes one that may more.")
                .also("Its text is in this answer and nowhere else. It ends no later than the caller's own token.")
                .takes::<ForOthers>()
                .creates::<FreshBody>()
                .refuses(404, "not_found", "there is no such company or organization, or it is not yours")
                .ruled(),
            delete("/tokens/{token}", end).says(Who::Company, "Ends a token at once.").gives_nothing(),
        ],
    )
}

/// A token without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenBody {
    id: TokenId,
    /// `scim`, `sign_in`, `product` or `admin`.
    kind: &'static str,
    created_at: Instant,
    expires_at: Option<Instant>,
    revoked_at: Option<Instant>,
    /// The day (UTC) on which it was used last, if it ever was.
    last_used_at: Option<Instant>,
}

/// A fresh token: the one answer that shows its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FreshToken)]
struct FreshBody {
    id: TokenId,
    kind: &'static str,
    token: String,
    expires_at: Option<Instant>,
}

impl From<Token> for TokenBody {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            kind: token.kind.code(),
            created_at: Instant(token.created_at),
            expires_at: token.expires_at.map(Instant),
            revoked_at: token.revoked_at.map(Instant),
            last_used_at: token.last_used_day.map(|day| Instant(day.saturating_mul(DAY))),
        }
    }
}

/// A connection's tokens, oldest first, ended ones too.
async fn list(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Json<Items<TokenBody>>, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Read).await?;
    let page = call.page(&[])?;
    let rows = call.state.directory.read().tokens_of_connection(scope, page.after()?, page.fetch()).await?;
    Ok(Json(page.items(rows, |token| token.id, TokenBody::from)))
}

/// A token for a connection's provider, or for the product's sign-in through it; earlier ones live on (P4-31).
async fn make_for_connection(call: Call, InPath(id): InPath<ConnectionId>, body: Body) -> Result<Response, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Change).await?;
    let ForConnection { kind, expires_at } = body.read()?;
    let holder = match kind {
        ConnectionKind::Scim => Holder::Scim(scope.company, scope.connection),
        ConnectionKind::SignIn => Holder::SignIn(scope.company, scope.connection),
    };
    fresh(&call, holder, expires_at).await
}

/// A token for the product or an administrator; nobody makes one that may more than they do.
async fn make(call: Call, body: Body) -> Result<Response, Problem> {
    if matches!(call.role, AdminRole::Auditor(_)) {
        call.may(Access::Change, Over::Installation, "token")?;
    }
    let given: ForOthers = body.read()?;
    let holder = match given.kind {
        OtherKind::Product => {
            call.may(Access::Change, Over::Installation, "token")?;
            if given.role.is_some() || given.company.is_some() || given.organization.is_some() {
                let detail = "a token of the product has no `role`, `company` or `organization`";
                return Err(Refusal::Invalid(detail.to_owned()).into());
            }
            Holder::Product
        }
        OtherKind::Admin => Holder::Admin(role(&call, &given).await?),
    };
    fresh(&call, holder, given.expires_at).await
}

async fn fresh(call: &Call, holder: Holder, expires_at: Option<i64>) -> Result<Response, Problem> {
    let doer = call.doer();
    if expires_at.is_some_and(|at| at <= doer.now) {
        return Err(Refusal::Invalid("`expires_at` is in the past".to_owned()).into());
    }
    let expires_at = no_later_than(call.expires_at, expires_at)?;
    let minted: Minted = tokens::mint(holder, expires_at, doer.ids, doer.now);
    tokens::create(&call.state.directory, &minted.record, doer).await?;
    let Token { id, kind, .. } = minted.record;
    let body =
        FreshBody { id, kind: kind.code(), token: minted.reveal().to_owned(), expires_at: expires_at.map(Instant) };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    // It is shown once, and nothing on the way keeps it.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// RO-1: no token outlives the one that made it. Whoever says nothing gets what is left of their own.
fn no_later_than(own: Option<i64>, asked: Option<i64>) -> Result<Option<i64>, Refusal> {
    match (asked, own) {
        (Some(asked), Some(own)) if asked > own => {
            let detail = format!("`expires_at` may not be later than that of your own token, {}", to_rfc3339(own));
            Err(Refusal::rule("RO-1", detail))
        }
        (asked, own) => Ok(asked.or(own)),
    }
}

/// Ends a token at once; ending one twice changes nothing (P4-31).
async fn end(call: Call, InPath(id): InPath<TokenId>) -> Result<StatusCode, Problem> {
    let token = call.state.directory.read().token(id).await?.ok_or(Refusal::NotFound("token"))?;
    call.may(Access::Change, over(&token), "token").map_err(|problem| hidden(&call, &token, problem))?;
    tokens::revoke(&call.state.directory, id, call.doer()).await?;
    call.state.authenticator.forget_token(id);
    Ok(StatusCode::NO_CONTENT)
}

/// To what it speaks.
fn over(token: &Token) -> Over {
    let role = token.role.as_deref().and_then(|role| AdminRole::from_columns(role, token.company));
    match (token.kind, role, token.company) {
        (TokenKind::Admin, Some(AdminRole::OrganizationOwner(company, organization)), _) => {
            Over::Organization(company, organization)
        }
        (TokenKind::Admin | TokenKind::Scim | TokenKind::SignIn, _, Some(company)) => Over::Company(company),
        (TokenKind::Admin | TokenKind::Scim | TokenKind::SignIn | TokenKind::Product, ..) => Over::Installation,
    }
}

/// Tokens of the installation are not there for those who are limited to a company.
fn hidden(call: &Call, token: &Token, problem: Problem) -> Problem {
    let foreign = call.role.company().is_some() && token.company != call.role.company();
    if foreign { Refusal::NotFound("token").into() } else { problem }
}
