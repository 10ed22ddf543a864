use super::model::Image;
use crate::http::valid::present;
use crate::media::{self, PictureSize};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Description of a new picture.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct NewImageQuery {
    /// Alternative text for people who cannot see the picture: at most 300 characters. Empty for mere decoration.
    #[garde(length(chars, max = 300))]
    #[param(example = "The bay at sunset, seen from the terrace", max_length = 300)]
    pub alt: String,
}

/// Change of a picture. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateImage {
    /// Alternative text for people who cannot see the picture: at most 300 characters.
    #[garde(inner(length(chars, max = 300)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 300, example = "The bay at sunset, seen from the terrace")]
    pub alt: Option<String>,
    /// Position of the picture, from 0; the others move up. A position beyond the end puts the picture last.
    #[garde(inner(range(min = 0, max = 29)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 29)]
    pub position: Option<i32>,
    /// `true` to make this the primary picture, in place of the current one.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_primary: Option<bool>,
}

/// New order of the pictures.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageOrder {
    /// Ids of all existing pictures, in their new order.
    #[garde(length(max = 30))]
    #[schema(max_items = 30)]
    pub image_ids: Vec<Uuid>,
}

/// A picture in all its sizes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ImageOut {
    /// Identifier of the picture.
    pub id: Uuid,
    /// Alternative text for people who cannot see the picture.
    #[schema(example = "The bay at sunset, seen from the terrace")]
    pub alt: String,
    /// Position of the picture, from 0.
    pub position: i32,
    /// `true` for the picture to show where there is space for only one.
    pub is_primary: bool,
    /// Address of the picture in its largest size. The content at this address never changes.
    #[schema(example = "/v1/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08-2400.jpg")]
    pub url: String,
    /// Width of the largest size, in pixels.
    #[schema(example = 2400)]
    pub width: u32,
    /// Height of the largest size, in pixels.
    #[schema(example = 1600)]
    pub height: u32,
    /// All sizes of the picture, narrowest first: 320, 800 and 1600 pixels wide, as far as the picture is wider, and
    /// the largest.
    pub sizes: Vec<PictureSize>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Image> for ImageOut {
    fn from(row: Image) -> Self {
        let own = row.sizes();
        let Image {
            property_id: _,
            id,
            room_type_id: _,
            position,
            is_primary,
            alt,
            key,
            format,
            sizes: _,
            version,
            created_at,
            updated_at,
            offer_id: _,
        } = row;
        let sizes = media::sizes_of(&key, format, &own);
        let (width, height, url) =
            sizes.last().map(|largest| (largest.width, largest.height, largest.url.clone())).unwrap_or_default();
        Self { id, alt, position, is_primary, url, width, height, sizes, version, created_at, updated_at }
    }
}
