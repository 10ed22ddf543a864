use crate::ids::id;
use crate::media::{PictureFormat, Size};
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{
    content_items, content_locales, content_media, content_redirects, content_version_links, content_version_media,
    content_versions,
};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of an item of content.
    pub struct ContentId;
}
id! {
    /// Id of a version of content, and of its document.
    pub struct VersionId;
}
id! {
    /// Id of a picture for content.
    pub struct MediaId;
}

text_enum! {
    /// Kind of content: it says which blocks there may be.
    pub enum ContentKind {
        Page = "page",
        Banner = "banner",
        Announcement = "announcement",
        /// Questions and their answers.
        Faq = "faq",
        Policy = "policy",
        Testimonial = "testimonial",
        Facility = "facility",
        Promotion = "promotion",
        HotelInformation = "hotel_information",
    }
}

text_enum! {
    /// Status of the version that is worked on: `draft`, `in_review`, `published` if it is what the public reads, `archived` if
    /// it was withdrawn.
    pub enum ContentStatus {
        Draft = "draft",
        InReview = "in_review",
        Published = "published",
        Archived = "archived",
    }
}

/// Maximum number of items of a site.
pub const MAX_ITEMS: i64 = 10_000;
/// Maximum number of languages of an item.
pub const MAX_LOCALES: usize = 40;

/// The site of a hotel, or that of all hotels: what leads the keys of content.
pub fn site_of(property_id: Option<Uuid>) -> Uuid {
    property_id.unwrap_or_default()
}

/// An item of content.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = content_items, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Item {
    pub property_id: Option<Uuid>,
    pub id: ContentId,
    pub kind: ContentKind,
    pub name: String,
    pub position: i32,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Item {
    pub fn site_id(&self) -> Uuid {
        site_of(self.property_id)
    }
}

impl Recorded for Item {
    const ENTITY: &'static str = "content";
    const OPEN: &'static [&'static str] = &["property_id", "id", "kind", "position"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// Change of an item.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = content_items)]
pub struct ItemChange {
    pub name: Option<String>,
    pub position: Option<i32>,
}

/// Head of a language of an item: which versions of it are what.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = content_locales, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
#[diesel(primary_key(site_id, content_id, locale), treat_none_as_null = true)]
pub struct Head {
    pub site_id: Uuid,
    pub content_id: ContentId,
    pub locale: Locale,
    pub slug: Option<String>,
    pub status: ContentStatus,
    pub working_id: VersionId,
    pub working_number: i32,
    pub review_comment: Option<String>,
    pub published_id: Option<VersionId>,
    pub published_number: Option<i32>,
    pub published_at: Option<DateTime<Utc>>,
    /// `true` if the public has ever read it: then a former address leads on.
    pub was_published: bool,
    pub publish_id: Option<VersionId>,
    pub publish_number: Option<i32>,
    pub publish_at: Option<DateTime<Utc>>,
    pub publish_local: Option<NaiveDateTime>,
    pub unpublish_at: Option<DateTime<Utc>>,
    pub unpublish_local: Option<NaiveDateTime>,
    pub schedule_zone: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Head {
    /// Begins a language with its first version, which is a draft.
    pub fn draft(item: &Item, locale: Locale, slug: Option<String>, version_id: VersionId, now: DateTime<Utc>) -> Self {
        Self {
            site_id: item.site_id(),
            content_id: item.id,
            locale,
            slug,
            status: ContentStatus::Draft,
            working_id: version_id,
            working_number: 1,
            review_comment: None,
            published_id: None,
            published_number: None,
            published_at: None,
            was_published: false,
            publish_id: None,
            publish_number: None,
            publish_at: None,
            publish_local: None,
            unpublish_at: None,
            unpublish_local: None,
            schedule_zone: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    pub fn property_id(&self) -> Option<Uuid> {
        Some(self.site_id).filter(|id| !id.is_nil())
    }

    pub fn is_live(&self) -> bool {
        self.published_id.is_some()
    }

    pub fn is_scheduled(&self) -> bool {
        self.publish_at.is_some() || self.unpublish_at.is_some()
    }
}

impl Recorded for Head {
    const ENTITY: &'static str = "content_locale";
    const OPEN: &'static [&'static str] = &[
        "content_id",
        "locale",
        "slug",
        "status",
        "working_id",
        "working_number",
        "published_id",
        "published_number",
        "published_at",
        "was_published",
        "publish_id",
        "publish_number",
        "publish_at",
        "publish_local",
        "unpublish_at",
        "unpublish_local",
        "schedule_zone",
    ];
    const SEALED: &'static [&'static str] = &["review_comment"];

    fn entity(&self) -> Entity {
        Entity::new(self.content_id.into()).at(self.property_id())
    }
}

/// A version as searches and lists know it; what it says is its document.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = content_versions, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Version {
    pub site_id: Uuid,
    pub content_id: ContentId,
    pub locale: Locale,
    pub id: VersionId,
    pub number: i32,
    pub title: String,
    pub summary: Option<String>,
    pub text: String,
    pub digest: Vec<u8>,
    pub author_id: Option<Uuid>,
    pub restored_from: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A link of a version to an item.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = content_version_links)]
pub struct VersionLink {
    pub site_id: Uuid,
    pub content_id: ContentId,
    pub locale: Locale,
    pub version_id: VersionId,
    pub target_id: ContentId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A picture of a version.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = content_version_media)]
pub struct VersionMedia {
    pub site_id: Uuid,
    pub content_id: ContentId,
    pub locale: Locale,
    pub version_id: VersionId,
    pub media_id: MediaId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A former address.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = content_redirects)]
pub struct Redirect {
    pub site_id: Uuid,
    pub locale: Locale,
    pub slug: String,
    pub content_id: ContentId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A picture for content.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = content_media, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Media {
    pub property_id: Option<Uuid>,
    pub id: MediaId,
    pub name: String,
    pub key: String,
    pub format: PictureFormat,
    pub sizes: serde_json::Value,
    pub focal_x: i32,
    pub focal_y: i32,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Media {
    /// Returns the existing sizes, narrowest first.
    pub fn sizes(&self) -> Vec<Size> {
        serde_json::from_value(self.sizes.clone()).unwrap_or_default()
    }
}

impl Recorded for Media {
    const ENTITY: &'static str = "content_media";
    const OPEN: &'static [&'static str] = &["property_id", "id", "key", "format", "sizes", "focal_x", "focal_y"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// Public face of an item in a language, without its content.
#[derive(Debug, Clone)]
pub struct Live {
    pub item: Item,
    pub head: Head,
    pub version_id: VersionId,
    pub published_at: DateTime<Utc>,
}

/// A language of an item of which something is due, and since when.
#[derive(Debug, Clone, QueryableByName)]
pub struct Due {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub content_id: ContentId,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub locale: Locale,
    #[diesel(sql_type = diesel::sql_types::Timestamptz)]
    pub due_at: DateTime<Utc>,
}

/// The beginning of a public text.
#[derive(Debug, Clone, QueryableByName)]
pub struct Excerpt {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub site_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub kind: ContentKind,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub locale: Locale,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub text: String,
}

/// A public text that a search found.
#[derive(Debug, Clone, QueryableByName)]
pub struct Hit {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub content_id: ContentId,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub kind: ContentKind,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub locale: Locale,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    pub slug: Option<String>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub title: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub excerpt: String,
}
