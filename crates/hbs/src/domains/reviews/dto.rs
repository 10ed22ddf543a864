use super::model::{
    HidingReason, ModerationAction, MonthTotals, Ratings, ResponseVersion, Review, ReviewId, ReviewPhoto, ReviewPhotoId,
    ReviewReport, ReviewReportId, ReviewReportStatus, ReviewStatus, Score, Totals, TravelType, Written,
};
use super::rules::average;
use crate::http::valid::{dates, present, sets};
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeSet;
use uuid::Uuid;

// What authors send

/// Ratings that an author gives, each from 1 (poor) to 5 (excellent).
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateStay {
    /// Overall rating, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5, example = 4)]
    pub overall: i32,
    /// Rating of the staff, 1 to 5; null or left out for none.
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    pub staff: Option<i32>,
    /// Rating of the cleanliness, 1 to 5; null or left out for none.
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    pub cleanliness: Option<i32>,
    /// Rating of the comfort, 1 to 5; null or left out for none.
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    pub comfort: Option<i32>,
    /// Rating of the location, 1 to 5; null or left out for none.
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    pub location: Option<i32>,
    /// Rating of the facilities, 1 to 5; null or left out for none.
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    pub facilities: Option<i32>,
    /// Rating of the value for money, 1 to 5; null or left out for none.
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    pub value: Option<i32>,
}

impl From<RateStay> for Ratings {
    fn from(given: RateStay) -> Self {
        let RateStay { overall, staff, cleanliness, comfort, location, facilities, value } = given;
        Self { overall, staff, cleanliness, comfort, location, facilities, value }
    }
}

/// Review of a stay.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReview {
    /// Identifier of the booking, which is your own.
    #[garde(skip)]
    pub booking_id: Uuid,
    /// Identifier of the room type that is reviewed; may be left out where all guests of the booking were in rooms of one type.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    /// Ratings of the stay.
    #[garde(dive)]
    pub ratings: RateStay,
    /// Title, 1 to 150 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 150)))]
    #[schema(min_length = 1, max_length = 150, example = "Quiet rooms, long queue")]
    pub title: Option<String>,
    /// Text, 1 to 5,000 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 5000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "The bed was good, the breakfast better.")]
    pub text: Option<String>,
    /// Language of title and text.
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub language: Locale,
    /// Type of the journey.
    #[garde(skip)]
    pub travel_type: TravelType,
    /// Name that readers see, 1 to 80 characters; the first name of the booking's contact if left out.
    #[garde(inner(length(chars, min = 1, max = 80)))]
    #[schema(min_length = 1, max_length = 80, example = "Ana")]
    pub author_name: Option<String>,
}

impl From<CreateReview> for (Uuid, Written) {
    fn from(review: CreateReview) -> Self {
        let CreateReview { booking_id, room_type_id, ratings, title, text, language, travel_type, author_name } = review;
        let ratings = ratings.into();
        (booking_id, Written { room_type_id, ratings, title, body: text, language, travel_type, author_name })
    }
}

/// Link to write a review, as it was mailed.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenReviewLink {
    /// Token of the link in the mail.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
}

/// Review of a stay by the link in a mail.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReviewByLink {
    /// Token of the link in the mail. It works once for each type of room of the booking.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// Identifier of the room type that is reviewed; may be left out where all guests of the booking were in rooms of one type.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    /// Ratings of the stay.
    #[garde(dive)]
    pub ratings: RateStay,
    /// Title, 1 to 150 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 150)))]
    #[schema(min_length = 1, max_length = 150)]
    pub title: Option<String>,
    /// Text, 1 to 5,000 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 5000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000)]
    pub text: Option<String>,
    /// Language of title and text.
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub language: Locale,
    /// Type of the journey.
    #[garde(skip)]
    pub travel_type: TravelType,
    /// Name that readers see, 1 to 80 characters; the first name of the booking's contact if left out.
    #[garde(inner(length(chars, min = 1, max = 80)))]
    #[schema(min_length = 1, max_length = 80)]
    pub author_name: Option<String>,
}

