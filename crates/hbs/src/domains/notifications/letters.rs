//! Letters of notifications: one, several together, a test of words, and a broadcast to guests without an account.
use super::service;
use crate::mail::{Letters, Prepare, texts};

/// Kind of mail about one notification.
pub const NOTIFICATION: &str = "notification";
/// Kind of mail about several notifications.
pub const DIGEST: &str = "notification_digest";
/// Kind of mail by which an editor tries words.
pub const TEST: &str = "notification_test";
/// Kind of mail of a broadcast to a guest without an account.
pub const BROADCAST: &str = "notification_broadcast";

pub const LETTERS: Letters = Letters {
    texts: &[
        texts!("en": "notification", "notification_digest", "notification_test", "notification_broadcast"),
        texts!("pt": "notification", "notification_digest", "notification_test", "notification_broadcast"),
    ],
    parts: &[],
    prepare: Prepare::Each(|app, mail| Box::pin(service::prepare_mail(app, mail))),
};
