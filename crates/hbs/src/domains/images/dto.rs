use super::model::Image;
use crate::http::valid::present;
use crate::media::{self, PictureSize};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a new picture is described.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct NewImageQuery {
    /// What can be seen, for those who cannot see it: at most 300 characters. Empty for mere decoration.
    #[param(example = "The bay at sunset, seen from the terrace")]
    pub alt: String,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateImage {
    /// What can be seen, for those who cannot see it.
    #[garde(inner(length(chars, max = 300)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(example = "The bay at sunset, seen from the terrace")]
    pub alt: Option<String>,
    /// Its place among the others, from 0. The others move up. Beyond the end is the end.
    #[garde(inner(range(min = 0, max = 29)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 29)]
    pub position: Option<i32>,
    /// True makes it the primary picture instead of the one that is.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    pub is_primary: Option<bool>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageOrder {
    /// All pictures that there are, in their new order.
    #[garde(length(max = 30))]
    pub image_ids: Vec<Uuid>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ImageOut {
    pub id: Uuid,
    /// What can be seen, for those who cannot see it.
    #[schema(example = "The bay at sunset, seen from the terrace")]
    pub alt: String,
    /// From 0.
    pub position: i32,
    /// The one to show where there is room for one only.
    pub is_primary: bool,
    /// In its largest size. What is at this address never changes.
    #[schema(example = "/v1/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08-2400.jpg")]
    pub url: String,
    /// Of the largest size, in pixels.
    #[schema(example = 2400)]
    pub width: u32,
    #[schema(example = 1600)]
    pub height: u32,
    /// All sizes, narrowest first: 320, 800 and 1600 pixels wide, as far as the picture is wider, and the largest.
    pub sizes: Vec<PictureSize>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
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
        } = row;
        let sizes = media::sizes_of(&key, format, &own);
        let (width, height, url) =
            sizes.last().map(|largest| (largest.width, largest.height, largest.url.clone())).unwrap_or_default();
        Self { id, alt, position, is_primary, url, width, height, sizes, version, created_at, updated_at }
    }
}
