//! A streamed body that counts its bytes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

/// A body that counts the bytes that are sent of it until it is dropped: at its end, or when the client is gone.
pub struct CountedBody {
    body: Body,
    bytes: u64,
    on_end: Option<Box<dyn FnOnce(u64) + Send>>,
}

impl CountedBody {
    /// A body of which nothing is sent yet. `on_end` is called with the number of bytes.
    pub fn new(body: Body, on_end: impl FnOnce(u64) + Send + 'static) -> Self {
        Self { body, bytes: 0, on_end: Some(Box::new(on_end)) }
    }
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        if let Some(on_end) = self.on_end.take() {
            on_end(self.bytes);
        }
    }
}
