use crate::domains::privacy::rules::legal::KeptFor;
use crate::ids::id;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::erasures;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

id! {
    /// Id of an erasure.
    pub struct ErasureId;
}

text_enum! {
    /// Who asked for an erasure.
    pub enum AskedBy {
        /// The person, signed in or by the link to their booking.
        Person = "person",
        /// Staff, on behalf of the person.
        Staff = "staff",
        /// A system that was restored from a backup, and repeats an earlier erasure.
        Restore = "restore",
    }
}

text_enum! {
    /// Kind of an obstacle to an erasure.
    pub enum ObstacleKind {
        /// Stays are ahead, or guests are in the house.
        Stays = "stays",
        /// A folio is not settled.
        Balance = "balance",
        /// A payment is under way, or its outcome is not known.
        Payment = "payment",
        /// A payment is disputed.
        Dispute = "dispute",
        /// A refund is under way.
        Refund = "refund",
        /// The person works for a hotel: their roles are to be taken away first.
        Roles = "roles",
    }
}

/// An erasure that was done.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = erasures, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Erasure {
    pub id: ErasureId,
    pub asked_by: AskedBy,
    pub user_id: Option<Uuid>,
    pub hotel_ids: Vec<Option<Uuid>>,
    pub profile_ids: Vec<Option<Uuid>>,
    pub booking_ids: Vec<Option<Uuid>>,
    pub entity_ids: Vec<Option<Uuid>>,
    pub files: Vec<Option<String>>,
    pub statement: String,
    pub kid: String,
    pub signature: Vec<u8>,
    pub erased_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Erasure {
    const ENTITY: &'static str = "erasure";
    const OPEN: &'static [&'static str] = &["asked_by", "rows_erased", "rows_kept", "places"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into())
    }
}

/// A person, as far as they are to be found in the places of the inventory.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub users: Vec<Uuid>,
    pub guests: Vec<Uuid>,
    pub bookings: Vec<Uuid>,
    /// Hotels of the profiles and bookings.
    pub hotels: Vec<Uuid>,
    /// Addresses that are proved to be theirs, in lower case.
    pub addresses: Vec<String>,
    /// Addresses by which a hotel knows its guest, in lower case; none for an account, nor for whoever comes by a link.
    pub known_addresses: Vec<String>,
    /// Names, addresses and phone numbers, in lower case, by which a text quotes them.
    pub words: Vec<String>,
    /// Other things that tell of them; known after the commit only.
    pub entities: Vec<Uuid>,
    /// Language of their answer.
    pub locale: Option<Locale>,
}

/// An account that is to be erased, locked.
#[derive(Debug, Clone, QueryableByName)]
pub struct ErasedUser {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub email: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_email_verified: bool,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub locale: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_deleted: bool,
}

/// Content of the signed answer to an erasure. It names ids, counts and dates, and nothing of the person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErasureStatement {
    pub format: String,
    pub installation: String,
    pub erased_at: DateTime<Utc>,
    pub user_id: Option<Uuid>,
    pub guest_profile_ids: Vec<Uuid>,
    pub booking_ids: Vec<Uuid>,
    pub erased: Vec<ErasedPlace>,
    pub kept: Vec<KeptPlace>,
    pub elsewhere: Vec<OtherPlace>,
}

/// Place in which an erasure erased something.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ErasedPlace {
    /// Name of the place.
    #[schema(example = "bookings")]
    pub place: String,
    /// Name of the place in the language of the person.
    #[schema(example = "Bookings")]
    pub label: String,
    /// Number of rows that were deleted, or say nothing of the person any more.
    pub rows: i64,
}

/// Place in which data of an erased person stay, and why.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeptPlace {
    /// Name of the place.
    #[schema(example = "invoices")]
    pub place: String,
    /// Name of the place in the language of the person.
    #[schema(example = "Invoices and receipts")]
    pub label: String,
    /// Number of rows that stay; null for the record, of which the keys are destroyed.
    pub rows: Option<i64>,
    /// KeptFor for which they stay.
    pub reason: KeptFor,
    /// Sentence that explains the reason.
    pub explanation: String,
    /// Last day, inclusive, on which the law keeps the last of them; null where it does not end.
    pub until: Option<NaiveDate>,
}

/// Place outside of the database, and what becomes of it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OtherPlace {
    /// Name of the place.
    #[schema(example = "files")]
    pub place: String,
    /// Name of the place in the language of the person.
    #[schema(example = "Files")]
    pub label: String,
    /// Sentence that says what becomes of it.
    pub about: String,
}

/// Obstacle to an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ErasureObstacle {
    /// Kind of the obstacle.
    pub kind: ObstacleKind,
    /// Sentence that says what is to be done first.
    pub about: String,
    /// Bookings that it is about; none for roles.
    pub booking_ids: Vec<Uuid>,
}

/// A file that an erasure deletes.
#[derive(Debug, Clone, QueryableByName)]
pub struct KeyOfFile {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub kind: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub key: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub format: String,
}
