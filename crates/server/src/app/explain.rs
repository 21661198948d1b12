//! Why somebody comes in or does not: a sign-in that never was, judged by the function that judges real ones.

use rollcall_directory::{Connection, Reader, Scope};
use rollcall_policy::{Assertion, Client, Folded};
use rollcall_scim::fold::fold;

use super::address;
use super::sign_in::{self, SignIn, SignInError};
use super::{Evidence, Refusal};
use crate::state::Parts;

/// Decides as a sign-in with this assertion would be decided now. Changes nothing and is stored nowhere.
pub async fn explain(
    app: &Parts,
    connection: &Connection,
    assertion: Assertion,
    client: Client,
) -> Result<SignIn, SignInError> {
    sign_in::sign_in(app, connection, &Evidence { assertion, once: None }, client, true).await
}

/// The subject under which the connection knows whoever has this address; a made-up one for a stranger.
pub async fn subject_of(reader: &Reader, connection: &Connection, address: &str) -> Result<String, Refusal> {
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    let known = match reader.account_by_email(&fold(address)).await? {
        Some(account) => reader.identities(scope.company, account.id).await?,
        None => Vec::new(),
    };
    let known = known.into_iter().find(|identity| identity.connection == scope.connection);
    Ok(known.map_or_else(|| format!("explain:{}", fold(address)), |identity| identity.subject))
}

/// The connections that a person of this address could sign in through: those that have its domain, verified.
pub async fn connections_of(reader: &Reader, address: &str) -> Result<Vec<Connection>, Refusal> {
    let Some(domain) = address::domain(address) else {
        let detail = format!("`{address}` is no e-mail address; expected {}", address::EXPECTED);
        return Err(Refusal::Invalid(detail));
    };
    let Some(verified) = reader.verified_domain(&domain).await? else { return Ok(Vec::new()) };
    let mut connections = Vec::new();
    for record in reader.connections_of_domain(verified.company, &domain).await? {
        connections.extend(reader.connection(record.company, record.id).await?);
    }
    Ok(connections)
}

/// The assertion with this address, whatever address its attributes name.
pub fn with_address(assertion: Assertion, address: &str) -> Assertion {
    Assertion { email: Some(Folded::new(address.trim(), fold)), ..assertion }
}
