use super::AuditEntry;
use serde::Serialize;

/// An entry of the history of a booking, in words too.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// Sentence that tells what happened, in the language of the answer.
    #[schema(example = "Maria Costa moved the stay from room 101 to room 102.")]
    pub summary: String,
    /// Changed fields in words, without those that tell people nothing, such as ids of the entry itself.
    pub details: Vec<TimelineDetail>,
}

/// A changed field in words.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TimelineDetail {
    /// Name of the field, as in `changes`.
    #[schema(example = "room_id")]
    pub field: String,
    /// Label of the field, in the language of the answer.
    #[schema(example = "room")]
    pub label: String,
    /// Value before the change, as people write it; null if there was none, or if it is withheld.
    #[schema(example = "101")]
    pub before: Option<String>,
    /// Value after the change, as people write it; null if there is none, or if it is withheld.
    #[schema(example = "102")]
    pub after: Option<String>,
    /// `true` for a field that may tell of people: the record says only that it changed.
    pub is_withheld: bool,
}
