//! The way to a gateway and back, and what it means where an answer does not come, or is none.
use super::GatewayError;
use crate::{Error, Result, tls};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Time for a connection: who cannot be reached within it has got nothing.
const TO_CONNECT: Duration = Duration::from_secs(3);
/// Most that is read of an answer. A page of a list is far below it; whoever answers without end is no gateway.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";

/// A gateway's API. It has no `Debug`: it holds a secret.
pub struct Wire {
    client: Client,
    base: Url,
    secret: String,
}

/// Answer that came completely.
pub struct Reply {
    status: StatusCode,
    /// It was given before, to the same order.
    is_replayed: bool,
    bytes: Vec<u8>,
}

impl Wire {
    pub fn new(base: &str, secret: &str, patience: Duration) -> Result<Self> {
        tls::use_ring();
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(patience)
            .connect_timeout(patience.min(TO_CONNECT))
            .user_agent(concat!("HBS/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        let base = base.parse().map_err(|_| Error::internal("the address of a gateway is not a web address"))?;
        Ok(Self { client, base, secret: secret.into() })
    }

    /// Begins a look-up.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(&self.secret)
    }

    /// Begins an order.
    pub fn post(&self, path: &str, key: &str) -> RequestBuilder {
        self.client.post(self.url(path)).bearer_auth(&self.secret).header(IDEMPOTENCY_KEY, key)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

/// Sends a request. Whoever was not connected to has done nothing; later, nobody knows.
pub async fn send(request: RequestBuilder) -> Result<Reply, GatewayError> {
    let mut answer = request.send().await.map_err(|error| without_answer(&error))?;
    let (status, is_replayed) = (answer.status(), answer.headers().contains_key(REPLAYED));
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| GatewayError::Unclear("the gateway's answer broke off"))? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(GatewayError::Unclear("the gateway's answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Reply { status, is_replayed, bytes })
}

fn without_answer(error: &reqwest::Error) -> GatewayError {
    if error.is_builder() {
        GatewayError::Refused { code: "request_not_possible".into() }
    } else if error.is_connect() {
        GatewayError::NotDone("the gateway cannot be reached")
    } else if error.is_timeout() {
        GatewayError::Unclear("the gateway did not answer in time")
    } else {
        GatewayError::Unclear("the connection to the gateway broke off")
    }
}

impl Reply {
    /// Returns the object that an answer has, or what its status means. `refusal` reads the body of a refusal.
    pub fn read<T: DeserializeOwned>(&self, refusal: impl FnOnce(&[u8]) -> GatewayError) -> Result<T, GatewayError> {
        match self.status {
            status if status.is_success() => serde_json::from_slice(&self.bytes).map_err(|error| {
                // Where it is wrong and not how: the words of the error quote what the gateway knows of people.
                let (kind, line, column) = (error.classify(), error.line(), error.column());
                tracing::error!(?kind, line, column, "a gateway's answer is not as expected");
                GatewayError::Unclear("the gateway's answer is not as expected")
            }),
            StatusCode::TOO_MANY_REQUESTS => Err(GatewayError::NotDone("the gateway takes no more requests for now")),
            // The same order is under way, or has been given in other words.
            StatusCode::CONFLICT => Err(GatewayError::Unclear("the gateway is at work on the same order")),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                tracing::error!(status = self.status.as_u16(), "a gateway does not take the key that is set");
                Err(GatewayError::Refused { code: "unauthorized".into() })
            }
            status if status.is_client_error() => Err(refusal(&self.bytes)),
            _ if self.is_replayed => Err(GatewayError::Stuck),
            _ => Err(GatewayError::Unclear("the gateway failed")),
        }
    }
}