impl From<CreateReviewByLink> for (String, Written) {
    fn from(review: CreateReviewByLink) -> Self {
        let CreateReviewByLink { token, room_type_id, ratings, title, text, language, travel_type, author_name } = review;
        let ratings = ratings.into();
        (token, Written { room_type_id, ratings, title, body: text, language, travel_type, author_name })
    }
}

/// Stay that a link asks to review.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewInvitationOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the hotel, in the reader's language if there is one in it, else in the hotel's own.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Room types that can be reviewed: those in which the guests were, without those that have their review.
    pub room_types: Vec<ReviewableType>,
    /// Time at which the link ends (UTC).
    pub expires_at: DateTime<Utc>,
}

/// Room type that can be reviewed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewableType {
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Name of the room type, in the reader's language if there is one in it, else in the hotel's own.
    #[schema(example = "Deluxe double with sea view")]
    pub name: String,
    /// Day of arrival of the last stay in such a room.
    pub check_in: NaiveDate,
    /// Day of departure of that stay.
    pub check_out: NaiveDate,
}

/// Change of the ratings of a review. Fields that are left out stay as they are.
#[derive(Debug, Clone, Copy, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateAnew {
    /// Overall rating, 1 to 5.
    #[garde(inner(range(min = 1, max = 5)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub overall: Option<i32>,
    /// Rating of the staff, 1 to 5; null for none.
    #[garde(inner(inner(range(min = 1, max = 5))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 5)]
    pub staff: Option<Option<i32>>,
    /// Rating of the cleanliness, 1 to 5; null for none.
    #[garde(inner(inner(range(min = 1, max = 5))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 5)]
    pub cleanliness: Option<Option<i32>>,
    /// Rating of the comfort, 1 to 5; null for none.
    #[garde(inner(inner(range(min = 1, max = 5))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 5)]
    pub comfort: Option<Option<i32>>,
    /// Rating of the location, 1 to 5; null for none.
    #[garde(inner(inner(range(min = 1, max = 5))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 5)]
    pub location: Option<Option<i32>>,
    /// Rating of the facilities, 1 to 5; null for none.
    #[garde(inner(inner(range(min = 1, max = 5))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 5)]
    pub facilities: Option<Option<i32>>,
    /// Rating of the value for money, 1 to 5; null for none.
    #[garde(inner(inner(range(min = 1, max = 5))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 5)]
    pub value: Option<Option<i32>>,
}

impl RateAnew {
    fn changed(self, before: Ratings) -> Ratings {
        let Self { overall, staff, cleanliness, comfort, location, facilities, value } = self;
        Ratings {
            overall: overall.unwrap_or(before.overall),
            staff: staff.unwrap_or(before.staff),
            cleanliness: cleanliness.unwrap_or(before.cleanliness),
            comfort: comfort.unwrap_or(before.comfort),
            location: location.unwrap_or(before.location),
            facilities: facilities.unwrap_or(before.facilities),
            value: value.unwrap_or(before.value),
        }
    }
}

/// Change of a review by its author. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateReview {
    /// Ratings that change.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub ratings: Option<RateAnew>,
    /// Title, 1 to 150 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 150))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 150)]
    pub title: Option<Option<String>>,
    /// Text, 1 to 5,000 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 5000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(min_length = 1, max_length = 5000)]
    pub text: Option<Option<String>>,
    /// Language of title and text.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub language: Option<Locale>,
    /// Type of the journey.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub travel_type: Option<TravelType>,
    /// Name that readers see, 1 to 80 characters.
    #[garde(inner(length(chars, min = 1, max = 80)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 80)]
    pub author_name: Option<String>,
}

impl UpdateReview {
    /// Returns what the change makes of a review.
    pub fn changed(&self, before: &Review) -> Review {
        let Self { ratings, title, text, language, travel_type, author_name } = self;
        Review {
            ratings: ratings.map_or(before.ratings, |ratings| ratings.changed(before.ratings)),
            title: title.clone().unwrap_or_else(|| before.title.clone()),
            body: text.clone().unwrap_or_else(|| before.body.clone()),
            language: language.clone().unwrap_or_else(|| before.language.clone()),
            travel_type: travel_type.unwrap_or(before.travel_type),
            author_name: author_name.clone().or_else(|| before.author_name.clone()),
            ..before.clone()
        }
    }
}

// What readers and staff send

