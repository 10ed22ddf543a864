//! Redis: what can be rebuilt. Sessions and permissions of the signed-in, and the channel by which
//! processes tell each other to forget them.
use crate::{Error, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, PubSub};
use redis::{Client, RedisResult};
use std::time::Duration;

/// Timeout of an answer: longer than any healthy one, shorter than anybody's patience.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(300);

/// The connection; a clone shares it.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    manager: ConnectionManager,
    prefix: String,
}

impl Redis {
    /// Sets up the connection, which is made when it is first used.
    pub fn new(url: &str, prefix: &str) -> Result<Self> {
        let client = Client::open(url).map_err(Error::internal)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_connection_timeout(Some(RESPONSE_TIMEOUT));
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(Error::internal)?;
        Ok(Self { client, manager, prefix: prefix.into() })
    }

    /// A handle that shares the one multiplexed connection.
    pub fn conn(&self) -> ConnectionManager {
        self.manager.clone()
    }

    /// Returns the key of `name` within our part of the key space.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A connection of its own, for subscribing.
    pub async fn subscriber(&self) -> RedisResult<PubSub> {
        self.client.get_async_pubsub().await
    }

    pub async fn ping(&self) -> RedisResult<()> {
        redis::cmd("PING").query_async(&mut self.conn()).await
    }
}
