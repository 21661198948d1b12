//! Request bodies: bounded in size and time (I-14, A-9), and read to their end before a refusal is answered.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

use super::failure::Failure;

/// How long a refused client may go on sending before the connection is closed on it.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The body is over the limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is over the limit")
    }
}

impl Error for TooLarge {}

/// Reads a whole body within `limit` bytes and `time`: 413, 408 or 400 otherwise.
pub async fn read(body: Body, limit: usize, time: Duration) -> Result<Bytes, Failure> {
    match tokio::time::timeout(time, body.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if is_too_large(&error) => {
            let detail = format!("the body is over {limit} bytes; send less at a time");
            Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail))
        }
        Ok(Err(_)) => {
            let detail = "the body ended before its announced length, or its chunks are malformed";
            Err(Failure::new(StatusCode::BAD_REQUEST, "incomplete_body", detail))
        }
        Err(_) => {
            let detail = format!("the body did not arrive within {} seconds", time.as_secs());
            Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail))
        }
    }
}

fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    error.is::<TooLarge>() || error.source().is_some_and(is_too_large)
}

/// Bounds a body, and keeps what the handler leaves unread.
pub(super) fn guard<B>(inner: B, limit: usize) -> (Guarded<B>, Rest<B>) {
    let (leave, left) = oneshot::channel();
    (Guarded { inner: Some(inner), left_bytes: limit, leave: Some(leave) }, Rest(left))
}

/// A body that ends with [`TooLarge`] at its limit.
pub(super) struct Guarded<B> {
    inner: Option<B>,
    left_bytes: usize,
    leave: Option<oneshot::Sender<B>>,
}

impl<B> HttpBody for Guarded<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        // A length that is announced is refused before its first byte is read.
        if usize::try_from(inner.size_hint().lower()).map_or(true, |announced| announced > this.left_bytes) {
            return Poll::Ready(Some(Err(Box::new(TooLarge))));
        }
        let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) else { return Poll::Pending };
        Poll::Ready(match frame {
            Some(Ok(frame)) => match this.left_bytes.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(left) => {
                    this.left_bytes = left;
                    Some(Ok(frame))
                }
                None => Some(Err(Box::new(TooLarge))),
            },
            Some(Err(error)) => {
                // Nothing more can come of it.
                this.leave = None;
                Some(Err(Box::new(error)))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl<B> Drop for Guarded<B> {
    fn drop(&mut self) {
        if let (Some(inner), Some(leave)) = (self.inner.take(), self.leave.take()) {
            // Nobody waits for it once the request is given up; that is fine.
            let _ = leave.send(inner);
        }
    }
}

/// What a handler left unread of a body.
pub(super) struct Rest<B>(oneshot::Receiver<B>);

impl<B> Rest<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    /// Reads and forgets the rest, up to a few times the limit and for a few seconds.
    pub(super) async fn drain(mut self, limit: usize) {
        let Ok(mut body) = self.0.try_recv() else { return };
        let mut allowance = limit.saturating_mul(4);
        if body.is_end_stream() || usize::try_from(body.size_hint().lower()).map_or(true, |rest| rest > allowance) {
            return;
        }
        let reading = async {
            while let Some(Ok(frame)) = body.frame().await {
                allowance = match allowance.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                    Some(left) => left,
                    None => return,
                };
            }
        };
        // A client that is still sending after that may as well lose its connection.
        let _ = tokio::time::timeout(DRAIN_TIME, reading).await;
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    async fn check(length: usize, limit: usize, expected: Result<usize, u16>) {
        let (guarded, rest) = guard(Full::new(Bytes::from(vec![b'x'; length])), limit);
        let got = read(Body::new(guarded), limit, Duration::from_secs(5)).await;
        assert_eq!(got.map(|bytes| bytes.len()).map_err(|failure| failure.status().as_u16()), expected, "{length}");
        rest.drain(limit).await;
    }

    ///
    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_with_413() {
        check(0, 10, Ok(0)).await;
        check(10, 10, Ok(10)).await;
        check(11, 10, Err(413)).await;
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up_with_408() {
        let body = Body::new(NeverComes);
        let failure = read(body, 10, Duration::from_millis(5)).await.unwrap_err();
        assert_eq!(failure.status().as_u16(), 408);
    }

    struct NeverComes;

    impl HttpBody for NeverComes {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }
}
