use super::rules;
use crate::clock::local_date;
use crate::domains::properties::TimeZone;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{properties, retention_rules};
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Kind of data that a retention rule of a hotel is about.
    pub enum RetainedKind {
        /// Identity documents in guest profiles; counted by guest.
        GuestDocuments = "guest_documents",
        /// Identity documents of the guests of stays; counted by stay.
        StayDocuments = "stay_documents",
        /// Registration cards with their signatures.
        RegistrationCards = "registration_cards",
        /// Photos of lost items.
        LostItemPhotos = "lost_item_photos",
        /// Attachments of issues; counted by issue.
        IssueAttachments = "issue_attachments",
        /// Entries of waitlists.
        WaitlistEntries = "waitlist_entries",
        /// Names and all else in guest profiles; counted by guest.
        GuestProfiles = "guest_profiles",
    }
}

text_enum! {
    /// Kind of data that HBS keeps for the same time at all hotels.
    pub enum AlikeKind {
        /// Answers that are kept for requests that are sent again.
        RequestAnswers = "request_answers",
        /// Mails that were sent, with their addresses and what became of them.
        SentMails = "sent_mails",
        /// Mails that could not be sent.
        UnsentMails = "unsent_mails",
        /// Notifications of people.
        Notifications = "notifications",
        /// Deliveries to webhooks, with the answers.
        WebhookDeliveries = "webhook_deliveries",
        /// Events that gateways told of payments.
        GatewayEvents = "gateway_events",
        /// Sessions that have ended.
        Sessions = "sessions",
        /// Events in PostgreSQL; the audit trail keeps them.
        Events = "events",
    }
}

/// The retention rules of a hotel: days for which each kind of data is kept. None: until somebody removes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = retention_rules, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct RetentionRules {
    pub property_id: Uuid,
    pub guest_documents_days: Option<i32>,
    pub stay_documents_days: Option<i32>,
    pub registration_cards_days: Option<i32>,
    pub lost_item_photos_days: Option<i32>,
    pub issue_attachments_days: Option<i32>,
    pub waitlist_entries_days: Option<i32>,
    pub guest_profiles_days: Option<i32>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for RetentionRules {
    const ENTITY: &'static str = "retention_rules";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "guest_documents_days",
        "stay_documents_days",
        "registration_cards_days",
        "lost_item_photos_days",
        "issue_attachments_days",
        "waitlist_entries_days",
        "guest_profiles_days",
        // Of what went by them.
        "data",
        "count",
        "before",
    ];

    /// Returns the rules as an entity, under the id of the hotel.
    fn entity(&self) -> Entity {
        Self::entity_of(self.property_id)
    }
}

impl RetentionRules {
    pub fn entity_of(property_id: Uuid) -> Entity {
        Entity::new(property_id).at(property_id)
    }

    /// Returns the rules of a hotel that has set none.
    pub fn standard(hotel: &Hotel, at: DateTime<Utc>) -> Self {
        let days = |kind| rules::standard(kind, &hotel.country);
        Self {
            property_id: hotel.id,
            guest_documents_days: days(RetainedKind::GuestDocuments),
            stay_documents_days: days(RetainedKind::StayDocuments),
            registration_cards_days: days(RetainedKind::RegistrationCards),
            lost_item_photos_days: days(RetainedKind::LostItemPhotos),
            issue_attachments_days: days(RetainedKind::IssueAttachments),
            waitlist_entries_days: days(RetainedKind::WaitlistEntries),
            guest_profiles_days: days(RetainedKind::GuestProfiles),
            version: 0,
            created_at: at,
            updated_at: at,
        }
    }

    pub fn days(&self, kind: RetainedKind) -> Option<i32> {
        match kind {
            RetainedKind::GuestDocuments => self.guest_documents_days,
            RetainedKind::StayDocuments => self.stay_documents_days,
            RetainedKind::RegistrationCards => self.registration_cards_days,
            RetainedKind::LostItemPhotos => self.lost_item_photos_days,
            RetainedKind::IssueAttachments => self.issue_attachments_days,
            RetainedKind::WaitlistEntries => self.waitlist_entries_days,
            RetainedKind::GuestProfiles => self.guest_profiles_days,
        }
    }
}

/// A hotel as far as its rules depend on it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = properties, check_for_backend(diesel::pg::Pg))]
pub struct Hotel {
    pub id: Uuid,
    pub country: String,
    time_zone: TimeZone,
    business_date: Option<NaiveDate>,
    is_deleted: bool,
}

impl Hotel {
    /// Returns the date from which days are counted back: the business date where that is behind, since what was done on it can
    /// still be taken back. Of a hotel that is removed it does not move any more.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        let local = local_date(now, self.time_zone.tz());
        let behind = self.business_date.filter(|date| !self.is_deleted && *date < local);
        behind.unwrap_or(local)
    }
}
