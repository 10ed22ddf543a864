use crate::ids::id;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::privacy_exports;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

id! {
    /// Id of an export of personal data.
    pub struct ExportId;
}

text_enum! {
    /// State of an export of personal data.
    pub enum ExportStatus {
        /// It is made within a minute.
        Requested = "requested",
        /// The archive can be downloaded.
        Ready = "ready",
        /// It could not be made, although it was tried again and again. It can be asked for anew.
        Failed = "failed",
        /// The archive is removed.
        Expired = "expired",
    }
}

/// An export of what is kept of a person.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = privacy_exports, check_for_backend(diesel::pg::Pg))]
pub struct Export {
    pub id: ExportId,
    pub status: ExportStatus,
    pub locale: Locale,
    pub user_id: Option<Uuid>,
    pub property_id: Option<Uuid>,
    pub guest_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub requested_by: Option<Uuid>,
    pub failures: i32,
    pub size_bytes: Option<i64>,
    pub sha256: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
    pub kept_until: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// `false`: numbers of identity documents are masked in it.
    pub with_documents: bool,
}

impl Recorded for Export {
    const ENTITY: &'static str = "privacy_export";
    const OPEN: &'static [&'static str] = &[
        "id",
        "status",
        "user_id",
        "property_id",
        "guest_id",
        "booking_id",
        "failures",
        "size_bytes",
        "sha256",
        "finished_at",
        "kept_until",
        "with_documents",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// Whose data an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Somebody with an account: all that there is of it, at all hotels.
    Account(Uuid),
    /// A guest by their profile at a hotel: what that hotel has.
    Profile { property_id: Uuid, guest_id: Uuid },
    /// A guest without an account, by the address of a booking: what was booked with that address.
    Contact { property_id: Uuid, booking_id: Uuid },
}

impl Subject {
    pub fn user_id(self) -> Option<Uuid> {
        match self {
            Self::Account(id) => Some(id),
            Self::Profile { .. } | Self::Contact { .. } => None,
        }
    }

    pub fn property_id(self) -> Option<Uuid> {
        match self {
            Self::Account(_) => None,
            Self::Profile { property_id, .. } | Self::Contact { property_id, .. } => Some(property_id),
        }
    }

    pub fn guest_id(self) -> Option<Uuid> {
        match self {
            Self::Profile { guest_id, .. } => Some(guest_id),
            Self::Account(_) | Self::Contact { .. } => None,
        }
    }

    pub fn booking_id(self) -> Option<Uuid> {
        match self {
            Self::Contact { booking_id, .. } => Some(booking_id),
            Self::Account(_) | Self::Profile { .. } => None,
        }
    }
}

impl Export {
    /// Whose data it holds; the database sees to it that it is of somebody.
    pub fn subject(&self) -> Option<Subject> {
        match (self.user_id, self.property_id, self.guest_id, self.booking_id) {
            (Some(user_id), ..) => Some(Subject::Account(user_id)),
            (None, Some(property_id), Some(guest_id), _) => Some(Subject::Profile { property_id, guest_id }),
            (None, Some(property_id), None, Some(booking_id)) => Some(Subject::Contact { property_id, booking_id }),
            _ => None,
        }
    }

    /// Name of the file of the archive. It is in none of the forms that files with addresses have.
    pub fn file(&self) -> String {
        format!("export-{}.zip", self.id)
    }
}

/// An export that is asked for.
#[derive(Debug, Insertable)]
#[diesel(table_name = privacy_exports, check_for_backend(diesel::pg::Pg))]
pub struct NewExport {
    pub id: ExportId,
    pub status: ExportStatus,
    pub locale: Locale,
    pub user_id: Option<Uuid>,
    pub property_id: Option<Uuid>,
    pub guest_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub requested_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub with_documents: bool,
}

/// Archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What is a person's: by these ids it is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    pub user_id: Option<Uuid>,
    /// Hotels of the profiles and of the bookings, by which the rows of those are found.
    pub property_ids: BTreeSet<Uuid>,
    pub guest_ids: BTreeSet<Uuid>,
    pub booking_ids: BTreeSet<Uuid>,
}

/// Head of a section of an export.
#[derive(Debug)]
pub struct Heading {
    /// Name of the section in `data.json`.
    pub key: &'static str,
    /// Name of the section for readers, in English and in Portuguese.
    pub title: (&'static str, &'static str),
    /// Members of a row, in the order in which they are shown.
    pub fields: &'static [&'static str],
}

/// Section of an export: rows of one kind.
#[derive(Debug)]
pub struct Section {
    pub heading: Heading,
    /// Kind of number that is sealed in the rows.
    pub opens: Option<Opens>,
    /// Cursor over the rows.
    pub sql: &'static str,
}

/// Number of a document that is stored sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// That of a guest's profile.
    GuestDocument,
    /// That of a guest of a stay.
    StayDocument,
}

text_enum! {
    /// Place in an export where a file belongs.
    pub enum FilePlace {
        Avatar = "avatar",
        Review = "reviews",
        Message = "messages",
        Signature = "registration_cards",
        Invoice = "invoices",
    }
}

/// A file of a person.
#[derive(Debug, Clone)]
pub struct PersonalFile {
    pub place: FilePlace,
    pub property_id: Option<Uuid>,
    /// Id of what the file is of, or the key by which it is stored.
    pub id: Uuid,
    pub key: Option<String>,
    pub format: Option<String>,
    /// Name by which the person knows it.
    pub name: Option<String>,
}
