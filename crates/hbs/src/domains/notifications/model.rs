use crate::domains::properties::TimeZone;
use crate::ids::id;
use crate::mail::OptOut;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;
use hbs_schema::{
    notification_broadcasts, notification_deliveries, notification_preferences, notification_settings, notification_templates,
    notifications,
};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a notification.
    pub struct NotificationId;
}

id! {
    /// Id of a delivery of a notification.
    pub struct DeliveryId;
}

id! {
    /// Id of a broadcast.
    pub struct BroadcastId;
}

text_enum! {
    /// Kind of a notification: what it tells of.
    pub enum NotificationKind {
        /// A hotel has a new booking.
        BookingCreated = "booking_created",
        /// A booking of a hotel was cancelled.
        BookingCancelled = "booking_cancelled",
        /// Bookings were imported.
        BookingsImported = "bookings_imported",
        /// A guest asks for a change of a booking.
        ChangeRequestMade = "change_request_made",
        /// An imported calendar has dates that are taken.
        FeedConflictOpened = "feed_conflict_opened",
        /// An imported calendar could not be read for long.
        FeedStale = "feed_stale",
        /// A refund waits for somebody's approval.
        RefundToApprove = "refund_to_approve",
        /// A refund has not gone through.
        RefundFailed = "refund_failed",
        /// A payment needs somebody's attention.
        PaymentAttention = "payment_attention",
        /// A business date was closed.
        NightAuditDone = "night_audit_done",
        /// A guest or a member of the staff has raised an issue.
        IssueRaised = "issue_raised",
        /// A guest has written again in an issue.
        IssueReplied = "issue_replied",
        /// An issue was given to you.
        IssueAssigned = "issue_assigned",
        /// An issue has not been answered or solved in time.
        IssueOverdue = "issue_overdue",
        /// A guest has reviewed a hotel.
        ReviewReceived = "review_received",
        /// Your booking is confirmed.
        MyBookingConfirmed = "my_booking_confirmed",
        /// Your booking was changed.
        MyBookingChanged = "my_booking_changed",
        /// Your booking was cancelled.
        MyBookingCancelled = "my_booking_cancelled",
        /// The hotel has answered your request for a change.
        MyRequestAnswered = "my_request_answered",
        /// A refund to you was decided, paid or delayed.
        MyRefund = "my_refund",
        /// The hotel has answered or resolved an issue of yours.
        MyIssueAnswered = "my_issue_answered",
        /// The hotel has answered your review.
        MyReviewAnswered = "my_review_answered",
        /// Rooms that you wait for are held for you.
        WaitlistOffered = "waitlist_offered",
        /// A message of a hotel to its staff or guests.
        Broadcast = "broadcast",
    }
}

text_enum! {
    /// Channel of notifications: in HBS itself, by e-mail, or by push message.
    pub enum Channel {
        InApp = "in_app",
        Email = "email",
        Push = "push",
    }
}

text_enum! {
    /// Reason for which somebody is told: a permission, because it is theirs, or as one of a broadcast's audience.
    pub enum NotificationReason {
        Permission = "permission",
        Owner = "owner",
        Broadcast = "broadcast",
    }
}

text_enum! {
    /// Pace of e-mails: each at once, or collected by the hour or the day.
    pub enum Digest {
        None = "none",
        Hourly = "hourly",
        Daily = "daily",
    }
}

text_enum! {
    /// Status of a delivery.
    pub enum DeliveryStatus {
        /// It is not due yet.
        Waiting = "waiting",
        /// It is in the queue of mails.
        Queued = "queued",
        Sent = "sent",
        Failed = "failed",
        /// The mailbox has refused mails for good.
        Suppressed = "suppressed",
        /// By the time it was due it was read, removed, or not wanted any more.
        NotWanted = "not_wanted",
    }
}

text_enum! {
    /// Audience of a broadcast: staff with a role, the guests in the house, or those who arrive on a day.
    pub enum Audience {
        Role = "role",
        InHouse = "in_house",
        Arriving = "arriving",
    }
}

text_enum! {
    /// Status of a broadcast.
    pub enum BroadcastStatus {
        Scheduled = "scheduled",
        Sent = "sent",
        Cancelled = "cancelled",
    }
}

/// A notification of a person.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Notification {
    pub user_id: Uuid,
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub reason: NotificationReason,
    pub dedup_key: String,
    pub group_key: Option<String>,
    pub property_id: Option<Uuid>,
    pub permission: Option<String>,
    /// Code of the role by which a broadcast was told.
    pub role: Option<String>,
    pub entity: String,
    pub entity_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub count: i32,
    pub params: serde_json::Value,
    pub read_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Notification {
    const ENTITY: &'static str = "notification";
    const OPEN: &'static [&'static str] = &[
        "user_id",
        "id",
        "kind",
        "reason",
        "property_id",
        "permission",
        "role",
        "entity",
        "entity_id",
        "booking_id",
        "count",
        "read_at",
    ];

    /// Returns the notification as an entity. It is its person's affair: its events belong to no property.
    fn entity(&self) -> Entity {
        Entity::new(self.id.into())
    }
}

