//! The bytes of a connection, which end when its time is over.
use super::place::Place;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The first bytes of HTTP/2, with which no request of HTTP/1.1 begins.
const HTTP2: &[u8] = b"PRI";

pub(super) struct Watched<S> {
    stream: S,
    place: Place,
    protocol: Protocol,
    sleep: Pin<Box<Sleep>>,
}

enum Protocol {
    /// Not known yet: so many bytes could be HTTP/2.
    Unknown(usize),
    Http1,
    /// Bytes come without a request, too: questions whether the other end is there.
    Http2,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, place: Place) -> Self {
        place.begin();
        let sleep = Box::pin(sleep_until(place.ends_at()));
        Self { stream, place, protocol: Protocol::Unknown(0), sleep }
    }

    fn note(&mut self, bytes: &[u8]) {
        if let Protocol::Unknown(known) = self.protocol {
            let same = HTTP2[known..].iter().zip(bytes).take_while(|(expected, byte)| expected == byte).count();
            self.protocol = match known + same {
                all if all == HTTP2.len() => Protocol::Http2,
                _ if same < bytes.len() => Protocol::Http1,
                more => Protocol::Unknown(more),
            };
        }
        if !matches!(self.protocol, Protocol::Http2) {
            self.place.heard();
        }
    }

    /// Returns an error when the time of the connection is over, or its place is another's.
    ///
    /// This is asked whenever the connection has nothing to read or cannot write. Requests of HTTP/2 end
    /// elsewhere, so their end is looked for at least as often as a head may take.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.place.is_taken_away(cx) {
            return Poll::Ready(super::full());
        }
        loop {
            let (now, end) = (Instant::now(), self.place.ends_at());
            if end <= now {
                metrics::counter!("hbs_connections_closed_total", "reason" => "too_slow").increment(1);
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            let next = end.min(now + self.place.connections.limits.header);
            if self.sleep.deadline() > next || self.sleep.is_elapsed() {
                self.sleep.as_mut().reset(next);
            }
            ready!(self.sleep.as_mut().poll(cx));
        }
    }

    fn or_end<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match result {
            Poll::Pending => self.poll_end(cx).map(Err),
            ready => ready,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if let Some(bytes) = buffer.filled().get(before..).filter(|bytes| !bytes.is_empty()) {
            self.note(bytes);
        }
        self.or_end(cx, result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.or_end(cx, result)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.or_end(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.or_end(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.or_end(cx, result)
    }
}
