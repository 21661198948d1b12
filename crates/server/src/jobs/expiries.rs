//! Tokens and certificates that end soon are told of before they do: 30, 7 and 1 days ahead, each once, whichever instance
//! looks.

use std::time::Duration;

use rollcall_directory::{ConnectionRecord, DirectoryError, Token};
use rollcall_policy::{ConnectionId, Protocol};

use crate::app::connection_settings::SamlSettings;
use crate::app::events::{Data, Kind};
use crate::app::letters::{Notice, tell_once};
use crate::clock::DAY;
use crate::state::Parts;

/// How often.
pub(crate) const INTERVAL: Duration = Duration::from_mins(30);
/// So many days before the end it is told, the shortest first.
const AHEAD: [i64; 3] = [1, 7, 30];
/// Rows that are read at a time.
const BATCH: u64 = 500;

/// Looks through tokens and certificates of all companies.
pub async fn look(app: &Parts) -> Result<(), DirectoryError> {
    tokens(app).await?;
    certificates(app).await
}

async fn tokens(app: &Parts) -> Result<(), DirectoryError> {
    let now = app.clock.now();
    let span = (now, now.saturating_add(30 * DAY));
    let mut after = None;
    loop {
        let tokens = app.directory.read().expiring_tokens(span, after, BATCH).await?;
        let Some(last) = tokens.last() else { return Ok(()) };
        after = Some((last.expires_at.unwrap_or_default(), last.id));
        for notice in tokens.iter().filter_map(|token| of_token(token, now)) {
            tell_once(app, &notice).await?;
        }
    }
}

/// Tokens of no company are the operator's, to whom nobody can write.
fn of_token(token: &Token, now: i64) -> Option<Notice> {
    let (company, end) = token.company.zip(token.expires_at)?;
    let days = due(end, now).filter(|days| end.saturating_sub(token.created_at) > days * DAY)?;
    Some(Notice {
        company,
        name: format!("token:{}:{days}", token.id),
        kind: Kind::TokenExpiring,
        subject: token.id.to_string(),
        data: Data {
            token: Some(token.id),
            connection: token.connection,
            name: Some(token.kind.code().to_owned()),
            ..Data::default()
        }
        .expiring(end),
    })
}

/// The shortest of the spans in which an end lies; what was made for less than that was meant so.
fn due(end: i64, now: i64) -> Option<i64> {
    AHEAD.into_iter().find(|days| (now..=now.saturating_add(days * DAY)).contains(&end))
}

async fn certificates(app: &Parts) -> Result<(), DirectoryError> {
    let now = app.clock.now();
    let mut after = ConnectionId::from_u128(0);
    loop {
        let connections = app.directory.read().connections_by_protocol(Protocol::Saml, after, BATCH).await?;
        let Some(last) = connections.last() else { return Ok(()) };
        after = last.id;
        for notice in connections.iter().filter_map(|connection| of_certificates(connection, now)) {
            tell_once(app, &notice).await?;
        }
    }
}

/// The last certificate counts: as long as a later one is there, the change is prepared.
fn of_certificates(connection: &ConnectionRecord, now: i64) -> Option<Notice> {
    let end = SamlSettings::of(connection).ok()?.certificates_end_at()?;
    let days = due(end, now)?;
    Some(Notice {
        company: connection.company,
        name: format!("certificate:{}:{end}:{days}", connection.id),
        kind: Kind::CertificateExpiring,
        subject: connection.id.to_string(),
        data: Data { name: Some(connection.name.clone()), ..Data::default() }.by(connection.id).expiring(end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_of_by_the_shortest_span_that_holds_it() {
        for (days, told) in
            [(31, None), (30, Some(30)), (8, Some(30)), (7, Some(7)), (1, Some(1)), (0, Some(1)), (-1, None)]
        {
            assert_eq!(due(days * DAY, 0), told, "{days}");
        }
    }
}
