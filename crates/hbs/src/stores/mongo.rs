//! MongoDB: the audit trail.
use crate::{Error, Result};
use mongodb::options::{Acknowledgment, ClientOptions, CollectionOptions, WriteConcern};
use mongodb::{Client, Collection, Database};
use std::time::Duration;

pub struct Mongo {
    database: Database,
}

impl Mongo {
    /// Sets up the client; it connects when it is first used, so a server that is away at start
    /// does not keep HBS from starting.
    pub async fn new(url: &str, database: &str) -> Result<Self> {
        let mut options = ClientOptions::parse(url).await.map_err(Error::internal)?;
        options.app_name = Some("hbs".into());
        options.server_selection_timeout = Some(Duration::from_secs(3));
        options.connect_timeout = Some(Duration::from_secs(3));
        let client = Client::with_options(options).map_err(Error::internal)?;
        Ok(Self { database: client.database(database) })
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A collection whose writes are acknowledged only when they survive a crash.
    pub fn durable<T: Send + Sync>(&self, name: &str) -> Collection<T> {
        let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        self.database.collection_with_options(name, CollectionOptions::builder().write_concern(concern).build())
    }

    pub async fn ping(&self) -> Result<(), mongodb::error::Error> {
        self.database.run_command(mongodb::bson::doc! {"ping": 1}).await.map(|_| ())
    }
}