/// Response of the hotel to a review.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReviewResponse {
    /// Text, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "Thank you. The queue is gone: we open a second desk in the morning.")]
    pub text: String,
    /// Language of the text.
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "en")]
    pub language: Locale,
}

/// Decision of staff about a review.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModerateReview {
    /// Decision about the review.
    #[garde(skip)]
    pub action: ModerationAction,
    /// Reason for hiding the review, which readers are told as a number of hidden reviews; needed with `hide`.
    #[garde(skip)]
    pub reason: Option<HidingReason>,
    /// Note for staff, 1 to 500 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// Report about a review.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportReview {
    /// Reason why the review should be hidden.
    #[garde(skip)]
    pub reason: HidingReason,
    /// Comment for staff, 1 to 1,000 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 1000)]
    pub comment: Option<String>,
}

/// Order of reviews; a leading hyphen reverses it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ReviewSort {
    #[serde(rename = "created_at")]
    Created,
    #[default]
    #[serde(rename = "-created_at")]
    CreatedLast,
    /// Overall rating, the lowest first.
    #[serde(rename = "rating")]
    Rating,
    /// Overall rating, the highest first.
    #[serde(rename = "-rating")]
    RatingLast,
}

/// Overall ratings, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stars(pub Vec<i32>);

impl TryFrom<String> for Stars {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let star = |word: &str| word.trim().parse::<i32>().ok().filter(|stars| (1..=5).contains(stars));
        let stars: Option<Vec<i32>> = text.split(',').map(star).collect();
        stars.filter(|stars| stars.len() <= 5).map(Self).ok_or_else(|| format!("{text:?} is no set of ratings from 1 to 5"))
    }
}

/// Statuses of reviews, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStatuses(pub Vec<ReviewStatus>);

impl TryFrom<String> for ReviewStatuses {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split(',').map(|word| word.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

/// Choice of published reviews of a hotel.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ReviewFilter {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room type that is reviewed.
    pub room_type_id: Option<Uuid>,
    /// Overall ratings from 1 to 5, separated by commas: `1,2`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "4,5", pattern = r"^[1-5](,[1-5]){0,4}$")]
    pub rating: Option<Stars>,
    /// Language in which the review is written, without a country: `pt` finds `pt-BR`, too.
    #[garde(inner(pattern(r"^[a-z]{2,3}$")))]
    #[param(example = "pt", pattern = r"^[a-z]{2,3}$")]
    pub language: Option<String>,
    /// Type of the journey.
    #[param(inline)]
    pub travel_type: Option<TravelType>,
    /// `true` for reviews with a response of the hotel, `false` for those without.
    pub has_response: Option<bool>,
    /// Order of the reviews; the newest comes first if left out.
    #[serde(default)]
    #[param(inline)]
    pub sort: ReviewSort,
}

/// Choice of the reviews that a summary is of.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ReviewSummaryQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room type that is reviewed; all room types if left out.
    pub room_type_id: Option<Uuid>,
    /// Language in which the reviews are written, without a country; all languages if left out.
    #[garde(inner(pattern(r"^[a-z]{2,3}$")))]
    #[param(example = "pt", pattern = r"^[a-z]{2,3}$")]
    pub language: Option<String>,
    /// Type of the journey; all types if left out.
    #[param(inline)]
    pub travel_type: Option<TravelType>,
}

/// Maximum number of hotels whose averages are asked for at once.
const MOST_HOTELS: usize = 200;

/// Identifiers of hotels, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedHotels(pub BTreeSet<Uuid>);

impl TryFrom<String> for RatedHotels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let id = |word: &str| word.trim().parse::<Uuid>().map_err(|_| format!("{word:?} is not an identifier"));
        let ids: BTreeSet<Uuid> = text.split(',').map(id).collect::<Result<_, _>>()?;
        if ids.len() > MOST_HOTELS { Err(format!("has at most {MOST_HOTELS} properties")) } else { Ok(Self(ids)) }
    }
}

/// Choice of the hotels whose averages are asked for.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ReviewAveragesQuery {
    /// Identifiers of 1 to 200 properties, separated by commas.
    #[serde(deserialize_with = "sets::required")]
    #[param(value_type = String, pattern = r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$")]
    pub property_id: RatedHotels,
}

