//! The directory as commands use it: beside a running server, or without one.

use rollcall_directory::Directory;

use super::arguments::Place;
use super::output::Output;
use super::{Failure, block_on};
use crate::app::Doer;
use crate::config::{Config, Flags};
use crate::running::state_of_command;
use crate::store::{self, Opener};
use crate::{AppState, Sources};

/// What a command works with.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) directory: Directory,
    pub(super) config: Config,
    pub(super) sources: Sources,
}

impl Beside {
    /// The operator, now: for use cases.
    pub(super) fn doer(&self) -> Doer<'_> {
        Doer { actor: "operator", ids: &self.sources.ids, now: self.sources.clock.now() }
    }

    /// All parts of a server that does not serve: for use cases that need more than the directory.
    pub(super) async fn state(&self) -> Result<AppState, Failure> {
        Ok(state_of_command(self.config.clone(), self.directory.clone()).await?)
    }
}

/// Opens the directory, works, and closes it, whatever came of the work.
pub(super) fn open<T>(
    place: &Place,
    output: &mut Output,
    work: impl AsyncFnOnce(&Beside, &mut Output) -> Result<T, Failure>,
) -> Result<T, Failure> {
    open_with(place, Flags::new(), output, work)
}

/// The same with further flags of the configuration.
pub(super) fn open_with<T>(
    place: &Place,
    flags: Flags,
    output: &mut Output,
    work: impl AsyncFnOnce(&Beside, &mut Output) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = place.load_with(flags, output)?;
    block_on(async {
        let directory = store::open(&config, Opener::Command).await?;
        let beside = Beside { directory, config, sources: Sources::default() };
        let done = work(&beside, output).await;
        beside.directory.close().await;
        done
    })
}
