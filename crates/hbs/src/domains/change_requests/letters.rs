//! Letters about proposals: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "change_proposed"), texts!("pt": "change_proposed")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
