//! Letters to guests who can review, and to authors: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "review_invitation", "review_responded"), texts!("pt": "review_invitation", "review_responded")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
