//! Letters about exports: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "personal_data_ready"), texts!("pt": "personal_data_ready")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::export::prepare_mail(app, mail))),
};
