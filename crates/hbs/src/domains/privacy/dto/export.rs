use crate::domains::privacy::model::export::{Export, ExportId, ExportStatus};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Person whose data is to be exported: an account, or a guest's profile at a hotel.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderExport {
    /// Identifier of the account, for all that there is of it at all hotels; null if the person is named by a profile.
    #[garde(skip)]
    #[serde(default)]
    pub user_id: Option<Uuid>,
    /// Identifier of the guest's profile, for what its hotel has of the guest, in profiles that were merged with it, too; null if the
    /// person is named by an account.
    #[garde(skip)]
    #[serde(default)]
    pub guest_profile_id: Option<Uuid>,
}

/// An export of personal data: an archive (ZIP) of what is kept of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonalExport {
    /// Identifier of the export.
    #[schema(value_type = Uuid)]
    pub id: ExportId,
    /// State of the export.
    pub status: ExportStatus,
    /// Identifier of the account whose data it holds; null if it is of somebody without one, or of a profile.
    pub user_id: Option<Uuid>,
    /// Identifier of the property that it is about; null if it is of an account, hence about all of them.
    pub property_id: Option<Uuid>,
    /// Identifier of the guest's profile whose data it holds; null if it is not of a profile.
    pub guest_profile_id: Option<Uuid>,
    /// Identifier of the booking by which a guest without an account has asked for it; null if it was not asked for so.
    pub booking_id: Option<Uuid>,
    /// Language of the page for readers: English or Portuguese, whichever is nearer to this one.
    #[schema(value_type = String, example = "pt-PT")]
    pub language: Locale,
    /// `true` if numbers of identity documents are in it in full. They are masked if staff asked for it who may not read them.
    pub with_documents: bool,
    /// Address under which the archive can be downloaded, from the root of the API; null until it is ready, for guests without
    /// an account, to whom it is mailed, and for staff who may not read the documents in it.
    #[schema(example = "/v1/exports/0193b3a0-0000-7000-8000-000000000000/download?signature=eyJ0")]
    pub download_url: Option<String>,
    /// Time until which that address is good (UTC); null without one. Each answer has a new one.
    pub download_expires_at: Option<DateTime<Utc>>,
    /// Size of the archive in bytes; null until it is ready.
    pub size_bytes: Option<i64>,
    /// SHA-256 of the archive, in hexadecimal; null until it is ready.
    pub sha256: Option<String>,
    /// Time at which the archive was ready (UTC); null until then.
    pub finished_at: Option<DateTime<Utc>>,
    /// Time at which the archive is removed (UTC); null until it is ready.
    pub kept_until: Option<DateTime<Utc>>,
    /// Time at which the export was asked for (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl PersonalExport {
    /// An export as it is shown, with the address of its archive and the time until which that is good, if it is to be shown.
    pub fn new(export: Export, address: Option<(String, DateTime<Utc>)>) -> Self {
        let Export {
            id,
            status,
            locale,
            user_id,
            property_id,
            guest_id,
            booking_id,
            requested_by: _,
            failures: _,
            size_bytes,
            sha256,
            finished_at,
            kept_until,
            version: _,
            created_at,
            updated_at,
            with_documents,
        } = export;
        let (download_url, download_expires_at) = address.unzip();
        Self {
            id,
            status,
            user_id,
            property_id,
            guest_profile_id: guest_id,
            booking_id,
            language: locale,
            with_documents,
            download_url,
            download_expires_at,
            size_bytes,
            sha256,
            finished_at,
            kept_until,
            created_at,
            updated_at,
        }
    }
}

/// Signature of the address of an archive.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DownloadQuery {
    /// Signature that the address has, which says until when it is good.
    #[garde(length(chars, max = 1000))]
    #[param(max_length = 1000)]
    pub signature: String,
}
