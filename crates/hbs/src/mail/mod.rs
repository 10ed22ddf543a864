//! Mail, from the use case that gives cause for it to the server that takes it.
//!
//! A use case [`enqueue`]s a [`Mail`] in its own transaction, so that there is no mail about what did
//! not happen. The row holds no secret. The worker asks the domain what is to be written (it is
//! given a [`Writer`] with the [`Letters`] of all, since what lies beside the domains knows none of them): one-time tokens are
//! made then, so that the plaintext is stored nowhere, and nobody is written to who has gone in the
//! meantime. A mail is sent at least once: a process that ends between sending and removing the row
//! leaves it to another, which sends it again.
mod budget;
mod log;
mod mailer;
mod opt_outs;
mod queue;
pub mod settings;
mod template;
mod worker;

pub use log::{KEPT as LOG_KEPT, bounced};
pub use mailer::{Mailer, Sent, keeps_mailbox};
pub use opt_outs::{OptOut, has_opted_out, opt_in, opt_out, opted_out};
pub use queue::{
    KEEP_GIVEN_UP, Mail, Queued, Waiting, due, enqueue, enqueue_each, fold, is_queued, lock_waiting, sweep, withdraw,
    withdraw_all,
};
pub(crate) use template::texts;
pub use template::{Attachment, Letter, Letters, Link, Prepare, Text, Writer, one_line};
pub use worker::{run, send_due};
