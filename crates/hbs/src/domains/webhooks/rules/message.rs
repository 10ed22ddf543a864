//! The message about an event: which, of what and when; never what anybody is called or wrote.
use crate::domains::events;
use crate::outbox::Numbered;

/// Kind of event by which an endpoint is tried.
pub const TEST: &str = "webhook.test";

/// Writes the message about an event, as JSON: what the feed tells of it, too.
pub fn payload(numbered: &Numbered) -> serde_json::Result<String> {
    serde_json::to_string(&events::payload(numbered))
}
