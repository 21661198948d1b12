//! The yardstick: hyper answering every request with the same JSON.

use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// About as long as a user.
const BODY: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f","userName":"constant@load.example","name":{"givenName":"Constant","familyName":"Answer"},"emails":[{"value":"constant@load.example","type":"work","primary":true}],"active":true,"meta":{"resourceType":"User","created":"2026-01-01T00:00:00.000000Z","lastModified":"2026-01-01T00:00:00.000000Z","version":"W/\"1\""}}"#;

/// Serves until the process ends.
pub(crate) async fn serve_for_ever(listen: SocketAddr) -> Result<(), String> {
    let (address, serving) = serve(listen).await?;
    crate::say(&format!("serving a constant answer on http://{address}"));
    serving.await.map_err(|error| error.to_string())
}

/// Listens, and serves in the background.
pub(crate) async fn serve(listen: SocketAddr) -> Result<(SocketAddr, tokio::task::JoinHandle<()>), String> {
    let told = |error: std::io::Error| format!("{listen}: {error}");
    let listener = TcpListener::bind(listen).await.map_err(told)?;
    let address = listener.local_addr().map_err(told)?;
    let serving = tokio::spawn(async move {
        while let Ok((stream, _peer)) = listener.accept().await {
            // Without it small answers wait for acknowledgements.
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            tokio::spawn(async move {
                let connection = hyper::server::conn::http1::Builder::new();
                // A client that goes away is none of our business.
                connection.serve_connection(TokioIo::new(stream), service_fn(answer)).await.ok();
            });
        }
    });
    Ok((address, serving))
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // What was sent is read, as any server must.
    let _body = request.into_body().collect().await;
    let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
    let value = hyper::header::HeaderValue::from_static("application/scim+json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, value);
    Ok(response)
}
