use crate::http::valid::instants;
use crate::mail::{Attachment, Sent};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// State of the server and its stores.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// State of the server: `ok`; `degraded` if a store is away that HBS can do without for a while; `down` if it
    /// cannot.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// State of each store: `ok`, or its error.
    pub stores: BTreeMap<&'static str, &'static str>,
    /// Number of events that wait for delivery to MongoDB.
    pub undelivered_events: Option<i64>,
}

/// State of the process.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Live {
    /// State of the process; always `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// Version of the program.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

/// Time to set the test clock to.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetClock {
    /// New time of the test clock, RFC 3339.
    #[garde(skip)]
    #[serde(deserialize_with = "instants::plausible")]
    pub now: DateTime<Utc>,
}

/// Time of the test clock.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockOut {
    /// Time of the test clock (UTC).
    pub now: DateTime<Utc>,
}

/// Filter of mails.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
pub struct MailboxQuery {
    /// Recipient's e-mail address; all mails if left out.
    #[garde(inner(length(chars, max = 254)))]
    #[param(example = "ana@example.com", max_length = 254)]
    pub to: Option<String>,
}

/// Mails that were sent in development.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MailboxOut {
    /// Mails of this process, newest first, at most 200.
    pub items: Vec<MailOut>,
}

/// A mail as it was sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MailOut {
    /// E-mail address of the recipient.
    #[schema(example = "ana@example.com")]
    pub to: String,
    /// Subject of the mail.
    #[schema(example = "Confirm your e-mail address")]
    pub subject: String,
    /// Body of the mail as plain text.
    pub text: String,
    /// Body of the mail as HTML.
    pub html: String,
    /// File attached to the mail; null if there is none.
    pub attachment: Option<AttachmentOut>,
    /// Address at which one POST ends mails of this kind (`List-Unsubscribe`); null if the mail is not optional.
    pub unsubscribe: Option<String>,
    /// Time at which the mail was sent (UTC).
    pub date: DateTime<Utc>,
}

/// File attached to a mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttachmentOut {
    /// Name of the file.
    #[schema(example = "HBS-7KQ2M9XA.ics")]
    pub filename: String,
    /// Media type of the file.
    pub content_type: &'static str,
    /// Content of the file as text; that of a file which is no text, in Base64.
    pub content: String,
}

impl From<Attachment> for AttachmentOut {
    fn from(attachment: Attachment) -> Self {
        let Attachment { filename, content_type, content } = attachment;
        let content = String::from_utf8(content).unwrap_or_else(|binary| BASE64_STANDARD.encode(binary.as_bytes()));
        Self { filename, content_type, content }
    }
}

impl From<Sent> for MailOut {
    fn from(mail: Sent) -> Self {
        let Sent { to, subject, text, html, attachment, unsubscribe, sent_at } = mail;
        Self { to, subject, text, html, attachment: attachment.map(Into::into), unsubscribe, date: sent_at }
    }
}
