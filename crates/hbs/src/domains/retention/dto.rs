use super::model::{AlikeKind, RetainedKind, RetentionRules};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Days for which a hotel keeps each kind of data; null or left out: until somebody removes it. 0 is until the day after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionDays {
    /// Days after the departure for identity documents in guest profiles, 0 to 3,650. Profiles of guests who never came count
    /// from the day on which a document was recorded.
    #[garde(inner(range(min = 0, max = 3650)))]
    #[schema(minimum = 0, maximum = 3650, example = 30)]
    pub guest_documents: Option<i32>,
    /// Days after the departure for identity documents of the guests of a stay, 0 to 3,650, not fewer than `register_days`.
    /// Names, dates of birth and nationalities stay.
    #[garde(inner(range(min = 0, max = 3650)))]
    #[schema(minimum = 0, maximum = 3650, example = 376)]
    pub stay_documents: Option<i32>,
    /// Days after the departure for registration cards with their signatures, 0 to 3,650, not fewer than `register_days`.
    #[garde(inner(range(min = 0, max = 3650)))]
    #[schema(minimum = 0, maximum = 3650, example = 376)]
    pub registration_cards: Option<i32>,
    /// Days for photos of lost items after these have left the hotel, 0 to 3,650.
    #[garde(inner(range(min = 0, max = 3650)))]
    #[schema(minimum = 0, maximum = 3650, example = 90)]
    pub lost_item_photos: Option<i32>,
    /// Days for attachments of issues after these were closed, 0 to 3,650. What was said stays.
    #[garde(inner(range(min = 0, max = 3650)))]
    #[schema(minimum = 0, maximum = 3650, example = 730)]
    pub issue_attachments: Option<i32>,
    /// Days after the day of arrival for entries of waitlists that are over, 0 to 3,650.
    #[garde(inner(range(min = 0, max = 3650)))]
    #[schema(minimum = 0, maximum = 3650, example = 90)]
    pub waitlist_entries: Option<i32>,
    /// Days after the last stay and the last change for guest profiles without an account, 365 to 3,650. The profile stays
    /// without name and details, so that figures remain right; bookings keep their contacts.
    #[garde(inner(range(min = 365, max = 3650)))]
    #[schema(minimum = 365, maximum = 3650, example = 1095)]
    pub guest_profiles: Option<i32>,
}

impl From<&RetentionRules> for RetentionDays {
    fn from(rules: &RetentionRules) -> Self {
        let RetentionRules {
            property_id: _,
            guest_documents_days,
            stay_documents_days,
            registration_cards_days,
            lost_item_photos_days,
            issue_attachments_days,
            waitlist_entries_days,
            guest_profiles_days,
            version: _,
            created_at: _,
            updated_at: _,
        } = *rules;
        Self {
            guest_documents: guest_documents_days,
            stay_documents: stay_documents_days,
            registration_cards: registration_cards_days,
            lost_item_photos: lost_item_photos_days,
            issue_attachments: issue_attachments_days,
            waitlist_entries: waitlist_entries_days,
            guest_profiles: guest_profiles_days,
        }
    }
}

impl RetentionDays {
    /// Returns the rules with these days, in a new version.
    pub fn in_place_of(self, before: &RetentionRules) -> RetentionRules {
        let Self {
            guest_documents,
            stay_documents,
            registration_cards,
            lost_item_photos,
            issue_attachments,
            waitlist_entries,
            guest_profiles,
        } = self;
        RetentionRules {
            guest_documents_days: guest_documents,
            stay_documents_days: stay_documents,
            registration_cards_days: registration_cards,
            lost_item_photos_days: lost_item_photos,
            issue_attachments_days: issue_attachments,
            waitlist_entries_days: waitlist_entries,
            guest_profiles_days: guest_profiles,
            version: before.version + 1,
            ..before.clone()
        }
    }
}

/// Retention rules to set for a hotel.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRetentionRules {
    /// Complete list of the rules.
    #[garde(dive)]
    pub rules: RetentionDays,
}

/// Time for which HBS keeps a kind of data at all hotels.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct AlikeRule {
    /// Kind of the data.
    pub data: AlikeKind,
    /// Days for which it is kept; null for ever.
    #[schema(example = 90)]
    pub days: Option<i64>,
}

/// Retention rules of a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RetentionRulesOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Days for which the hotel keeps each kind of data.
    pub rules: RetentionDays,
    /// Days after the departure for which the law of the hotel's country keeps the register of guests, as far as HBS knows it;
    /// 0 if it knows of none.
    #[schema(example = 376)]
    pub register_days: i32,
    /// Kinds of data that are kept for the same time at all hotels. Most of these times are part of HBS; that of events is a
    /// setting of the installation.
    pub alike: Vec<AlikeRule>,
    /// Number that grows with each change, 0 while nothing has been set; the `ETag` header carries it.
    pub version: i64,
}

/// Data of a kind that would go if the rules were applied now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RetentionPreviewItem {
    /// Kind of the data.
    pub data: RetainedKind,
    /// Days for which it is kept, those of the law included; null: until somebody removes it.
    pub days: Option<i32>,
    /// Date before which it goes; null if it does not.
    pub before: Option<NaiveDate>,
    /// Number of things that would go.
    pub count: i64,
    /// Date from which the days of the oldest of them count; null if there is none.
    pub oldest: Option<NaiveDate>,
}

/// Data that would go if the rules of a hotel were applied now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RetentionPreview {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Date at the hotel from which days are counted back.
    pub date: NaiveDate,
    /// Each kind of data, in the order in which the rules are applied.
    pub items: Vec<RetentionPreviewItem>,
}
