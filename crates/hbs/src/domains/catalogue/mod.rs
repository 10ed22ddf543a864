//! What a hotel offers, whatever the night: itself, its room types, its rate plans with taxes and terms. Searches and
//! sales need all of it each time, and it rarely changes: so a process remembers it, and asks with each use whether it
//! still holds.
//!
//! A trigger of each table that it is made of notes in `catalogues`, when a transaction ends, that this transaction
//! changed it. Reading that note is one small statement beside those for nights and rates: what is told is never older
//! than what was committed before it was asked. There are no routes.
mod model;
mod repository;
mod service;

pub use model::{Catalogue, OnOffer};
pub use repository::{version, versions};
pub use service::Catalogues;
