//! Takes connections, as many as the limit allows, and lets what runs finish when the server stops.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::pace::{Paced, Phase};
use super::{Answered, Edge};

/// Headers of one request, at most.
const HEADERS: usize = 100;

/// A bound socket, and TLS on it if the server ends it.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
}

/// How a server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections whose request was still running when the grace period was over.
    pub cut_off: usize,
}

/// Serves until `stop` turns true, then waits for running requests, for the grace period at most.
pub(crate) async fn serve(listener: Listener, edge: Edge, mut stop: watch::Receiver<bool>) -> Stopped {
    let Listener { socket, tls } = listener;
    let places = Arc::new(Semaphore::new(edge.limits().connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&socket, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let (edge, tls, stop) = (edge.clone(), tls.clone(), stop.clone());
        connections.spawn(async move {
            edge.metrics().connection_opened();
            open(stream, peer, &edge, tls, stop).await;
            edge.metrics().connection_closed();
            drop(place);
        });
    }
    // From here on the system refuses new connections, so a balancer turns to another instance at once.
    drop(socket);
    let grace = edge.limits().grace_time;
    let finishing = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, finishing).await.is_ok() {
        return Stopped { cut_off: 0 };
    }
    let cut_off = connections.len();
    connections.shutdown().await;
    Stopped { cut_off }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the owner is gone, which is a stop, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn accept(
    socket: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            // Out of file descriptors, most likely: the queue keeps the clients while some connection ends.
            tracing::warn!(%error, "cannot accept a connection; trying again");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn open(stream: TcpStream, peer: SocketAddr, edge: &Edge, tls: Option<TlsAcceptor>, stop: watch::Receiver<bool>) {
    // Without this an answer may wait for the client's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = tls else { return talk(stream, peer, edge, stop).await };
    match tokio::time::timeout(edge.limits().header_time, tls.accept(stream)).await {
        Ok(Ok(stream)) => talk(stream, peer, edge, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn talk<S>(stream: S, peer: SocketAddr, edge: &Edge, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = edge.limits();
    let phase = Phase::default();
    let io = TokioIo::new(Paced::new(stream, phase.clone(), limits.header_time, limits.idle_time));
    let service = service_fn(move |request: Request<Incoming>| {
        let (edge, phase) = (edge.clone(), phase.clone());
        phase.request_begins();
        async move {
            let response = edge.answer(request, peer).await;
            phase.request_ends();
            Answered::Ok(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_time)
        .max_header_size(limits.header_bytes)
        .max_headers(HEADERS)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
