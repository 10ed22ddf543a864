//! Codes of offers as clients make and read them.
use crate::domains::offers::model::CodeRow;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Batch of codes to make, each of which is good for one booking.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCodes {
    /// Number of codes, 1 to 10,000.
    #[garde(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000, example = 500)]
    pub count: i32,
}

/// Batch of codes that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CreatedCodes {
    /// Identifier of the batch, by which its codes are listed and exported.
    pub batch_id: Uuid,
    /// Number of codes in it.
    pub count: usize,
}

/// Choice of an offer's codes.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct CodeList {
    /// Batch of the codes; all batches if left out.
    pub batch_id: Option<Uuid>,
}

/// A code of an offer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CodeOut {
    /// Identifier of the code.
    pub id: Uuid,
    /// Code, in capital letters.
    #[schema(example = "7KQ2M9XA41ZP")]
    pub code: String,
    /// Batch in which the code was made; null for the one code of an offer with the access `code`.
    pub batch_id: Option<Uuid>,
    /// Booking that the code was used for; null if it can be used, and for a code that is good for any number of bookings.
    pub booking_id: Option<Uuid>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<CodeRow> for CodeOut {
    fn from(row: CodeRow) -> Self {
        let CodeRow { id, code, batch_id, booking_id, created_at } = row;
        Self { id, code, batch_id, booking_id, created_at }
    }
}
