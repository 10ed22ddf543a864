//! Letters with payment links: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "payment_link"), texts!("pt": "payment_link")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
