//! Cuts off clients that trickle the head of a request, or never read its answer (I-14).
//!
//! The HTTP library has one timeout for "nothing comes" and "the head is not complete". An idle connection deserves
//! more patience than a half-sent head, so the head has a clock of its own, which starts with its first byte.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

const IDLE: u8 = 0;
const HEAD: u8 = 1;
const REQUEST: u8 = 2;

/// What a connection is at: shared by its socket and its requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// The head is complete: the request has its own limits from here on.
    pub(super) fn request_begins(&self) {
        self.0.store(REQUEST, Ordering::Relaxed);
    }

    /// The answer is on its way.
    pub(super) fn request_ends(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }
}

/// A socket that fails with `TimedOut` when a head takes too long, or an answer stays unread.
#[derive(Debug)]
pub(super) struct Paced<S> {
    stream: S,
    phase: Phase,
    head_time: Duration,
    deadline: Pin<Box<Sleep>>,
    unread_time: Duration,
    /// Runs while the client takes nothing of what is written.
    unread: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, phase: Phase, head_time: Duration, unread_time: Duration) -> Self {
        Self { stream, phase, head_time, deadline: Box::pin(sleep(head_time)), unread_time, unread: None }
    }

    /// Passes an attempt to write on, unless nothing got through for too long.
    fn written<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.unread = None;
            return polled;
        }
        let unread = self.unread.get_or_insert_with(|| Box::pin(sleep(self.unread_time)));
        if unread.as_mut().poll(cx).is_ready() { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { polled }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let phase = this.phase.0.load(Ordering::Relaxed);
        if phase == IDLE && polled.is_ready() && buffer.filled().len() > before {
            this.phase.0.store(HEAD, Ordering::Relaxed);
            this.deadline.as_mut().reset(Instant::now() + this.head_time);
        } else if phase == HEAD && this.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
