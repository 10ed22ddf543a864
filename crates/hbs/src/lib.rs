//! HBS, a hotel booking backend: client → middleware → routes → services → repositories → databases.
//!
//! `docs/architecture.md` is the map. Folder is domain, file is layer.
pub mod actors;
pub mod answer;
pub mod app;
pub mod archive;
pub mod changes;
pub mod clock;
pub mod commands;
pub mod config;
pub mod connections;
pub mod contact;
pub mod domain;
pub mod domains;
pub mod ending;
pub mod error;
pub mod findings;
pub mod gateways;
pub mod guesses;
pub mod http;
pub mod ical;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod kept;
pub mod language;
pub mod mail;
pub mod media;
pub mod memory;
pub mod middleware;
pub mod money;
pub mod numbers;
pub mod outbox;
pub mod outgoing;
pub mod page;
pub mod pauses;
pub mod periods;
pub mod plain_text;
pub mod quarantine;
pub mod reliance;
pub mod request_id;
pub mod security;
pub mod seed;
pub mod server;
pub mod sheets;
pub mod stamps;
pub mod stores;
#[cfg(test)]
mod testing;
pub mod texts;
pub mod tls;
pub mod turns;
pub mod version;
pub mod words;
pub mod workers;

pub use error::{Error, Result};
