//! Channels beside HBS and mail: push messages, and whatever an installation connects.
use crate::Result;
use crate::app::App;
use futures_util::future::BoxFuture;
use uuid::Uuid;

/// A short message to a person.
#[derive(Debug, Clone)]
pub struct Message {
    pub user_id: Uuid,
    pub title: String,
    pub body: String,
}

/// A way by which short messages reach people.
pub trait Messenger: Send + Sync {
    /// Sends a message. An error is tried again; one of a service that does not answer is `unavailable`, not a fault of ours.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<()>>;
}

/// The messenger of development: messages go to the log.
struct Log;

impl Messenger for Log {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Message { user_id, title, body } = message;
            tracing::info!(target: "push", %user_id, title, body, "a push message that would have been sent");
            Ok(())
        })
    }
}

/// The messenger of this installation. None in production as long as none is connected: then no push message is sent.
pub fn messenger(app: &App) -> Option<Box<dyn Messenger>> {
    (!app.config.is_production()).then(|| -> Box<dyn Messenger> { Box::new(Log) })
}
