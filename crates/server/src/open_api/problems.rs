//! The `type`s of problem bodies (RFC 9457), and those that every operation may answer.

/// Every word, with what it means. The document lists them, so an answer with another one is a fault.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("malformed", "The request does not have the form that is expected; `detail` says where."),
    ("invalid_request", "Credentials were sent more than once."),
    ("incomplete_body", "The body ended before its announced length."),
    ("unauthorized", "No bearer token, or one that is unknown, expired or revoked."),
    ("evidence_invalid", "The evidence of a sign-in does not verify."),
    ("evidence_expired", "The evidence of a sign-in is too old, or not good yet."),
    ("evidence_replayed", "The evidence of a sign-in was used before."),
    ("idp_initiated", "A SAML response that nobody asked for."),
    ("insufficient_scope", "The token is for another door."),
    ("forbidden", "The role of the token may not do this."),
    ("wrong_key", "The operation needs the other kind of key."),
    ("wrong_evidence", "The connection takes evidence of another type."),
    ("not_found", "There is no such thing, or it is not the caller's: nobody can tell which."),
    ("method_not_allowed", "The method does not go with this path."),
    ("not_acceptable", "`Accept` takes nothing that could be answered."),
    ("body_timeout", "The body did not arrive in time."),
    ("taken", "Something else stands where this would go."),
    ("too_many", "A bound would be exceeded."),
    ("rule", "A rule forbids it; the member `rule` names the rule."),
    ("domain_not_proven", "The domain's record is not there."),
    ("not_configured", "The connection's settings do not suffice for it."),
    ("stale_plan", "The plan would hit others by now; the member `plan` is a fresh one."),
    ("plan_in_the_making", "A plan of the connection is being made; `Retry-After` says when to ask again."),
    ("plan_expired", "The plan is older than an hour."),
    ("link_expired", "The link of an invitation is no good any more."),
    ("moved", "It was changed since it was read."),
    ("needs_plan", "This changes only through a plan."),
    ("permanent", "This never changes."),
    (
        "key_in_use",
        "A request with this `Idempotency-Key` is still running, or failed so that nobody knows what it made.",
    ),
    ("already_made", "It was made with this `Idempotency-Key`; `Location` says where it is."),
    ("key_reused", "The `Idempotency-Key` was used for another request."),
    ("too_large", "The body is over the limit."),
    ("unsupported_media_type", "The body is of another media type than is read here."),
    ("throttled", "Too many failed authentications; `Retry-After` says how long to wait."),
    ("internal", "The server failed; its log names the cause."),
    ("not_implemented", "The server does not know this method."),
    ("unavailable", "Not now; `Retry-After` says when to try again."),
];

/// One refusal: status, word, when it comes.
pub(super) type Refused = (u16, &'static str, &'static str);

/// What every operation may answer.
pub(super) const ALWAYS: &[Refused] = &[
    (400, "malformed", "the query has another form, or an unknown parameter"),
    (401, "unauthorized", "there is no good token"),
    (403, "insufficient_scope", "the token is for another door, or its role may not"),
    (429, "throttled", "too many failed authentications came from this address"),
    (500, "internal", "the server failed"),
    (503, "unavailable", "the server is busy or its database away; try again"),
];

/// What an operation with something in its path may answer.
pub(super) const NAMED: &[Refused] = &[(404, "not_found", "there is none, or it is not yours")];

/// What an operation with a body may answer.
pub(super) const BODY: &[Refused] = &[
    (408, "body_timeout", "the body did not arrive in time"),
    (413, "too_large", "the body is over the limit"),
    (415, "unsupported_media_type", "the body is of another media type"),
];

/// What an operation that makes something may answer to an `Idempotency-Key`.
pub(super) const KEY: &[Refused] = &[
    (409, "key_in_use", "a request with this `Idempotency-Key` is still running"),
    (409, "already_made", "it was made with this `Idempotency-Key`, and its answer was too large to be kept"),
    (422, "key_reused", "the `Idempotency-Key` was used for another request"),
];

/// What a change that names a version may answer.
pub(super) const VERSION: &[Refused] = &[(412, "moved", "it is another version by now than `If-Match` names")];
