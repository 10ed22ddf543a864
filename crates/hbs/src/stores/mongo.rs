//! MongoDB: the audit trail.
use crate::{Error, Result};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, CollectionOptions, WriteConcern};
use mongodb::{Client, Collection, Database};
use std::time::Duration;

/// Collections of the record.
const RECORD: [&str; 2] = ["audit_logs", "booking_logs"];
/// Actions by which what is on it can be changed.
const HARMFUL: [&str; 4] = ["anyAction", "dropCollection", "remove", "update"];

/// Rights of a user, and the kind of server that they hold on.
#[derive(Debug)]
pub struct Rights {
    pub may_change_the_record: bool,
    pub is_replicated: bool,
}

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

    /// Tells what the user may do to the record, and what kind of server it is on.
    pub async fn rights(&self) -> Result<Rights, mongodb::error::Error> {
        let hello = self.database.run_command(doc! {"hello": 1}).await?;
        let status = self.database.run_command(doc! {"connectionStatus": 1, "showPrivileges": true}).await?;
        let privileges = status.get_document("authInfo").and_then(|info| info.get_array("authenticatedUserPrivileges"));
        let privileges = privileges.into_iter().flatten().filter_map(Bson::as_document);
        let is_router = hello.get_str("msg").is_ok_and(|text| text == "isdbgrid");
        Ok(Rights {
            may_change_the_record: privileges.into_iter().any(|privilege| self.is_harmful(privilege)),
            is_replicated: hello.contains_key("setName") || is_router,
        })
    }

    /// Returns `true` for a right to change or remove what is on the record.
    fn is_harmful(&self, privilege: &Document) -> bool {
        let Ok(resource) = privilege.get_document("resource") else { return false };
        let is = |name: &str, ours: &[&str]| resource.get_str(name).is_ok_and(|value| value.is_empty() || ours.contains(&value));
        let is_record = is("db", &[self.database.name()]) && is("collection", &RECORD);
        let actions = privilege.get_array("actions").into_iter().flatten().filter_map(Bson::as_str);
        let mut harmful = actions.filter(|action| HARMFUL.contains(action));
        (is_record || resource.get_bool("anyResource").unwrap_or(false)) && harmful.next().is_some()
    }

    pub async fn ping(&self) -> Result<(), mongodb::error::Error> {
        self.database.run_command(doc! {"ping": 1}).await.map(|_| ())
    }
}
