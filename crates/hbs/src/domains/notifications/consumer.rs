//! Consumer of everything that somebody is told of.
use super::service;
use crate::outbox::consumers::Consumer;

pub const CONSUMER: Consumer =
    Consumer { name: "notifications", handle: |app, events| Box::pin(async move { service::tell(app, events).await }) };
