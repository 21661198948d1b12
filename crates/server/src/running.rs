//! Starting and stopping a server: the same for the binary and for tests that run it in process.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_directory::{Directory, DirectoryError};
use rollcall_scim::catalog::Catalog;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use crate::app::plans::InTheMaking;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::{BaseUrl, Config};
use crate::edge::{self, Edge, Listener, Stopped, tls};
use crate::ids::Ids;
use crate::jobs::Jobs;
use crate::journal::{Journal, Tools};
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::scim;
use crate::sso::ProviderKeys;
use crate::state::{AppState, Parts};

/// Where instants, ids and secrets come from; tests fix them.
#[derive(Clone, Debug)]
pub struct Sources {
    /// What time it is.
    pub clock: Clock,
    /// Ids and secrets.
    pub ids: Ids,
}

impl Default for Sources {
    fn default() -> Self {
        Self { clock: Clock::system(), ids: Ids::system() }
    }
}

/// Why a server does not start. Each message names the next step.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody listens there.
    #[error("the address {0} is in use by another program; stop it or choose another address with --listen")]
    Occupied(SocketAddr),
    /// The system does not let us.
    #[error("cannot listen on {address}: {problem}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system answers.
        problem: io::Error,
    },
    /// Certificate or key.
    #[error("{0}")]
    Tls(String),
    /// The database.
    #[error("cannot prepare the database: {0}")]
    Directory(#[from] DirectoryError),
}

/// A server that serves. Dropping it stops it, too, but then nobody waits.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    state: AppState,
    stop: watch::Sender<bool>,
    serving: JoinHandle<Stopped>,
    upkeep: JoinHandle<()>,
    jobs: Jobs,
}

/// Starts serving. It is ready when this returns: connections are accepted from then on.
pub async fn start(config: Config, directory: Directory, sources: Sources) -> Result<Running, StartError> {
    start_with(config, directory, sources, Router::new()).await
}

/// The same with further routes: for tests of the shell itself.
pub async fn start_with(
    config: Config,
    directory: Directory,
    sources: Sources,
    further: Router<AppState>,
) -> Result<Running, StartError> {
    let tls = tls::acceptor(&config.transport).map_err(StartError::Tls)?;
    let socket = listen(config.listen).await?;
    let address = socket.local_addr().map_err(|problem| StartError::Listen { address: config.listen, problem })?;
    let base_url = config.public_url.clone().unwrap_or_else(|| BaseUrl::of_listener(address, tls.is_some()));
    let metrics = Metrics::default();
    let Sources { clock, ids } = sources;
    let settings = edge::Settings {
        clock: clock.clone(),
        ids: ids.clone(),
        metrics: metrics.clone(),
        limits: config.limits.clone(),
        transport: config.transport.clone(),
        https: base_url.is_https(),
    };
    let state = assemble(config, directory, Sources { clock, ids }, metrics, base_url).await?;
    let router = crate::routes(&state).merge(further).with_state(state.clone());
    let (stop, stopping) = watch::channel(false);
    let serving = tokio::spawn(edge::serve(Listener { socket, tls }, Edge::around(router, settings), stopping));
    let upkeep = tokio::spawn(upkeep(state.metrics.clone()));
    let jobs = Jobs::start(&state);
    tracing::info!(%address, base_url = %state.base_url, "listening");
    Ok(Running { address, state, stop, serving, upkeep, jobs })
}

/// The state of a command that runs beside servers, or without one: nothing listens.
pub(crate) async fn state_of_command(config: Config, directory: Directory) -> Result<AppState, DirectoryError> {
    let base_url = config.public_url.clone().unwrap_or_else(|| BaseUrl::of_listener(config.listen, false));
    assemble(config, directory, Sources::default(), Metrics::default(), base_url).await
}

async fn assemble(
    config: Config,
    directory: Directory,
    Sources { clock, ids }: Sources,
    metrics: Metrics,
    base_url: BaseUrl,
) -> Result<AppState, DirectoryError> {
    let authenticator =
        Authenticator::new(directory.clone(), clock.clone(), metrics.clone(), config.limits.failed_authentications);
    let catalog = Catalog::rollcall();
    let cursor_key = cursor_key(&directory, &ids).await?;
    let outbound = Outbound::new(&config.outbound);
    let journal = Journal::start(Tools {
        directory: directory.clone(),
        config: config.journal.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        metrics: metrics.clone(),
        scim_base_url: base_url.join(scim::BASE),
    });
    Ok(AppState::new(Parts {
        directory,
        config,
        clock,
        ids,
        catalog,
        metrics,
        journal,
        authenticator,
        plans_in_the_making: InTheMaking::default(),
        outbound,
        provider_keys: ProviderKeys::default(),
        base_url,
        cursor_key,
    }))
}

/// The key that all instances on one database share; the first one makes it.
async fn cursor_key(directory: &Directory, ids: &Ids) -> Result<[u8; 32], DirectoryError> {
    const NAME: &str = "cursor_key";
    let fresh = URL_SAFE_NO_PAD.encode(ids.secret());
    let stored = directory
        .write(|unit| {
            let fresh = fresh.clone();
            async move {
                if let Some(stored) = unit.setting(NAME).await? {
                    return Ok::<_, DirectoryError>(stored);
                }
                unit.insert_setting(NAME, &fresh);
                Ok(fresh)
            }
        })
        .await?;
    let decoded = URL_SAFE_NO_PAD.decode(&stored).ok().and_then(|bytes| bytes.try_into().ok());
    decoded.ok_or_else(|| DirectoryError::Inconsistent { table: "setting".to_owned(), row: NAME.to_owned() })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|problem| {
        if problem.kind() == io::ErrorKind::AddrInUse {
            return StartError::Occupied(address);
        }
        StartError::Listen { address, problem }
    })
}

async fn upkeep(metrics: Metrics) {
    let mut pulse = tokio::time::interval(Duration::from_secs(5));
    loop {
        pulse.tick().await;
        metrics.fold();
    }
}

impl Running {
    /// Where it listens, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What URLs in answers begin with.
    pub fn base_url(&self) -> &BaseUrl {
        &self.state.base_url
    }

    /// What the routes use, too.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Stops accepting, lets running requests finish within the grace period, closes the directory.
    pub async fn stop(self) -> Result<Stopped, JoinError> {
        self.stop.send_replace(true);
        let stopped = self.serving.await;
        self.upkeep.abort();
        self.jobs.stop().await;
        self.state.journal.close().await;
        // Units of work outlive the requests that started them; closing waits for those.
        self.state.directory.clone().close().await;
        stopped
    }
}
