//! Consumer of everything that somebody is told of.
use super::{rules, service};
use crate::outbox::consumers::Consumer;

pub const CONSUMER: Consumer = Consumer {
    name: "notifications",
    kinds: rules::TOLD_OF,
    handle: |app, events| Box::pin(async move { service::tell(app, events).await }),
};
