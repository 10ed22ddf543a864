//! A client of the HBS API: signs in, keeps the token fresh, and puts refusals into words.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::error::{Context, Error, Result};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// A token is replaced when this much of its life is left.
const TOKEN_RESERVE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
pub struct Credentials {
    pub login: String,
    pub password: String,
}

pub struct Api {
    http: reqwest::Client,
    url: String,
    credentials: Credentials,
    token: Mutex<Option<Token>>,
}

struct Token {
    bearer: Arc<str>,
    replace_at: Instant,
}

#[derive(Deserialize)]
struct LoginAnswer {
    access_token: String,
    expires_in: u64,
}

/// A call that did not answer as expected.
#[derive(Debug)]
pub enum CallError {
    /// The answer is missing, or is not what the API promises.
    Broken(String),
    Refused(Box<Problem>),
}

/// An answer with another status than the expected one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    #[serde(skip)]
    pub status: u16,
    pub code: String,
    pub detail: String,
    pub errors: Vec<Value>,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(reason) => f.write_str(reason),
            Self::Refused(problem) => problem.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.detail)?;
        for error in &self.errors {
            write!(f, " {error}")?;
        }
        Ok(())
    }
}

impl Api {
    /// Signs in, so that wrong credentials are told at once.
    pub async fn connect(url: &str, credentials: Credentials) -> Result<Self> {
        let http =
            reqwest::Client::builder().timeout(REQUEST_TIMEOUT).no_proxy().build().context("cannot make an HTTP client")?;
        let url = url.trim_end_matches('/').to_owned();
        let api = Self { http, url, credentials, token: Mutex::new(None) };
        api.bearer().await.context(format!("cannot sign in at {}", api.url))?;
        Ok(api)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.call(Method::GET, path, None, None).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, CallError> {
        self.call(Method::POST, path, Some(body), None).await
    }

    /// A POST that has its effect once, however often it is sent.
    pub async fn post_once<T: DeserializeOwned>(&self, path: &str, body: &Value, key: &str) -> Result<T, CallError> {
        self.call(Method::POST, path, Some(body), Some(key)).await
    }

    /// A POST whose body is a file.
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, kind: &str, file: String) -> Result<T, CallError> {
        let bearer = self.bearer().await?;
        let request = self.http.post(format!("{}/v1{path}", self.url)).bearer_auth(bearer);
        answer(request.header("Content-Type", kind).body(file)).await
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, CallError> {
        self.call(Method::PUT, path, Some(body), None).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<T, CallError> {
        let bearer = self.bearer().await?;
        let mut request = self.http.request(method, format!("{}/v1{path}", self.url)).bearer_auth(bearer);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        answer(request).await
    }

    /// A token that is good for a while. Tokens expire by real time, whatever the test clock says.
    pub async fn bearer(&self) -> Result<Arc<str>, CallError> {
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| Instant::now() < token.replace_at) {
            return Ok(token.bearer.clone());
        }
        let fresh = self.sign_in().await?;
        Ok(token.insert(fresh).bearer.clone())
    }

    async fn sign_in(&self) -> Result<Token, CallError> {
        let Credentials { login, password } = &self.credentials;
        let body = json!({"login": login, "password": password});
        let request = self.http.post(format!("{}/v1/auth/login", self.url)).json(&body);
        let LoginAnswer { access_token, expires_in } = answer(request).await?;
        let life = Duration::from_secs(expires_in).saturating_sub(TOKEN_RESERVE);
        Ok(Token { bearer: access_token.into(), replace_at: Instant::now() + life })
    }
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, CallError> {
    let response = request.send().await.map_err(|error| CallError::Broken(with_sources(&error)))?;
    let status = response.status();
    let body = response.bytes().await.map_err(|error| CallError::Broken(with_sources(&error)))?;
    if !status.is_success() {
        return Err(CallError::Refused(Box::new(problem(status, &body))));
    }
    // An answer without a body is read as null.
    let body = if body.is_empty() { b"null".as_slice() } else { &body };
    serde_json::from_slice(body).map_err(|error| CallError::Broken(format!("unexpected answer with {status}: {error}")))
}

/// Anything can answer with an error, a proxy too: then its text is the detail.
fn problem(status: StatusCode, body: &[u8]) -> Problem {
    let read: Result<Problem, _> = serde_json::from_slice(body);
    let problem = read
        .unwrap_or_else(|_| Problem { detail: String::from_utf8_lossy(body).chars().take(300).collect(), ..Problem::default() });
    Problem { status: status.as_u16(), ..problem }
}

/// The HTTP client hides the cause of a failure in the sources of its error.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::new(error)
    }
}
