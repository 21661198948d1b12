//! `rollcall mail`: whether letters leave this machine.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::arguments::Place;
use super::output::Output;
use super::{Failure, block_on};
use crate::clock::Clock;
use crate::config::{BaseUrl, Config};
use crate::ids::Ids;
use crate::mail::{Addressed, Outcome, Postman, message, test_words};

/// Test whether letters to owners and invitees can be sent.
///
/// Letters are sent by the server, if `mail.smtp_url` (or `mail.directory`) and `mail.from` are set. This command uses the
/// same settings, and needs neither the server nor the database.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  Send a test letter, and see what the mail server answers:
    rollcall mail test --to ada@acme.example --config rollcall.toml

  Write it into a directory instead, to look at it:
    ROLLCALL_MAIL_DIRECTORY=letters ROLLCALL_MAIL_FROM=r@acme.example rollcall mail test --to ada@acme.example";

#[derive(Debug, Subcommand)]
enum Action {
    /// Send a test letter and print what the server answers.
    Test(Test),
}

#[derive(Debug, Args)]
struct Test {
    #[command(flatten)]
    place: Place,

    /// Where the letter goes.
    #[arg(long, value_name = "ADDRESS")]
    to: String,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let Action::Test(test) = &arguments.action;
    let config = test.place.load(output)?;
    block_on(send(&config, &test.to, output))
}

async fn send(config: &Config, to: &str, output: &mut Output) -> Result<(), Failure> {
    let Some(mail) = &config.mail else {
        let keys = "`mail.smtp_url` (or `mail.directory`) and `mail.from`";
        return Err(Failure::failed(format!("no mail is configured; set {keys}, see `rollcall check-config --help`")));
    };
    let base_url = config.public_url.clone().unwrap_or_else(|| BaseUrl::of_listener(config.listen, false));
    let now = Clock::system().now();
    let id: Uuid = Ids::system().uuid(now);
    let id = format!("test-{id}");
    let letter = message(mail, Addressed { id: &id, to, now }, &test_words(base_url.as_str()));
    let letter = letter.map_err(|problem| Failure::failed(format!("`{to}`: {problem}")))?;
    let mut postman = Postman::new(mail);
    let outcome = postman.carry(&id, &letter).await;
    postman.leave().await;
    match outcome {
        Outcome::Sent(answer) => {
            output.say(&json!({"sent": true, "to": to, "answer": answer}), || {
                format!("The letter to {to} was taken: {answer}\n({})", mail.described())
            });
            Ok(())
        }
        Outcome::CutOff(answer) => Err(Failure::failed(format!("the mail server cannot be used: {answer}"))),
        Outcome::Later(answer) => Err(Failure::failed(format!("the letter was not taken now: {answer}"))),
        Outcome::Never(answer) => Err(Failure::failed(format!("the letter was refused: {answer}"))),
    }
}
