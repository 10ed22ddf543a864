//! Letters to guests who wait: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "waitlist_offered"), texts!("pt": "waitlist_offered")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
