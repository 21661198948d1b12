//! Serves until somebody says stop, and ends in good order.

use super::Failure;
use crate::running::Running;

/// SIGTERM and SIGINT, caught from the moment the process could be told to stop.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let refused = |error: std::io::Error| Failure::failed(format!("signals cannot be caught: {error}"));
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(refused)?,
            interrupt: signal(SignalKind::interrupt()).map_err(refused)?,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Waits for a signal, then for the server to finish; a second signal is not patient.
    pub(super) async fn then_finish(mut self, running: Running) -> Result<(), Failure> {
        self.next().await;
        tracing::info!("stopping: no more connections, finishing what runs");
        let stopped = tokio::select! {
            stopped = running.stop() => stopped,
            () = self.next() => return Err(Failure::failed("told to stop twice; ended without waiting for running requests")),
        };
        match stopped {
            Ok(stopped) if stopped.cut_off == 0 => {
                tracing::info!("stopped");
                Ok(())
            }
            Ok(stopped) => Err(Failure::failed(format!(
                "the grace period was over before {} connections were done; their requests got no answer \
                 (limits.grace_seconds gives more time)",
                stopped.cut_off
            ))),
            Err(error) => {
                Err(Failure::failed(format!("the server ended early: {error}; this is a bug, please report it")))
            }
        }
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
