//! The requests of a connection, noted from their heads to the ends of their answers.
use super::body::{Answered, Asked};
use super::place::Connection;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use axum::middleware::AddExtension;
use axum::response::Response;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Version, header};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{BoxError, Service};

/// Service that answers the requests of one connection.
pub(super) type Inner = AddExtension<Router, ConnectInfo<SocketAddr>>;

#[derive(Clone)]
pub(super) struct Noted<S> {
    inner: S,
    connection: Arc<Connection>,
}

impl<S> Noted<S> {
    pub(super) fn new(inner: S, connection: Arc<Connection>) -> Self {
        Self { inner, connection }
    }
}

impl<S, B> Service<Request<B>> for Noted<S>
where
    S: Service<Request<Body>, Response = Response>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<Answered>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let open = Arc::new(self.connection.request());
        let (parts, body) = request.into_parts();
        // HTTP/2 can end one request and keep the others.
        let has_body = !body.is_end_stream() && parts.version < Version::HTTP_2;
        let (body, reading) = if has_body {
            let (asked, reading) = Asked::new(Body::new(body), &parts.headers, &open);
            (Body::new(asked), Some(reading))
        } else {
            (Body::new(body), None)
        };
        let answer = self.inner.call(Request::from_parts(parts, body));
        Box::pin(async move {
            let mut response = answer.await?;
            if reading.is_some_and(|reading| reading.ends_connection()) {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| Answered::new(body, open)))
        })
    }
}
