//! Letters about webhooks: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

/// Kind of mail about a webhook that HBS has disabled.
pub const DISABLED: &str = "webhook_disabled";

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "webhook_disabled"), texts!("pt": "webhook_disabled")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
