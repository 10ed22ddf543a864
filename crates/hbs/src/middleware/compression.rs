//! Compression of answers for clients that ask for it. Others cost nothing: a layer would wrap their bodies, too.
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, header};
use tower::ServiceExt;
use tower_http::compression::Compression;

/// Runs the handler, and compresses its answer if the client accepts that.
pub(super) async fn run(request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        let mut response = next.run(request).await;
        // Caches between us and others must not give them what was not compressed for this client.
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        return response;
    }
    let Ok(response) = Compression::new(next).oneshot(request).await;
    response.map(Body::new)
}
