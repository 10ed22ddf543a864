//! Messages of issues, and their attachments.
use super::issues::IssueOut;
use crate::domains::issues::model::{AttachmentFormat, IssueAttachment, IssueAttachmentId, IssueId, IssueMessageId, IssueStatus};
use crate::plain_text::paragraphs;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Message to write in an issue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostIssueMessage {
    /// Text, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "Somebody is on the way.")]
    pub text: String,
    /// `true` for a note that only staff are shown.
    #[garde(skip)]
    #[serde(default)]
    pub is_note: bool,
    /// Status that the issue is moved to with the message, for staff. If left out, an answer moves an open issue to `in_progress`
    /// and reopens a closed one.
    #[garde(skip)]
    pub status: Option<IssueStatus>,
}

/// Name of an attachment.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct AttachmentQuery {
    /// Name of the file, 1 to 200 characters. Characters that have a meaning in HTML, addresses or file systems are replaced, and
    /// the ending is set by the content of the file.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[param(min_length = 1, max_length = 200, example = "shower.jpg")]
    pub name: Option<String>,
}

/// Author of a message: the guest, or the staff of the hotel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueAuthor {
    Guest,
    Staff,
}

/// A message of an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueMessageOut {
    /// Identifier of the message.
    #[schema(value_type = Uuid)]
    pub id: IssueMessageId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the issue.
    #[schema(value_type = Uuid)]
    pub issue_id: IssueId,
    /// Author of the message.
    pub author: IssueAuthor,
    /// Name of the author, for staff; null for the guest.
    #[schema(example = "Sofia Support")]
    pub author_name: Option<String>,
    /// `true` for a note, which only staff are shown.
    pub is_note: bool,
    /// Text of the message. It is plain text, not HTML.
    #[schema(example = "Somebody is on the way.")]
    pub text: String,
    /// Files that are attached to it.
    pub attachments: Vec<IssueAttachmentOut>,
    /// Time of the message (UTC).
    pub created_at: DateTime<Utc>,
}

/// A file that is attached to a message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueAttachmentOut {
    /// Identifier of the attachment.
    #[schema(value_type = Uuid)]
    pub id: IssueAttachmentId,
    /// Name of the file.
    #[schema(example = "shower.jpg")]
    pub name: String,
    /// Format of the file, as it is stored.
    pub format: AttachmentFormat,
    /// Size in bytes.
    pub size: i64,
    /// Address of the file, from which signed-in callers can download it.
    #[schema(example = "/v1/issues/01a203ed-d571-732d-9af1-34b36c0dae65/attachments/01a203ed-d571-732d-9af1-34b36c0dae66")]
    pub url: String,
    /// Time at which it was attached (UTC).
    pub created_at: DateTime<Utc>,
}

impl IssueAttachmentOut {
    pub fn new(row: IssueAttachment, issue_id: IssueId) -> Self {
        let IssueAttachment { property_id: _, id, message_id: _, name, format, size, key: _, created_at, updated_at: _ } = row;
        Self { id, name, format, size, url: format!("/v1/issues/{issue_id}/attachments/{id}"), created_at }
    }
}

/// An issue after a message was written, with that message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueMessagePosted {
    #[serde(flatten)]
    pub issue: IssueOut,
    /// Message that was written.
    pub message: IssueMessageOut,
}
