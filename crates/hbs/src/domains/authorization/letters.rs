//! Letters about roles: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[texts!("en": "role_given", "role_invitation"), texts!("pt": "role_given", "role_invitation")],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
