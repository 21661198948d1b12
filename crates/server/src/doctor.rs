//! What is wrong with a set-up, and how to mend it: one check a file, each of which looks at real parts and changes nothing.

mod clock;
mod connections;
mod data_directory;
mod database;
mod disk_space;
mod domains;
mod mail;
mod mounts;
mod outbox;
mod public_url;
mod reach;
mod resolver;
mod servers;
mod tls;
mod tokens;

use std::path::PathBuf;

use rollcall_directory::{Database, Directory, DirectoryError};
use secrecy::ExposeSecret;

use crate::clock::Clock;
use crate::config::Config;

/// What is examined, and with what.
#[derive(Clone, Debug)]
pub struct Scene {
    /// As a server would have it.
    pub config: Config,
    /// What time this machine thinks it is.
    pub clock: Clock,
    /// Whether others may be asked: name servers, identity providers, the public URL.
    pub network: bool,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// Something does not work, or is in danger.
    Fault,
}

impl Standing {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check, by its stable name.
    pub check: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// What was found, in one sentence without a full stop.
    pub said: String,
    /// What to do about it; nothing where all is well.
    pub next: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, said: impl Into<String>) -> Self {
        Self { check, standing: Standing::Ok, said: said.into(), next: None }
    }

    /// Somebody should look at it.
    pub fn warning(check: &'static str, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, standing: Standing::Warning, said: said.into(), next: Some(next.into()) }
    }

    /// It does not work.
    pub fn fault(check: &'static str, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, standing: Standing::Fault, said: said.into(), next: Some(next.into()) }
    }

    /// A sentence of an error, which says what is wrong and, behind a semicolon, what to do.
    pub fn of_error(check: &'static str, error: &impl ToString) -> Self {
        let sentence = error.to_string();
        match sentence.split_once("; ") {
            Some((said, next)) => Self::fault(check, said, next),
            None => Self::fault(check, sentence, "mend the cause, and run `rollcall doctor` again"),
        }
    }
}

impl Scene {
    /// Where an embedded database is; `None` for PostgreSQL.
    fn data_directory(&self) -> Option<PathBuf> {
        match &self.config.database_url {
            None => Some(self.config.data_dir.clone()),
            Some(url) => match Database::from_url(url.expose_secret()) {
                Ok(Database::Sqlite(file)) => {
                    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
                    Some(parent.map_or_else(|| PathBuf::from("."), PathBuf::from))
                }
                Ok(Database::Postgres(_)) | Err(_) => None,
            },
        }
    }
}

/// Looks at everything; `tell` hears of each finding once it is made. What rests on the database is left out where that
/// cannot be opened.
pub async fn examine(scene: &Scene, mut tell: impl FnMut(Finding)) {
    let mut say = |findings: Vec<Finding>| findings.into_iter().for_each(&mut tell);
    if let Some(directory) = scene.data_directory() {
        say(data_directory::check(&directory));
        say(disk_space::check(&directory));
        say(servers::check(&directory));
    }
    say(tls::check(scene));
    let (findings, directory) = database::check(scene).await;
    say(findings);
    let reached = reach::reach(scene).await;
    say(public_url::check(scene, reached.as_ref(), directory.as_ref()).await);
    say(clock::check(scene, reached.as_ref(), directory.as_ref()).await);
    if scene.network {
        say(resolver::check(scene).await);
    }
    say(mail::check(scene).await);
    if let Some(directory) = directory {
        say(stored(scene, &directory).await);
        directory.close().await;
    }
}

/// What is wrong with what is stored.
async fn stored(scene: &Scene, directory: &Directory) -> Vec<Finding> {
    let mut all = Vec::new();
    for (check, outcome) in [
        ("domains", domains::check(scene, directory).await),
        ("connections", connections::check(scene, directory).await),
        ("tokens", tokens::check(scene, directory).await),
        ("outbox", outbox::check(scene, directory).await),
    ] {
        all.extend(outcome.unwrap_or_else(|error: DirectoryError| vec![Finding::of_error(check, &error)]));
    }
    all
}
