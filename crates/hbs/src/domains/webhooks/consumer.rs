//! Consumer of every event that an endpoint is to be told of.
use super::service;
use crate::outbox::consumers::Consumer;

pub const CONSUMER: Consumer =
    Consumer { name: "webhooks", kinds: &[], handle: |app, events| Box::pin(async move { service::collect(app, events).await }) };
