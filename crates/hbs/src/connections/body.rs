//! The bodies of requests and answers. A request may be answered before its body is read; what comes of the body then is
//! taken and thrown away, since a client that is still sending does not see the answer of a connection that breaks.
use super::place::OpenRequest;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The largest body that is read to its end for nothing, so that its connection can be used again. After a larger one, and
/// one of unknown size, the connection ends, and the answer says so.
const MAX_SMALL: u64 = 64 * 1024;
/// Bytes that are taken of a body that nobody wants, and the time for that.
const MAX_THROWN_AWAY: usize = 16 * 1024 * 1024;
const TIME_TO_THROW_AWAY: Duration = Duration::from_secs(5);

/// The body of a request, as the handler reads it.
pub(super) struct Asked {
    body: Option<Body>,
    reading: Reading,
    open: Arc<OpenRequest>,
}

/// The state of a body, for whoever answers.
#[derive(Clone)]
pub(super) struct Reading {
    is_read: Arc<AtomicBool>,
    is_small: bool,
    /// `true` if the client waits for a word before it sends the body.
    is_held_back: bool,
}

impl Reading {
    /// Returns `true` if the connection ends with the answer.
    pub(super) fn ends_connection(&self) -> bool {
        !self.is_read() && (self.is_held_back || !self.is_small)
    }

    fn is_read(&self) -> bool {
        self.is_read.load(Ordering::Acquire)
    }
}

impl Asked {
    pub(super) fn new(body: Body, headers: &HeaderMap, open: &Arc<OpenRequest>) -> (Self, Reading) {
        let reading = Reading {
            is_read: Arc::default(),
            is_small: body.size_hint().exact().is_some_and(|length| length <= MAX_SMALL),
            is_held_back: headers.contains_key(header::EXPECT),
        };
        (Self { body: Some(body), reading: reading.clone(), open: Arc::clone(open) }, reading)
    }
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(&mut *body).poll_frame(cx));
        if body.is_end_stream() || !matches!(frame, Some(Ok(_))) {
            self.reading.is_read.store(true, Ordering::Release);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|_| !self.reading.is_read() && !self.reading.is_held_back) else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(throw_away(body, Arc::clone(&self.open)));
        }
    }
}

/// Takes what is left of a body. The request is open meanwhile.
async fn throw_away(mut body: Body, _open: Arc<OpenRequest>) {
    let mut left = MAX_THROWN_AWAY;
    let all = async {
        while let Some(Ok(frame)) = body.frame().await {
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    let _ = timeout(TIME_TO_THROW_AWAY, all).await;
}

/// The body of an answer: with its end, the request is over.
pub(super) struct Answered {
    body: Body,
    open: Arc<OpenRequest>,
    is_stream: bool,
}

impl Answered {
    pub(super) fn new(body: Body, open: Arc<OpenRequest>) -> Self {
        Self { body, open, is_stream: false }
    }

    /// A body that goes on for as long as the client listens.
    pub(super) fn stream(body: Body, open: Arc<OpenRequest>) -> Self {
        Self { body, open, is_stream: true }
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if self.is_stream {
            self.open.goes_on();
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
