use super::contract::assert_described;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt;

/// Client with an access token, or without.
#[derive(Clone)]
pub struct Client {
    router: axum::Router,
    /// Answer to signing in.
    signed_in: Option<Value>,
    headers: Vec<(&'static str, String)>,
    /// Address of the client, if it has one.
    peer: Option<SocketAddr>,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// The JSON, or null for an empty body, or the text of anything else.
    pub body: Value,
    /// The body as it came.
    pub bytes: bytes::Bytes,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `code` of an error.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The pointers of an error, in order.
    pub fn pointers(&self) -> Vec<&str> {
        self.body["errors"]
            .as_array()
            .map(|errors| errors.iter().filter_map(|error| error["pointer"].as_str()).collect())
            .unwrap_or_default()
    }

    /// The id of what was made or read.
    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.body))
    }

    /// Returns this reply, if it has the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Client {
    pub fn new(router: axum::Router, signed_in: Option<Value>) -> Self {
        Self { router, signed_in, headers: Vec::new(), peer: None }
    }

    pub fn user_id(&self) -> &str {
        self.signed_in.as_ref().and_then(|body| body["user"]["id"].as_str()).expect("signed in")
    }

    pub fn access_token(&self) -> &str {
        self.signed_in.as_ref().and_then(|body| body["access_token"].as_str()).expect("signed in")
    }

    pub fn refresh_token(&self) -> &str {
        self.signed_in.as_ref().and_then(|body| body["refresh_token"].as_str()).expect("signed in")
    }

    /// Returns the same person at another process.
    pub fn at(&self, router: axum::Router) -> Self {
        Self { router, ..self.clone() }
    }

    /// Returns the same person, sending a further header.
    #[must_use]
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }

    /// Returns the same person, calling from an address.
    #[must_use]
    pub fn from(&self, address: &str) -> Self {
        let peer = SocketAddr::new(address.parse().expect("an address"), 4711);
        Self { peer: Some(peer), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, Some(body.to_string())).await
    }

    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Reply {
        self.with("if-match", etag).send(Method::PATCH, path, Some(body.to_string())).await
    }

    pub async fn delete(&self, path: &str, etag: &str) -> Reply {
        self.with("if-match", etag).send(Method::DELETE, path, None).await
    }

    /// Sends a file as it is, as the body.
    pub async fn upload(&self, method: Method, path: &str, kind: &str, file: &[u8]) -> Reply {
        self.with("content-type", kind).transmit(method, path, Some(bytes::Bytes::copy_from_slice(file))).await
    }

    /// Sends anything; a body is called JSON unless a header says otherwise.
    pub async fn send(&self, method: Method, path: &str, body: Option<String>) -> Reply {
        self.transmit(method, path, body.map(Into::into)).await
    }

    async fn transmit(&self, method: Method, path: &str, body: Option<bytes::Bytes>) -> Reply {
        let mut request = Request::builder().method(method.clone()).uri(path);
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "hotel.test");
        }
        if body.is_some() && !self.headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        if let Some(token) = self.signed_in.as_ref().and_then(|body| body["access_token"].as_str()) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        let request = request.body(body.map_or(Body::empty(), Body::from)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or_else(|_| text()) };
        let status = parts.status.as_u16();
        if parts.headers.get("content-type").is_some_and(|kind| kind == "application/problem+json") {
            assert_eq!(body["status"], status, "a further member took the place of the status: {body}");
        }
        assert_described(&method, path, status, &parts.headers, &body);
        Reply { status, headers: parts.headers, body, bytes }
    }
}
