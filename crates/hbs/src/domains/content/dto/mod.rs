mod blocks;
mod public;

pub use blocks::{Block, ContactBlock, ContentBody, LinkBlock, PictureBlock};
pub use public::{
    AlternatesQuery, PageFilter, PageQueryOf, PreviewOut, PublicPage, SearchFound, SearchQuery, ShownBlock, ShownPicture,
    SitemapQuery, TargetOut, TranslationOut,
};

use super::model::{ContentId, ContentKind, ContentStatus, Head, Item, Media, MediaId, Version};
use super::rules::schedule::LocalRule;
use crate::clock::YEARS;
use crate::http::valid::present;
use crate::media::{self, PictureSize};
use crate::numbers::hex;
use crate::plain_text::paragraphs;
use crate::texts::Locale;
use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

const LOCAL_FORMAT: &str = "%Y-%m-%dT%H:%M";

/// A time by the clocks of a place, to the minute: `2027-03-28T02:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(pub NaiveDateTime);

impl FromStr for LocalTime {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let time = NaiveDateTime::parse_from_str(text, LOCAL_FORMAT).ok().filter(|time| YEARS.contains(&time.year()));
        time.map(Self).ok_or_else(|| format!("{text:?} is not a local time such as \"2026-12-24T18:00\""))
    }
}

impl TryFrom<String> for LocalTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(LOCAL_FORMAT).fmt(f)
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

// Requests

/// Content that is added, with its first language.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateContent {
    /// Identifier of the property; null or left out for content of all hotels, which needs the permission for all.
    #[garde(skip)]
    #[serde(default)]
    pub property_id: Option<Uuid>,
    /// Kind of the content.
    #[garde(skip)]
    pub kind: ContentKind,
    /// Name that staff know it by, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Breakfast page")]
    pub name: String,
    /// Place in lists of its kind, 0 to 10,000: the lowest comes first, and of one place what was added first.
    #[garde(range(min = 0, max = 10_000))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub position: i32,
    /// Language of its first text (BCP 47).
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "en")]
    pub locale: Locale,
    /// Address in that language: lower-case letters, digits and single hyphens, 1 to 100 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 100), pattern(r"^[a-z0-9]+(-[a-z0-9]+)*$")))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$", example = "breakfast")]
    pub slug: Option<String>,
    /// Content of the first version.
    #[garde(dive)]
    pub content: ContentBody,
}

/// Change of what staff know content by. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateContent {
    /// Name that staff know it by, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Place in lists of its kind, 0 to 10,000. It counts at once, also for what is public.
    #[garde(inner(range(min = 0, max = 10_000)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub position: Option<i32>,
}

/// Language that is added to content.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddContentLocale {
    /// Language of the text (BCP 47).
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt")]
    pub locale: Locale,
    /// Address in this language: lower-case letters, digits and single hyphens, 1 to 100 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 100), pattern(r"^[a-z0-9]+(-[a-z0-9]+)*$")))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$", example = "pequeno-almoco")]
    pub slug: Option<String>,
    /// Content of the first version.
    #[garde(dive)]
    pub content: ContentBody,
}

/// New version of content in a language.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveContent {
    /// Content of the version, whole.
    #[garde(dive)]
    pub content: ContentBody,
}

/// New address of content in a language.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSlug {
    /// Address: lower-case letters, digits and single hyphens, 1 to 100 characters; null for none.
    #[garde(inner(length(chars, min = 1, max = 100), pattern(r"^[a-z0-9]+(-[a-z0-9]+)*$")))]
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, min_length = 1, max_length = 100, pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$", example = "breakfast")]
    pub slug: Option<String>,
}

/// Reason why a version goes back to its author.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReturnContent {
    /// Comment for the author, 1 to 1,000 characters; null or left out for none. It stands there until somebody saves, submits or
    /// publishes the text.
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 1000)]
    pub comment: Option<String>,
}

/// Times at which content goes live and is withdrawn by itself; at least one of them.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleContent {
    /// Local time at which the version that is worked on now goes live; null or left out if none is to. It is in the future.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$", example = "2026-12-24T18:00")]
    pub publish_at: Option<LocalTime>,
    /// Local time at which what is public then is withdrawn; null or left out if nothing is. It is after `publish_at`.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$", example = "2027-01-07T00:00")]
    pub unpublish_at: Option<LocalTime>,
    /// IANA time zone of the times, for content of all hotels; a hotel's content has the hotel's, and is null or left out here.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, example = "Europe/Lisbon")]
    pub time_zone: Option<String>,
}

/// Version that is to be worked on again.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreContent {
    /// Number of the version whose content becomes a new version, 1 to 1,000,000.
    #[garde(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1000000)]
    pub number: i32,
}

/// Preview that is asked for.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskForPreview {
    /// Number of the version to be shown, 1 to 1,000,000; that which is worked on if null or left out.
    #[garde(inner(range(min = 1, max = 1_000_000)))]
    #[schema(minimum = 1, maximum = 1000000)]
    pub number: Option<i32>,
    /// Minutes for which the link is good, 1 to 10,080, which is a week.
    #[garde(range(min = 1, max = 10_080))]
    #[schema(minimum = 1, maximum = 10080)]
    pub minutes: i32,
}

