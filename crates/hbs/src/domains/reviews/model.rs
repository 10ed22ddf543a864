use crate::ids::id;
use crate::media::PictureFormat;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use hbs_schema::{review_invitations, review_photos, review_reports, review_response_versions, reviews};
use serde::Serialize;
use uuid::Uuid;

/// Maximum number of photos of a review.
pub const MAX_PHOTOS: usize = 10;
/// Days after the departure in which a review can be written.
pub const WRITE_WITHIN_DAYS: i64 = 180;
/// Time for which the link of an invitation works.
pub const LINK_LASTS: TimeDelta = TimeDelta::days(60);
/// Days after the departure in which guests are still asked for a review, by a job that was away.
pub const INVITE_WITHIN_DAYS: i32 = 14;

id! {
    /// Id of a review.
    pub struct ReviewId;
}

id! {
    /// Id of a photo of a review.
    pub struct ReviewPhotoId;
}

id! {
    /// Id of a report about a review.
    pub struct ReviewReportId;
}

text_enum! {
    /// Status of a review: `pending` until staff publish it, if the hotel wants that; `published`; or `hidden` by staff.
    pub enum ReviewStatus {
        Pending = "pending",
        Published = "published",
        Hidden = "hidden",
    }
}

text_enum! {
    /// Reason for which a review is hidden, or reported.
    pub enum HidingReason {
        /// Insults, threats or hatred.
        Offensive = "offensive",
        /// Names, addresses or pictures of people who did not agree.
        PersonalData = "personal_data",
        /// Not about the stay.
        OffTopic = "off_topic",
        Advertising = "advertising",
        /// Invented, or paid for.
        Fake = "fake",
        /// By a competitor, or by somebody who is close to the hotel.
        ConflictOfInterest = "conflict_of_interest",
        Illegal = "illegal",
    }
}

text_enum! {
    /// Type of a journey.
    pub enum TravelType {
        Solo = "solo",
        Couple = "couple",
        Family = "family",
        Friends = "friends",
        Business = "business",
        Group = "group",
    }
}

text_enum! {
    /// Decision of staff about a review.
    pub enum ModerationAction {
        /// The review is shown. Open reports about it are dismissed.
        Publish = "publish",
        /// The review is not shown any more, for a reason. Open reports about it are upheld.
        Hide = "hide",
    }
}

text_enum! {
    /// Status of a report: `open` until staff decide about the review, then `upheld` or `dismissed`.
    pub enum ReviewReportStatus {
        Open = "open",
        /// The review was hidden.
        Upheld = "upheld",
        /// The review stays.
        Dismissed = "dismissed",
    }
}

// Columns of the row, and a part of the answer.
/// Ratings of a stay, each from 1 (poor) to 5 (excellent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reviews, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Ratings {
    /// Overall rating.
    #[schema(example = 4)]
    pub overall: i32,
    /// Rating of the staff; null if not given.
    pub staff: Option<i32>,
    /// Rating of the cleanliness; null if not given.
    pub cleanliness: Option<i32>,
    /// Rating of the comfort; null if not given.
    pub comfort: Option<i32>,
    /// Rating of the location; null if not given.
    pub location: Option<i32>,
    /// Rating of the facilities; null if not given.
    pub facilities: Option<i32>,
    /// Rating of the value for money; null if not given.
    pub value: Option<i32>,
}

/// A review of a stay.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reviews, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false, treat_none_as_null = true)]
#[diesel(primary_key(property_id, id))]
pub struct Review {
    pub property_id: Uuid,
    pub id: ReviewId,
    pub booking_id: Uuid,
    pub room_type_id: Uuid,
    /// Account that had the booking; none of a guest without one.
    pub author_id: Option<Uuid>,
    pub author_name: Option<String>,
    pub status: ReviewStatus,
    /// `true` while no stay of the booking in such a room has ended: its check-out was undone. A trigger sets it.
    pub is_suspended: bool,
    pub hidden_for: Option<HidingReason>,
    pub moderation_note: Option<String>,
    pub moderated_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    #[diesel(embed)]
    pub ratings: Ratings,
    pub title: Option<String>,
    pub body: Option<String>,
    pub language: Locale,
    pub travel_type: TravelType,
    pub departed_on: NaiveDate,
    pub nights: i32,
    pub edited_at: Option<DateTime<Utc>>,
    pub response: Option<String>,
    pub response_language: Option<Locale>,
    pub responded_at: Option<DateTime<Utc>>,
    pub response_edited_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Review {
    const ENTITY: &'static str = "review";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "booking_id",
        "room_type_id",
        "status",
        "is_suspended",
        "hidden_for",
        "moderated_at",
        "overall",
        "staff",
        "cleanliness",
        "comfort",
        "location",
        "facilities",
        "value",
        "language",
        "travel_type",
        "departed_on",
        "nights",
        "edited_at",
        "responded_at",
        "response_edited_at",
        // Of what else is told of a review.
        "photo_id",
        "reports_closed",
    ];
    const SEALED: &'static [&'static str] = &["author_name", "title", "body", "response", "moderation_note"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(Some(self.booking_id))
    }
}

