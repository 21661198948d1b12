//! Connections that nobody can come in through, or that stop letting people in soon.

use rollcall_directory::{Company, Connection, Directory, DirectoryError, Scope, TokenKind};
use rollcall_policy::Protocol;
use rollcall_scim::timestamp::to_rfc3339;

use super::{Finding, Scene, tls};
use crate::app::connection_settings::{OidcSettings, SamlSettings};
use crate::clock::DAY;
use crate::outbound::Outbound;
use crate::sso;

const CHECK: &str = "connections";
const PAGE: u64 = 500;
/// Connections whose providers are asked, so that this ends in a while.
const MOST_ASKED: usize = 50;
/// How long before its end somebody should hear of a certificate, in microseconds.
const SOON: i64 = 30 * DAY;

pub(super) async fn check(scene: &Scene, directory: &Directory) -> Result<Vec<Finding>, DirectoryError> {
    let (reader, outbound) = (directory.read(), Outbound::new(&scene.config.outbound));
    let (mut found, mut count) = (Vec::new(), 0);
    for company in companies(directory).await? {
        let mut after = String::new();
        loop {
            let page = reader.connections(company.id, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.name);
            for record in page {
                let Some(connection) = reader.connection(company.id, record.id).await? else { continue };
                count += 1;
                found.extend(policy(&connection));
                found.extend(tokens(scene, directory, &connection).await?);
                found.extend(provider(scene, &outbound, &connection, count <= MOST_ASKED).await);
            }
        }
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, format!("{count} are in order")));
    }
    Ok(found)
}

/// All companies.
pub(super) async fn companies(directory: &Directory) -> Result<Vec<Company>, DirectoryError> {
    let mut all: Vec<Company> = Vec::new();
    loop {
        let page = directory.read().companies(all.last().map_or("", |last| last.name.as_str()), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn policy(connection: &Connection) -> Vec<Finding> {
    let (name, policy) = (&connection.record.name, &connection.record.policy);
    let mut found = Vec::new();
    if !connection.domains.iter().any(|domain| domain.verified) {
        let next = "verify a domain (`rollcall domain add`), and put it on the connection by a plan";
        found.push(Finding::fault(CHECK, format!("{name} has no verified domain, so nobody can use it"), next));
    }
    if !policy.jit && !policy.scim {
        let next = "turn one of them on by a plan, unless invitations alone are what you want";
        found.push(Finding::warning(CHECK, format!("{name} has JIT and SCIM both off: only invitees come in"), next));
    }
    found
}

/// A door without a key.
async fn tokens(scene: &Scene, directory: &Directory, connection: &Connection) -> Result<Vec<Finding>, DirectoryError> {
    let record = &connection.record;
    let (scope, now) = (Scope { company: record.company, connection: record.id }, scene.clock.now());
    let (mut scim, mut sign_in, mut after) = (false, false, None);
    loop {
        let page = directory.read().tokens_of_connection(scope, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        let good = page.iter().filter(|token| token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at > now));
        for token in good {
            scim |= token.kind == TokenKind::Scim;
            sign_in |= token.kind == TokenKind::SignIn;
        }
    }
    let mut found = Vec::new();
    for (missing, kind, whose) in [(record.policy.scim && !scim, "scim", "provider"), (!sign_in, "sign-in", "product")]
    {
        if missing {
            let said = format!("{} has no good token of kind {kind} for its {whose}", record.name);
            let next = format!("`rollcall token create --kind {kind} --connection {}`", record.id);
            found.push(Finding::warning(CHECK, said, next));
        }
    }
    Ok(found)
}

async fn provider(scene: &Scene, outbound: &Outbound, connection: &Connection, ask: bool) -> Vec<Finding> {
    let record = &connection.record;
    match record.protocol {
        Protocol::Attributes => Vec::new(),
        Protocol::Oidc => {
            let problem = match OidcSettings::of(record) {
                Ok(settings) if scene.network && ask => sso::provider_keys(outbound, &settings).await.err(),
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            };
            let said = |problem| format!("the keys of {}'s provider are out of reach: {problem}", record.name);
            let next =
                "see that issuer and `jwks_uri` are right, and that this machine may reach them (`outbound.allow`)";
            problem.map(|problem| Finding::fault(CHECK, said(problem), next)).into_iter().collect()
        }
        Protocol::Saml => match SamlSettings::of(record) {
            Ok(settings) => certificates(scene, &record.name, &settings).into_iter().collect(),
            Err(error) => vec![Finding::of_error(CHECK, &error)],
        },
    }
}

/// An expired certificate still counts here; the provider will sign with another one around that day.
fn certificates(scene: &Scene, name: &str, settings: &SamlSettings) -> Option<Finding> {
    if let Err(problem) = settings.keys() {
        let next = "put the provider's signing certificates on the connection: `rollcall connection change --help`";
        return Some(Finding::fault(CHECK, format!("{name}: {problem}"), next));
    }
    let dates = settings.certificates.iter().filter_map(|pasted| SamlSettings::certificate_der(pasted));
    let latest = dates.filter_map(|der| tls::validity(&der)).map(|validity| validity.until).max()?;
    let word = if latest <= scene.clock.now() { "has expired" } else { "expires" };
    let said = format!("the last signing certificate of {name}'s provider {word} at {}", to_rfc3339(latest));
    let next =
        "ask the provider for the next one, and put it beside this one: `rollcall connection change --certificate`";
    (latest.saturating_sub(scene.clock.now()) < SOON).then(|| Finding::warning(CHECK, said, next))
}
