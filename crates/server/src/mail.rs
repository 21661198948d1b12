//! Letters as mail: words, a message of two parts, and whoever carries it (an SMTP server, or a directory for development).
//!
//! The server is the operator's choice, so it may be anywhere; it is given a bounded time for each letter, and never while
//! somebody waits for an answer of ours.

mod message;
mod plain;
mod smtp;
mod words;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::config::{Carrier, Mail};

pub use message::{Addressed, message};
pub use words::{Invited, Words, test_words, words};

/// Letters that go over one connection.
const LETTERS_OF_A_LINE: u32 = 50;

/// How one try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the letter, and said this.
    Sent(String),
    /// Not now: the letter is tried again.
    Later(String),
    /// The server cannot be used now; other letters would fare the same.
    CutOff(String),
    /// Never: the server refuses this letter.
    Never(String),
}

/// Carries letters one after another, over one connection as long as that goes well.
pub struct Postman<'a> {
    mail: &'a Mail,
    line: Option<AsyncSmtpConnection>,
    carried: u32,
}

impl fmt::Debug for Postman<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postman").field("connected", &self.line.is_some()).finish_non_exhaustive()
    }
}

impl<'a> Postman<'a> {
    /// One who has not set out yet.
    pub const fn new(mail: &'a Mail) -> Self {
        Self { mail, line: None, carried: 0 }
    }

    /// Gives one letter to the carrier.
    pub async fn carry(&mut self, name: &str, message: &Message) -> Outcome {
        match &self.mail.carrier {
            Carrier::Directory(directory) => match keep(directory, name, message).await {
                Ok(file) => Outcome::Sent(format!("written to {file}")),
                Err(error) => Outcome::CutOff(format!("cannot write to {}: {error}", directory.display())),
            },
            Carrier::Smtp { url, authorities } => {
                let mut line = match self.line.take() {
                    Some(line) if self.carried < LETTERS_OF_A_LINE => line,
                    _ => match timeout(self.mail.timeout, smtp::open(url, authorities.as_deref(), self.mail)).await {
                        Ok(Ok(line)) => {
                            self.carried = 0;
                            line
                        }
                        Ok(Err(problem)) => return Outcome::CutOff(plain::answer(&problem)),
                        Err(_) => return Outcome::CutOff(too_slow("was not ready", self.mail.timeout)),
                    },
                };
                // Whatever goes wrong from here on, the line is dropped: nobody knows what the server waits for.
                match timeout(self.mail.timeout, smtp::send(&mut line, message)).await {
                    Ok(Ok(answer)) => {
                        self.carried += 1;
                        self.line = Some(line);
                        Outcome::Sent(plain::answer(&answer))
                    }
                    Ok(Err(error)) if error.is_permanent() || error.is_client() => {
                        Outcome::Never(plain::answer(&error.to_string()))
                    }
                    Ok(Err(error)) => Outcome::Later(plain::answer(&error.to_string())),
                    Err(_) => Outcome::Later(too_slow("did not say that it has the letter", self.mail.timeout)),
                }
            }
        }
    }

    /// Says goodbye to the server, if there is one and it listens.
    pub async fn leave(self) {
        if let Some(mut line) = self.line {
            // It has all that it is to have; an impolite end costs nothing.
            let _ = timeout(Duration::from_secs(2), line.quit()).await;
        }
    }
}

/// Whether letters could be sent now, without sending one: for `doctor`. Both answers are sentences without secrets.
pub async fn probe(mail: &Mail) -> Result<String, String> {
    match &mail.carrier {
        Carrier::Directory(directory) => match tokio::fs::metadata(directory).await {
            Ok(there) if there.is_dir() => Ok(mail.described()),
            Ok(_) => Err(format!("{} is no directory", directory.display())),
            // It is made with the first letter.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(mail.described()),
            Err(error) => Err(format!("cannot look at {}: {error}", directory.display())),
        },
        Carrier::Smtp { url, authorities } => {
            match timeout(mail.timeout, smtp::open(url, authorities.as_deref(), mail)).await {
                Ok(Ok(line)) => {
                    Postman { mail, line: Some(line), carried: 0 }.leave().await;
                    Ok(mail.described())
                }
                Ok(Err(problem)) => Err(plain::answer(&problem)),
                Err(_) => Err(too_slow("was not ready", mail.timeout)),
            }
        }
    }
}

fn too_slow(what: &str, time: Duration) -> String {
    format!("the server {what} within {} seconds", time.as_secs())
}

/// Writes a letter whole or not at all, for nobody else to read: its links let people in.
async fn keep(directory: &Path, name: &str, message: &Message) -> std::io::Result<String> {
    let mut place = tokio::fs::DirBuilder::new();
    place.recursive(true);
    #[cfg(unix)]
    place.mode(0o700);
    place.create(directory).await?;
    let file = directory.join(format!("{name}.eml"));
    let part = directory.join(format!("{name}.part"));
    // One that an earlier try left may have other permissions.
    match tokio::fs::remove_file(&part).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut written = options.open(&part).await?;
    written.write_all(&message.formatted()).await?;
    written.flush().await?;
    written.sync_all().await?;
    tokio::fs::rename(&part, &file).await?;
    // The name is on the disk, too, before anybody is told that the letter was sent.
    #[cfg(unix)]
    tokio::fs::File::open(directory).await?.sync_all().await?;
    Ok(file.display().to_string())
}
