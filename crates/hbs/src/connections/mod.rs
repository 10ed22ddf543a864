//! Connections: how many there are, and how long each may take for what it does. Time is bounded from the first byte of a
//! connection, not only once there is a request.
//!
//! | a connection that | ends after |
//! | --- | --- |
//! | has not brought the TLS handshake or the head of its first request to an end | `header_timeout_seconds` |
//! | has begun with the head of a further request (HTTP/1.1) | `header_timeout_seconds` from its first byte |
//! | waits for its next request | `idle_timeout_seconds` |
//! | has sent a request and not got the whole answer | `request_timeout_seconds` and `response_timeout_seconds` |
//! | listens to a stream of events that does not go on | `idle_timeout_seconds`, which heartbeats outlive |
//!
//! Where there are as many as there may be, the one that has waited longest makes room: whoever keeps connections open and
//! asks nothing keeps nobody out. Streams are counted apart (`max_streams`).
mod body;
mod place;
mod service;
mod stream;

use crate::app::App;
use crate::config::Config;
use crate::{Error, Result};
use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum_server::accept::{Accept, DefaultAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use futures_util::future::{BoxFuture, ready};
use place::Connections;
pub use place::max_files;
use service::Noted;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use stream::Watched;
use tokio::net::TcpStream;

/// Bytes that a connection reads ahead, which bound the head of a request too.
const BUFFER: usize = 64 * 1024;
/// Requests that an HTTP/2 connection may have open at once.
const MAX_STREAMS: u32 = 100;
const MAX_HEADER_LIST: u32 = 16 * 1024;
/// Pause between two questions to the other end of an HTTP/2 connection, and the time in which it must answer.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

type Services = IntoMakeServiceWithConnectInfo<Router, SocketAddr>;

/// Answers what comes in at an address until the handle says that it is enough; with a certificate in the settings, by
/// HTTPS.
pub async fn serve(app: &App, router: Router, listener: TcpListener, handle: Handle<SocketAddr>) -> Result<()> {
    let services = router.into_make_service_with_connect_info::<SocketAddr>();
    let (config, connections) = (&app.config, Connections::new(&app.config));
    let server = axum_server::from_tcp(listener).map_err(Error::internal)?.handle(handle);
    match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => {
            crate::tls::use_ring();
            let tls = RustlsConfig::from_pem_file(cert, key)
                .await
                .map_err(|error| Error::internal(format!("tls_cert or tls_key: {error}")))?;
            let handshake = RustlsAcceptor::new(tls).handshake_timeout(header_timeout(config));
            run(server.acceptor(Door { inner: handshake, connections }), services).await
        }
        _ => run(server.acceptor(Door { inner: DefaultAcceptor::new(), connections }), services).await,
    }
}

fn header_timeout(config: &Config) -> Duration {
    Duration::from_secs(config.header_timeout_seconds)
}

async fn run<A>(mut server: Server<SocketAddr, Door<A>>, services: Services) -> Result<()>
where
    A: Accept<TcpStream, Noted<service::Inner>> + Clone + Send + Sync + 'static,
    A::Future: Send + 'static,
    A::Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    A::Service: axum_server::service::SendService<http::Request<hyper::body::Incoming>> + Send + 'static,
{
    let builder = server.http_builder();
    builder.http1().max_buf_size(BUFFER);
    builder
        .http2()
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT);
    server.serve(services).await.map_err(Error::internal)
}

/// The door through which connections come in: each has a place, or is refused at once.
#[derive(Clone)]
struct Door<A> {
    inner: A,
    connections: Arc<Connections>,
}

impl<A, S> Accept<TcpStream, S> for Door<A>
where
    A: Accept<TcpStream, Noted<S>>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = Watched<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let entered = stream.peer_addr().and_then(|peer| self.connections.enter(peer.ip()).ok_or_else(full));
        let place = match entered {
            Ok(place) => place,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let accepting = self.inner.accept(stream, Noted::new(service, place.connection()));
        Box::pin(async move {
            let (stream, service) = tokio::select! {
                accepted = accepting => accepted?,
                () = place.taken_away() => return Err(full()),
            };
            Ok((Watched::new(stream, place), service))
        })
    }
}

fn full() -> io::Error {
    io::Error::other("there are as many connections as there may be")
}