impl Review {
    /// Returns `true` if everybody is shown the review.
    pub fn is_shown(&self) -> bool {
        self.status == ReviewStatus::Published && !self.is_suspended
    }
}

/// Words and ratings of an author, for a new review.
#[derive(Debug, Clone)]
pub struct Written {
    pub room_type_id: Option<Uuid>,
    pub ratings: Ratings,
    pub title: Option<String>,
    pub body: Option<String>,
    pub language: Locale,
    pub travel_type: TravelType,
    pub author_name: Option<String>,
}

/// A photo of a review.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = review_photos, check_for_backend(diesel::pg::Pg))]
pub struct ReviewPhoto {
    pub property_id: Uuid,
    pub id: ReviewPhotoId,
    pub review_id: ReviewId,
    pub key: String,
    pub format: PictureFormat,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A response as it was before it was changed or withdrawn.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = review_response_versions, check_for_backend(diesel::pg::Pg))]
pub struct ResponseVersion {
    pub property_id: Uuid,
    pub review_id: ReviewId,
    pub number: i32,
    pub body: String,
    pub language: Locale,
    pub written_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A report about a review.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = review_reports, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct ReviewReport {
    pub property_id: Uuid,
    pub id: ReviewReportId,
    pub review_id: ReviewId,
    pub reported_by: Uuid,
    pub reported_for: HidingReason,
    pub comment: Option<String>,
    pub status: ReviewReportStatus,
    pub closed_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for ReviewReport {
    const ENTITY: &'static str = "review_report";
    const OPEN: &'static [&'static str] = &["property_id", "id", "review_id", "reported_for", "status"];
    const SEALED: &'static [&'static str] = &["comment"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// An invitation to review, which a link in a mail belongs to.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = review_invitations, check_for_backend(diesel::pg::Pg))]
pub struct Invitation {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub expires_at: DateTime<Utc>,
}

/// A stay that has ended, as far as its review needs to know.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct EndedStay {
    pub room_type_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
}

/// A booking whose guests are to be asked for a review.
#[derive(Debug, Clone, QueryableByName)]
pub struct ToInvite {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub booking_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub contact_email: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    pub user_id: Option<Uuid>,
}

/// Number and sum of the overall ratings of a hotel or of a room type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    pub count: i64,
    pub sum: i64,
}

/// Score of a room type of a hotel; of a hotel without reviews one without a room type.
#[derive(Debug, Clone, QueryableByName)]
pub struct HotelScore {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    pub room_type_id: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

impl HotelScore {
    pub fn score(&self) -> Score {
        Score { count: self.count, sum: self.sum }
    }
}

impl std::iter::Sum for Score {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), |all, one| Self { count: all.count + one.count, sum: all.sum + one.sum })
    }
}

/// Sums over reviews that count.
#[derive(Debug, Clone, Default, PartialEq, Eq, QueryableByName)]
pub struct Totals {
    #[diesel(sql_type = BigInt)]
    pub reviews: i64,
    #[diesel(sql_type = BigInt)]
    pub rated_1: i64,
    #[diesel(sql_type = BigInt)]
    pub rated_2: i64,
    #[diesel(sql_type = BigInt)]
    pub rated_3: i64,
    #[diesel(sql_type = BigInt)]
    pub rated_4: i64,
    #[diesel(sql_type = BigInt)]
    pub rated_5: i64,
    #[diesel(sql_type = BigInt)]
    pub staff_count: i64,
    #[diesel(sql_type = BigInt)]
    pub staff_sum: i64,
    #[diesel(sql_type = BigInt)]
    pub cleanliness_count: i64,
    #[diesel(sql_type = BigInt)]
    pub cleanliness_sum: i64,
    #[diesel(sql_type = BigInt)]
    pub comfort_count: i64,
    #[diesel(sql_type = BigInt)]
    pub comfort_sum: i64,
    #[diesel(sql_type = BigInt)]
    pub location_count: i64,
    #[diesel(sql_type = BigInt)]
    pub location_sum: i64,
    #[diesel(sql_type = BigInt)]
    pub facilities_count: i64,
    #[diesel(sql_type = BigInt)]
    pub facilities_sum: i64,
    #[diesel(sql_type = BigInt)]
    pub value_count: i64,
    #[diesel(sql_type = BigInt)]
    pub value_sum: i64,
}

impl Totals {
    /// Returns the number of reviews by overall rating, from 1 to 5.
    pub fn histogram(&self) -> [i64; 5] {
        [self.rated_1, self.rated_2, self.rated_3, self.rated_4, self.rated_5]
    }

    /// Returns number and sum of the overall ratings.
    pub fn score(&self) -> Score {
        let sum = self.histogram().iter().zip(1_i64..).map(|(count, stars)| count * stars).sum();
        Score { count: self.reviews, sum }
    }
}

/// Sums over the reviews of stays that ended in a month.
#[derive(Debug, Clone, QueryableByName)]
pub struct MonthTotals {
    #[diesel(sql_type = diesel::sql_types::Date)]
    pub month: NaiveDate,
    #[diesel(embed)]
    pub totals: Totals,
}
