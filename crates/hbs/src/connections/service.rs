//! The requests of a connection, noted from their heads to the ends of their answers.
use super::body::{Answered, Asked};
use super::place::Connection;
use crate::Error;
use crate::http::EVENT_STREAM;
use crate::http::problem;
use crate::request_id::X_REQUEST_ID;
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

/// Returns `true` for an answer that goes on for as long as the client listens.
fn is_stream(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM.as_bytes()))
}

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
            if !is_stream(&response) {
                return Ok(response.map(|body| Answered::new(body, open)));
            }
            if open.streams() {
                return Ok(response.map(|body| Answered::stream(body, open)));
            }
            // Whoever has a place for the request has none for hours of it.
            let full = Error::unavailable("There are as many event streams as there may be.");
            let request_id = response.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
            Ok(problem::respond(&full, request_id).map(|body| Answered::new(body, open)))
        })
    }
}