/// Choice of reviews by staff.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct StaffReviewFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Identifier of the room type that is reviewed.
    pub room_type_id: Option<Uuid>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Statuses of the review, separated by commas: `pending,hidden`.
    #[garde(custom(few))]
    #[serde(deserialize_with = "sets::optional")]
    #[param(value_type = Option<Vec<ReviewStatus>>, style = Form, explode = false, inline, max_items = 3)]
    pub status: Option<ReviewStatuses>,
    /// Overall ratings from 1 to 5, separated by commas: `1,2`.
    #[serde(deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "1,2", pattern = r"^[1-5](,[1-5]){0,4}$")]
    pub rating: Option<Stars>,
    /// `true` for reviews with a response of the hotel, `false` for those without.
    pub has_response: Option<bool>,
    /// `true` for reviews with open reports, `false` for those without.
    pub is_reported: Option<bool>,
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn few(statuses: &Option<ReviewStatuses>, (): &()) -> garde::Result {
    match statuses {
        Some(ReviewStatuses(statuses)) if statuses.len() > ReviewStatus::ALL.len() => {
            Err(garde::Error::new("names a status twice"))
        }
        _ => Ok(()),
    }
}

/// Choice of the months of a hotel's figures.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ReviewFiguresQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First day of departure.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-01-01")]
    pub from: NaiveDate,
    /// Last day of departure, inclusive; at most ten years after `from`.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Identifier of the room type that is reviewed; all room types if left out.
    pub room_type_id: Option<Uuid>,
}

// What is answered

/// Photo of a review.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReviewPhotoOut {
    /// Identifier of the photo.
    #[schema(value_type = Uuid)]
    pub id: ReviewPhotoId,
    /// Address of the photo. Whoever may read the review may see it.
    #[schema(example = "/v1/reviews/01a203ed-d571-732d-9af1-34b36c0dae65/photos/01a203ed-d571-7f3e-8ffd-6aedc95de3fe")]
    pub url: String,
}

impl From<ReviewPhoto> for ReviewPhotoOut {
    fn from(ReviewPhoto { id, review_id, .. }: ReviewPhoto) -> Self {
        Self { id, url: format!("/v1/reviews/{review_id}/photos/{id}") }
    }
}

/// Response of the hotel, as readers see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReviewResponseOut {
    /// Text of the response: plain text, never markup.
    pub text: String,
    /// Language of the text.
    #[schema(value_type = String, example = "en")]
    pub language: Locale,
    /// Time of the response (UTC).
    pub responded_at: DateTime<Utc>,
    /// Time of its last change (UTC); null if it was never changed.
    pub edited_at: Option<DateTime<Utc>>,
}

/// A review of a stay. All reviews are by guests whose stay has ended.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReviewOut {
    /// Identifier of the review.
    #[schema(value_type = Uuid)]
    pub id: ReviewId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room type in which the guests were.
    pub room_type_id: Uuid,
    /// Status of the review.
    pub status: ReviewStatus,
    /// Name that the author has chosen; null if the author was forgotten.
    #[schema(example = "Ana")]
    pub author_name: Option<String>,
    /// Ratings of the stay.
    pub ratings: Ratings,
    /// Title: plain text, never markup; null for none.
    #[schema(example = "Quiet rooms, long queue")]
    pub title: Option<String>,
    /// Text: plain text, never markup; null for none.
    pub text: Option<String>,
    /// Language of title and text.
    #[schema(value_type = String, example = "pt-PT")]
    pub language: Locale,
    /// Type of the journey.
    pub travel_type: TravelType,
    /// Month of the departure.
    #[schema(example = "2026-11")]
    pub stayed_in: String,
    /// Number of nights of the stay.
    pub nights: i32,
    /// Photos, in the order in which they were added.
    pub photos: Vec<ReviewPhotoOut>,
    /// Response of the hotel; null for none.
    pub response: Option<ReviewResponseOut>,
    /// Time of the author's last change (UTC); null if there was none.
    pub edited_at: Option<DateTime<Utc>>,
    /// Identifier of the booking; for the author and for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<Uuid>,
    /// Reason for which the review is hidden; for the author and for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_for: Option<HidingReason>,
    /// `true` while the review is not shown because the check-out was undone; for the author and for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_suspended: Option<bool>,
    /// Note of staff on their decision; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation_note: Option<String>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// Part of a review that a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The part that everybody sees.
    Public,
    /// The part that the author sees.
    Author,
    /// The part that staff see.
    Staff,
}

