//! Letters about accounts: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[
        texts!("en": "verify_email", "reset_password", "invitation", "password_changed", "email_changed", "second_factor_changed",
            "address_in_use", "email_change_asked", "suspended", "api_key_created", "account_deleted"),
        texts!("pt": "verify_email", "reset_password", "invitation", "password_changed", "email_changed", "second_factor_changed",
            "address_in_use", "email_change_asked", "suspended", "api_key_created", "account_deleted"),
    ],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
