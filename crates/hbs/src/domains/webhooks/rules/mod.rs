//! Decisions about webhooks that need no I/O: what is said, how it is signed, and when it is said again.
mod kinds;
mod message;
mod retries;
mod signing;

pub use kinds::{is_pattern, takes};
pub use message::{TEST, payload};
pub use retries::{DISABLE_AFTER, KEPT, Verdict, excerpt, next_attempt, retry_after, verdict};
pub use signing::{SECRET_BYTES, shown, signature};