impl Default for AskForPreview {
    fn default() -> Self {
        Self { number: None, minutes: 60 }
    }
}

/// Filter of content.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct ContentFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission, and what is of all hotels if
    /// you hold it for all.
    pub property_id: Option<Uuid>,
    /// Kind of the content.
    #[param(inline)]
    pub kind: Option<ContentKind>,
    /// Status of the version that is worked on, in any language.
    #[param(inline)]
    pub status: Option<ContentStatus>,
    /// Words of the name, in any order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200)]
    pub q: Option<String>,
}

/// Versions that are compared.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
pub struct ComparisonQuery {
    /// Number of the earlier version, 1 to 1,000,000.
    #[garde(range(min = 1, max = 1_000_000))]
    #[param(minimum = 1, maximum = 1000000)]
    pub from: i32,
    /// Number of the later version, 1 to 1,000,000.
    #[garde(range(min = 1, max = 1_000_000))]
    #[param(minimum = 1, maximum = 1000000)]
    pub to: i32,
}

/// Filter of pictures for content.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct MediaFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission, and what is of all hotels if
    /// you hold it for all.
    pub property_id: Option<Uuid>,
}

/// Facts about a picture that is added.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
pub struct NewMediaQuery {
    /// Identifier of the property; if left out, the picture is for content of all hotels, which needs the permission for all.
    #[garde(skip)]
    #[serde(default)]
    pub property_id: Option<Uuid>,
    /// Name that staff know the picture by, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200, example = "Breakfast room")]
    pub name: String,
    /// Point that stays visible when the picture is cut: percent from the left, 0 to 100.
    #[garde(range(min = 0, max = 100))]
    #[serde(default = "middle")]
    #[param(minimum = 0, maximum = 100, default = 50)]
    pub focal_x: i32,
    /// Point that stays visible when the picture is cut: percent from the top, 0 to 100.
    #[garde(range(min = 0, max = 100))]
    #[serde(default = "middle")]
    #[param(minimum = 0, maximum = 100, default = 50)]
    pub focal_y: i32,
}

fn middle() -> i32 {
    50
}

// Answers

/// Time by the clocks of a place, and the instant that it is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ScheduledTime {
    /// Local time, as it was asked for.
    #[schema(value_type = String, example = "2027-03-28T01:30")]
    pub local: LocalTime,
    /// Instant at which it happens (UTC).
    pub instant: DateTime<Utc>,
    /// Rule by which the local time became the instant.
    pub rule: LocalRule,
}

/// Schedule of content in a language.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ScheduleOut {
    /// IANA time zone of the local times. The instants stay, also if the hotel's zone is changed later.
    #[schema(example = "Europe/Lisbon")]
    pub time_zone: String,
    /// Number of the version that goes live; null if none is to.
    pub number: Option<i32>,
    /// Time at which it goes live; null if none is to.
    pub publish: Option<ScheduledTime>,
    /// Time at which what is public then is withdrawn; null if nothing is.
    pub unpublish: Option<ScheduledTime>,
}

impl ScheduleOut {
    fn of(head: &Head) -> Option<Self> {
        let zone = head.schedule_zone.clone()?;
        let at = |local: Option<NaiveDateTime>, instant: Option<DateTime<Utc>>| {
            let (local, instant) = local.zip(instant)?;
            Some(ScheduledTime { local: LocalTime(local), instant, rule: LocalRule::of(local, &zone) })
        };
        Some(Self {
            number: head.publish_number,
            publish: at(head.publish_local, head.publish_at),
            unpublish: at(head.unpublish_local, head.unpublish_at),
            time_zone: zone,
        })
    }
}

/// Content in a language: its address, its state, and which versions are what.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContentLocaleOut {
    /// Identifier of the content.
    #[schema(value_type = Uuid)]
    pub content_id: ContentId,
    /// Identifier of the property; null for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Language of the text (BCP 47).
    #[schema(value_type = String, example = "en")]
    pub locale: Locale,
    /// Address in this language; null for none.
    #[schema(example = "breakfast")]
    pub slug: Option<String>,
    /// Status of the version that is worked on.
    pub status: ContentStatus,
    /// Number of the version that is worked on.
    pub number: i32,
    /// Comment with which it came back from review; null for none.
    pub review_comment: Option<String>,
    /// Number of the version that is public; null if none is.
    pub published_number: Option<i32>,
    /// Time at which it became public (UTC); null if none is.
    pub published_at: Option<DateTime<Utc>>,
    /// Schedule; null for none.
    pub schedule: Option<ScheduleOut>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Head> for ContentLocaleOut {
    fn from(head: Head) -> Self {
        Self {
            content_id: head.content_id,
            property_id: head.property_id(),
            schedule: ScheduleOut::of(&head),
            locale: head.locale,
            slug: head.slug,
            status: head.status,
            number: head.working_number,
            review_comment: head.review_comment,
            published_number: head.published_number,
            published_at: head.published_at,
            version: head.version,
            created_at: head.created_at,
            updated_at: head.updated_at,
        }
    }
}