/// All notifications of a person, as what is read all at once.
#[derive(Debug, Serialize)]
pub struct Inbox {
    pub user_id: Uuid,
}

impl Recorded for Inbox {
    const ENTITY: &'static str = Notification::ENTITY;
    const OPEN: &'static [&'static str] = &["user_id", "count"];

    fn entity(&self) -> Entity {
        Entity::new(self.user_id)
    }
}

/// Settings of a person: when they are written to.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_settings, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Settings {
    pub user_id: Uuid,
    pub time_zone: Option<TimeZone>,
    pub quiet_from: Option<NaiveTime>,
    pub quiet_to: Option<NaiveTime>,
    pub digest: Digest,
    pub digest_at: NaiveTime,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Settings {
    /// The settings of somebody who has said nothing.
    pub fn of(user_id: Uuid, now: DateTime<Utc>) -> Self {
        let digest_at = NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default();
        Self {
            user_id,
            time_zone: None,
            quiet_from: None,
            quiet_to: None,
            digest: Digest::None,
            digest_at,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

impl Recorded for Settings {
    const ENTITY: &'static str = "notification_settings";
    const OPEN: &'static [&'static str] =
        &["user_id", "time_zone", "quiet_from", "quiet_to", "digest", "digest_at", "preferences"];

    fn entity(&self) -> Entity {
        Entity::new(self.user_id)
    }
}

/// The end of letters of a class to a mailbox, as the record has it: without the mailbox, of which there is no id either.
#[derive(Debug, Clone, Serialize)]
pub struct EndOfLetters {
    pub class: OptOut,
}

impl Recorded for EndOfLetters {
    const ENTITY: &'static str = "mail_opt_out";
    const OPEN: &'static [&'static str] = &["class"];

    /// Returns an entity of its own each time: that two events are about one mailbox is not told.
    fn entity(&self) -> Entity {
        Entity::new(Uuid::now_v7())
    }
}

/// Wish of a person for a kind and a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = notification_preferences)]
pub struct Preference {
    pub user_id: Uuid,
    pub kind: NotificationKind,
    pub channel: Channel,
    pub is_enabled: bool,
}

/// A delivery beside HBS itself.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_deliveries, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Delivery {
    pub user_id: Uuid,
    pub id: DeliveryId,
    pub notification_id: NotificationId,
    pub channel: Channel,
    pub status: DeliveryStatus,
    pub due_at: Option<DateTime<Utc>>,
    pub attempts: i32,
    pub mail_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A delivery with its kind, and what became of its mail: outcome, code of the mail server, time.
pub type Logged = (Delivery, NotificationKind, Option<(String, Option<String>, DateTime<Utc>)>);

/// Words of a kind in a language, at a hotel that has its own. None: the built-in ones hold again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_templates, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Template {
    pub property_id: Uuid,
    pub kind: NotificationKind,
    pub locale: Locale,
    pub title: Option<String>,
    pub body: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Template {
    const ENTITY: &'static str = "notification_template";
    const OPEN: &'static [&'static str] = &["property_id", "kind", "locale"];

    /// Returns the template as an entity of its hotel, which it is a part of: it has no id of its own.
    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}

/// A message of a hotel to many.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_broadcasts, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Broadcast {
    pub property_id: Uuid,
    pub id: BroadcastId,
    pub audience: Audience,
    pub role: Option<String>,
    pub arriving_on: Option<NaiveDate>,
    pub title: String,
    pub body: String,
    pub by_email: bool,
    pub status: BroadcastStatus,
    pub send_at: DateTime<Utc>,
    pub people: Option<i32>,
    pub guests: Option<i32>,
    pub sent_at: Option<DateTime<Utc>>,
    pub created_by: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Broadcast {
    const ENTITY: &'static str = "notification_broadcast";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "audience",
        "role",
        "arriving_on",
        "by_email",
        "status",
        "send_at",
        "people",
        "guests",
        "sent_at",
        "created_by",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// A person as they are told: name, language and address. The address counts once they have proved it.
#[derive(Debug, Clone, Queryable)]
pub struct Recipient {
    pub user_id: Uuid,
    pub email: String,
    pub is_proved: bool,
    pub full_name: String,
    pub locale: Locale,
}

/// A guest without an account, as a broadcast reaches them: booking and address.
#[derive(Debug, Clone, Queryable)]
pub struct GuestAddress {
    pub booking_id: Uuid,
    pub email: String,
}

/// What notifications tell of a booking, and whose it is.
#[derive(Debug, Clone, Queryable)]
pub struct BookingFacts {
    pub id: Uuid,
    pub reference: String,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub user_id: Option<Uuid>,
}