impl ReviewOut {
    pub fn new(review: Review, photos: Vec<ReviewPhoto>, sight: Sight) -> Self {
        let Review {
            property_id,
            id,
            booking_id,
            room_type_id,
            author_id: _,
            author_name,
            status,
            is_suspended,
            hidden_for,
            moderation_note,
            moderated_at: _,
            ratings,
            title,
            body,
            language,
            travel_type,
            departed_on,
            nights,
            edited_at,
            response,
            response_language,
            responded_at,
            response_edited_at,
            version,
            created_at,
            updated_at,
        } = review;
        let response = match (response, response_language, responded_at) {
            (Some(text), Some(language), Some(responded_at)) => {
                Some(ReviewResponseOut { text, language, responded_at, edited_at: response_edited_at })
            }
            _ => None,
        };
        let is_known = sight != Sight::Public;
        Self {
            id,
            property_id,
            room_type_id,
            status,
            author_name,
            ratings,
            title,
            text: body,
            language,
            travel_type,
            stayed_in: departed_on.format("%Y-%m").to_string(),
            nights,
            photos: photos.into_iter().map(Into::into).collect(),
            response,
            edited_at,
            booking_id: is_known.then_some(booking_id),
            hidden_for: hidden_for.filter(|_| is_known),
            is_suspended: is_known.then_some(is_suspended),
            moderation_note: moderation_note.filter(|_| sight == Sight::Staff),
            version,
            created_at,
            updated_at,
        }
    }
}

/// Number of reviews with their average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RatingOut {
    /// Number of published reviews.
    #[schema(example = 128)]
    pub count: i64,
    /// Average of the overall ratings, from 1 to 5, rounded to a hundredth; null if there are no reviews.
    #[schema(example = 4.27)]
    pub average: Option<f64>,
}

impl From<Score> for RatingOut {
    fn from(score: Score) -> Self {
        Self { count: score.count, average: average(score) }
    }
}

/// Averages of a hotel and of its room types.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HotelAverages {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Published reviews of the property.
    pub reviews: RatingOut,
    /// Averages of the room types that have published reviews.
    pub room_types: Vec<RoomTypeAverage>,
}

/// Average of a room type.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomTypeAverage {
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Published reviews of the room type.
    pub reviews: RatingOut,
}

/// Averages of the ratings by category, from 1 to 5, rounded to a hundredth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CategoryAverages {
    /// Average for the staff; null if nobody rated it.
    pub staff: Option<f64>,
    /// Average for the cleanliness; null if nobody rated it.
    pub cleanliness: Option<f64>,
    /// Average for the comfort; null if nobody rated it.
    pub comfort: Option<f64>,
    /// Average for the location; null if nobody rated it.
    pub location: Option<f64>,
    /// Average for the facilities; null if nobody rated it.
    pub facilities: Option<f64>,
    /// Average for the value for money; null if nobody rated it.
    pub value: Option<f64>,
}

impl From<&Totals> for CategoryAverages {
    fn from(totals: &Totals) -> Self {
        let of = |count: i64, sum: i64| average(Score { count, sum });
        Self {
            staff: of(totals.staff_count, totals.staff_sum),
            cleanliness: of(totals.cleanliness_count, totals.cleanliness_sum),
            comfort: of(totals.comfort_count, totals.comfort_sum),
            location: of(totals.location_count, totals.location_sum),
            facilities: of(totals.facilities_count, totals.facilities_sum),
            value: of(totals.value_count, totals.value_sum),
        }
    }
}

/// Number of reviews that are hidden for a reason.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct HiddenCount {
    /// Reason for which they are hidden.
    pub reason: HidingReason,
    /// Number of reviews that are hidden for it.
    pub count: i64,
}

