//! Long answers, page by page while they are read: nobody's memory holds the whole.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use rollcall_directory::DirectoryError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Where the parts of an answer go.
pub(super) struct Pages(Sender<Result<Bytes, DirectoryError>>);

impl Pages {
    /// Sends a part, and waits while the reader is slow; `false` once nobody listens any more.
    pub(super) async fn send(&self, text: String) -> bool {
        self.0.send(Ok(Bytes::from(text))).await.is_ok()
    }
}

/// A body that `write` writes. If the database fails in the middle, the connection is cut, so that a part does not look like
/// the whole.
pub(super) fn streamed<F>(what: &'static str, write: impl FnOnce(Pages) -> F) -> Body
where
    F: Future<Output = Result<(), DirectoryError>> + Send + 'static,
{
    let (sender, receiver) = channel(2);
    let writing = write(Pages(sender.clone()));
    tokio::spawn(async move {
        if let Err(error) = writing.await {
            tracing::error!(%error, what, "an answer ended in the middle");
            // Whoever went away needs no answer.
            let _ = sender.send(Err(error)).await;
        }
    });
    Body::new(Table(receiver))
}

/// The body of the answer.
struct Table(Receiver<Result<Bytes, DirectoryError>>);

impl HttpBody for Table {
    type Data = Bytes;
    type Error = DirectoryError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DirectoryError>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(Frame::data)))
    }
}