/// Content in a language with what the version that is worked on says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContentDraftOut {
    /// Content in a language.
    #[serde(flatten)]
    pub locale: ContentLocaleOut,
    /// Content of the version that is worked on.
    pub content: ContentBody,
}

/// Content in all of its languages, without what it says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContentOut {
    /// Identifier of the content.
    #[schema(value_type = Uuid)]
    pub id: ContentId,
    /// Identifier of the property; null for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Kind of the content.
    pub kind: ContentKind,
    /// Name that staff know it by.
    #[schema(example = "Breakfast page")]
    pub name: String,
    /// Place in lists of its kind.
    pub position: i32,
    /// Languages of the content, in the order of their codes.
    pub locales: Vec<ContentLocaleOut>,
    /// Number that grows with each change of name or position; the `ETag` header carries it. Languages have versions of their
    /// own.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change of name or position (UTC).
    pub updated_at: DateTime<Utc>,
}

impl ContentOut {
    pub fn new(item: Item, heads: Vec<Head>) -> Self {
        let Item { property_id, id, kind, name, position, version, created_at, updated_at } = item;
        let locales = heads.into_iter().map(Into::into).collect();
        Self { id, property_id, kind, name, position, locales, version, created_at, updated_at }
    }
}

/// Version of content in a language, without what it says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContentVersionOut {
    /// Number of the version; the first one is 1.
    pub number: i32,
    /// Title of the version.
    pub title: String,
    /// Number of the version that it restores; null if it restores none.
    pub restored_from: Option<i32>,
    /// Identifier of the user who wrote it; null if an integration or HBS did.
    pub author_id: Option<Uuid>,
    /// Digest of what it says (SHA-256, hexadecimal).
    pub digest: String,
    /// Time at which it was written (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<Version> for ContentVersionOut {
    fn from(version: Version) -> Self {
        let Version { number, title, restored_from, author_id, digest, created_at, .. } = version;
        Self { number, title, restored_from, author_id, digest: hex(&digest), created_at }
    }
}

/// Version of content in a language.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContentVersionDetails {
    /// Identifier of the property; null for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Version without what it says.
    #[serde(flatten)]
    pub about: ContentVersionOut,
    /// Content of the version.
    pub content: ContentBody,
}

/// Field that differs between two versions.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ContentFieldChange {
    /// Name of the field.
    #[schema(example = "title")]
    pub name: &'static str,
    /// Text in the earlier version; null for none.
    pub before: Option<String>,
    /// Text in the later version; null for none.
    pub after: Option<String>,
}

/// Block that differs between two versions: taken away, added, or changed in its place.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ContentBlockChange {
    /// Place in the earlier version, the first is 0; null for a block that was added.
    pub before_index: Option<usize>,
    /// Place in the later version, the first is 0; null for a block that was taken away.
    pub after_index: Option<usize>,
    /// Block in the earlier version; null for one that was added.
    pub before: Option<Block>,
    /// Block in the later version; null for one that was taken away.
    pub after: Option<Block>,
}

/// Difference between two versions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContentComparison {
    /// Identifier of the property; null for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Number of the earlier version.
    pub from: i32,
    /// Number of the later version.
    pub to: i32,
    /// Fields that differ.
    pub fields: Vec<ContentFieldChange>,
    /// Blocks that differ, in their order.
    pub blocks: Vec<ContentBlockChange>,
}

/// Link to a preview.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewLink {
    /// Identifier of the property; null for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Token, by which whoever has it sees the version at `url` without sign-in.
    pub token: String,
    /// Address of the preview, from the root of the API.
    #[schema(example = "/v1/content-previews/eyJhbGciOiJIUzI1NiJ9")]
    pub url: String,
    /// Time at which the link ends (UTC).
    pub expires_at: DateTime<Utc>,
}

/// Picture for content.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContentMediaOut {
    /// Identifier of the picture.
    #[schema(value_type = Uuid)]
    pub id: MediaId,
    /// Identifier of the property; null for pictures for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Name that staff know the picture by.
    pub name: String,
    /// Point that stays visible when the picture is cut: percent from the left.
    pub focal_x: i32,
    /// Point that stays visible when the picture is cut: percent from the top.
    pub focal_y: i32,
    /// Sizes in which there is the picture, narrowest first.
    pub sizes: Vec<PictureSize>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Media> for ContentMediaOut {
    fn from(row: Media) -> Self {
        let sizes = media::sizes_of(&row.key, row.format, &row.sizes());
        let Media { property_id, id, name, key: _, format: _, sizes: _, focal_x, focal_y, version, created_at, updated_at } = row;
        Self { id, property_id, name, focal_x, focal_y, sizes, version, created_at, updated_at }
    }
}

/// Returns the value by which documents keep content, and by which it is compared.
pub fn to_json(content: &ContentBody) -> serde_json::Value {
    json!(content)
}
