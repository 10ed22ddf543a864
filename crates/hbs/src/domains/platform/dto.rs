use crate::mail::{Attachment, Sent};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Live {
    #[schema(example = "ok")]
    pub status: &'static str,
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetClock {
    #[garde(skip)]
    pub now: DateTime<Utc>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockOut {
    pub now: DateTime<Utc>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MailboxQuery {
    /// Recipient's e-mail address; all mails if left out.
    #[param(example = "ana@example.com")]
    pub to: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MailboxOut {
    pub items: Vec<MailOut>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MailOut {
    #[schema(example = "ana@example.com")]
    pub to: String,
    #[schema(example = "Confirm your e-mail address")]
    pub subject: String,
    pub text: String,
    pub html: String,
    pub attachment: Option<AttachmentOut>,
    pub date: DateTime<Utc>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttachmentOut {
    #[schema(example = "HBS-7KQ2M9XA.ics")]
    pub filename: String,
    pub content_type: &'static str,
    pub content: String,
}

impl From<Attachment> for AttachmentOut {
    fn from(attachment: Attachment) -> Self {
        let Attachment { filename, content_type, content } = attachment;
        Self { filename, content_type, content }
    }
}

impl From<Sent> for MailOut {
    fn from(mail: Sent) -> Self {
        let Sent { to, subject, text, html, attachment, sent_at } = mail;
        Self { to, subject, text, html, attachment: attachment.map(Into::into), date: sent_at }
    }
}