/// Figures over the published reviews of a hotel or of a room type, exact at the moment of the answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReviewSummary {
    /// Number of published reviews.
    #[schema(example = 128)]
    pub count: i64,
    /// Average of the overall ratings, from 1 to 5, rounded to a hundredth; null if there are no reviews.
    #[schema(example = 4.27)]
    pub average: Option<f64>,
    /// Number of reviews by overall rating, from 1 to 5.
    #[schema(example = json!([2, 5, 14, 42, 65]))]
    pub histogram: Vec<i64>,
    /// Averages by category.
    pub categories: CategoryAverages,
    /// Number of reviews that staff have hidden, by reason, of whichever language and journey.
    pub hidden: Vec<HiddenCount>,
}

impl ReviewSummary {
    pub fn new(totals: &Totals, hidden: Vec<(HidingReason, i64)>) -> Self {
        let RatingOut { count, average } = totals.score().into();
        Self {
            count,
            average,
            histogram: totals.histogram().to_vec(),
            categories: totals.into(),
            hidden: hidden.into_iter().map(|(reason, count)| HiddenCount { reason, count }).collect(),
        }
    }
}

/// Published reviews of a hotel, with their figures.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewList {
    /// Reviews of the page, in the order of the list.
    pub items: Vec<ReviewOut>,
    /// Cursor of the next page, to be sent as `cursor`; null on the last page.
    pub next_cursor: Option<String>,
    /// Figures over the reviews of the property, as far as `room_type_id`, `language` and `travel_type` choose them.
    pub summary: ReviewSummary,
}

/// An earlier response of the hotel to a review.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ResponseVersionOut {
    /// Number of the version, from 1.
    pub number: i32,
    /// Text of the response.
    pub text: String,
    /// Language of the text.
    #[schema(value_type = String, example = "en")]
    pub language: Locale,
    /// Time at which it was written (UTC).
    pub written_at: DateTime<Utc>,
    /// Time at which it was changed or withdrawn (UTC).
    pub ended_at: DateTime<Utc>,
}

impl From<ResponseVersion> for ResponseVersionOut {
    fn from(row: ResponseVersion) -> Self {
        let ResponseVersion {
            property_id: _,
            review_id: _,
            number,
            body,
            language,
            written_at,
            ended_at,
            created_at: _,
            updated_at: _,
        } = row;
        Self { number, text: body, language, written_at, ended_at }
    }
}

/// A report about a review. Staff are not told who made it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewReportOut {
    /// Identifier of the report.
    #[schema(value_type = Uuid)]
    pub id: ReviewReportId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the review.
    #[schema(value_type = Uuid)]
    pub review_id: ReviewId,
    /// Reason why the review should be hidden.
    pub reason: HidingReason,
    /// Comment for staff; null for none.
    pub comment: Option<String>,
    /// Status of the report.
    pub status: ReviewReportStatus,
    /// Time of the decision (UTC); null while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<ReviewReport> for ReviewReportOut {
    fn from(row: ReviewReport) -> Self {
        let ReviewReport {
            property_id,
            id,
            review_id,
            reported_by: _,
            reported_for,
            comment,
            status,
            closed_at,
            created_at,
            updated_at: _,
        } = row;
        Self { id, property_id, review_id, reason: reported_for, comment, status, closed_at, created_at }
    }
}

/// Figures over the reviews of stays that ended in a month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MonthOfReviews {
    /// Month of the departures.
    #[schema(example = "2026-11")]
    pub month: String,
    /// Number of published reviews.
    pub count: i64,
    /// Average of the overall ratings, from 1 to 5, rounded to a hundredth; null if there are no reviews.
    pub average: Option<f64>,
    /// Number of reviews by overall rating, from 1 to 5.
    #[schema(example = json!([0, 1, 1, 5, 4]))]
    pub histogram: Vec<i64>,
    /// Averages by category.
    pub categories: CategoryAverages,
}

impl From<MonthTotals> for MonthOfReviews {
    fn from(MonthTotals { month, totals }: MonthTotals) -> Self {
        let RatingOut { count, average } = totals.score().into();
        Self {
            month: month.format("%Y-%m").to_string(),
            count,
            average,
            histogram: totals.histogram().to_vec(),
            categories: (&totals).into(),
        }
    }
}

/// Figures over the reviews of a hotel, month by month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewFigures {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Months in which stays ended that have published reviews, in their order.
    pub months: Vec<MonthOfReviews>,
}
