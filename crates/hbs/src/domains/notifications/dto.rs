use super::model::{
    Audience, Broadcast, BroadcastId, BroadcastStatus, Channel, DeliveryId, DeliveryStatus, Digest, Logged, Notification,
    NotificationId, NotificationKind, NotificationReason, Settings,
};
use super::rules::Words;
use crate::clock::hours;
use crate::domains::properties::TimeZone;
use crate::http::valid::{dates, instants, present, sets};
use crate::mail::OptOut;
use crate::plain_text::paragraphs;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Kinds of notifications in a query, separated by commas.
#[derive(Debug, Clone)]
pub struct Kinds(pub Vec<NotificationKind>);

impl TryFrom<String> for Kinds {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// Filter of notifications.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct NotificationFilter {
    /// `true` for those that you have not read, `false` for those that you have; both if left out.
    pub unread: Option<bool>,
    /// Kinds of notifications, separated by commas; all if left out.
    #[serde(deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "refund_to_approve,payment_attention", pattern = r"^[a-z_, ]*$")]
    pub kind: Option<Kinds>,
    /// Identifier of the property; if left out, all of them, and what is about none.
    pub property_id: Option<Uuid>,
}

/// Thing that a notification is about.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EntityLink {
    /// Kind of the thing, as the record names it.
    #[schema(example = "booking")]
    pub entity: String,
    /// Identifier of the thing.
    pub id: Uuid,
    /// Identifier of the booking that it belongs to; null if it belongs to none.
    pub booking_id: Option<Uuid>,
}

/// A notification.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NotificationOut {
    /// Identifier of the notification. Later ones have greater ids.
    #[schema(value_type = Uuid)]
    pub id: NotificationId,
    /// Kind of the notification.
    pub kind: NotificationKind,
    /// Reason for which you are told.
    pub reason: NotificationReason,
    /// Identifier of the property; null if it is about none.
    pub property_id: Option<Uuid>,
    /// Title in your language, as plain text.
    #[schema(example = "Hotel Miramar: new booking HBS-7KQ2M9XA")]
    pub title: String,
    /// Body in your language, as plain text with line breaks.
    pub body: String,
    /// Language of the texts (BCP 47).
    #[schema(example = "en")]
    pub locale: String,
    /// Number of events that it tells of. Many of a kind are told as one, while you have not read it.
    #[schema(example = 1)]
    pub count: i32,
    /// Thing that it is about; null if it tells of several.
    pub link: Option<EntityLink>,
    /// Time at which you read it (UTC); null if you have not.
    pub read_at: Option<DateTime<Utc>>,
    /// Version, which changes with each change of the notification.
    pub version: i64,
    /// Time of the notification (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl NotificationOut {
    /// A notification in words.
    pub fn new(row: &Notification, words: Words) -> Self {
        let link = EntityLink { entity: row.entity.clone(), id: row.entity_id, booking_id: row.booking_id };
        Self {
            id: row.id,
            kind: row.kind,
            reason: row.reason,
            property_id: row.property_id,
            title: words.title,
            body: words.body,
            locale: words.locale,
            count: row.count,
            link: (row.count == 1).then_some(link),
            read_at: row.read_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Number of notifications that are not read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnreadCount {
    /// Number of your notifications that you have not read.
    #[schema(example = 3)]
    pub unread: i64,
}

/// Notifications that are read all at once.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAll {
    /// Identifier of the newest notification that you have seen: later ones stay as they are. All are read if left out.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    pub up_to: Option<NotificationId>,
}

/// Number of notifications that were marked as read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReadOut {
    /// Number of notifications that were not read before.
    #[schema(example = 3)]
    pub read: usize,
}

/// Hours in which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Beginning of the quiet hours, a time of day in your time zone.
    #[garde(skip)]
    #[serde(with = "times")]
    #[schema(value_type = String, example = "22:00", pattern = r"^\d\d:\d\d$")]
    pub from: NaiveTime,
    /// End of the quiet hours, perhaps on the next day.
    #[garde(skip)]
    #[serde(with = "times")]
    #[schema(value_type = String, example = "07:00", pattern = r"^\d\d:\d\d$")]
    pub to: NaiveTime,
}

/// Times of day as `15:00`.
mod times {
    use crate::clock::hours;
    use chrono::NaiveTime;
    use serde::{Deserializer, de};

    pub use hours::serialize;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
        hours::optional::deserialize(deserializer)?.ok_or_else(|| de::Error::custom("must be a time of day such as \"15:00\""))
    }

    /// A time that may be left out, and is not null.
    pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
        deserialize(deserializer).map(Some)
    }
}

/// Mails that a token ends.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MailSubscriptionOut {
    /// Class of mails to an address; null of mails to an account.
    pub class: Option<OptOut>,
    /// Kinds of notifications to an account; empty of mails to an address.
    pub kinds: Vec<NotificationKind>,
    /// `true` if none of these mails is sent any more.
    pub is_ended: bool,
}

/// Wishes for a kind. Channels that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelWishes {
    /// `true` to see such notifications in HBS.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub in_app: Option<bool>,
    /// `true` to get them by e-mail.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub email: Option<bool>,
    /// `true` to get them as push messages, where the installation sends some.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub push: Option<bool>,
}

/// Change of your preferences. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePreferences {
    /// Time zone of quiet hours and daily digests (IANA); null for that of the hotel.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    #[schema(value_type = Option<String>, pattern = r"^[A-Za-z][A-Za-z0-9_+/-]{0,49}$", example = "Europe/Lisbon")]
    pub time_zone: Option<Option<TimeZone>>,
    /// Hours in which nothing is sent; null for none.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub quiet_hours: Option<Option<QuietHours>>,
    /// Pace of e-mails.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub digest: Option<Digest>,
    /// Time of day of daily digests, in your time zone.
    #[garde(skip)]
    #[serde(default, deserialize_with = "times::present")]
    #[schema(value_type = String, nullable = false, example = "08:00", pattern = r"^\d\d:\d\d$")]
    pub digest_at: Option<NaiveTime>,
    /// Wishes by kind of notification.
    #[garde(length(max = 100), dive)]
    #[serde(default)]
    #[schema(example = json!({"booking_created": {"in_app": true, "email": true}}))]
    pub kinds: BTreeMap<String, ChannelWishes>,
}

/// Preference for a channel.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct ChannelPreference {
    /// `true` if you are told by this channel.
    pub enabled: bool,
    /// `true` if the channel cannot be turned off.
    pub mandatory: bool,
}

/// Preferences for a kind.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KindPreference {
    /// Kind of notification.
    pub kind: NotificationKind,
    /// Description of the kind.
    #[schema(example = "A refund waits for somebody's approval.")]
    pub about: &'static str,
    /// Preference for notifications in HBS.
    pub in_app: ChannelPreference,
    /// Preference for e-mails.
    pub email: ChannelPreference,
    /// Preference for push messages.
    pub push: ChannelPreference,
}

/// Your preferences.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PreferencesOut {
    /// Time zone of quiet hours and daily digests (IANA); null for that of the hotel.
    #[schema(value_type = Option<String>, example = "Europe/Lisbon")]
    pub time_zone: Option<TimeZone>,
    /// Hours in which nothing is sent; null if there are none.
    pub quiet_hours: Option<QuietHours>,
    /// Pace of e-mails.
    pub digest: Digest,
    /// Time of day of daily digests.
    #[serde(serialize_with = "hours::serialize")]
    #[schema(value_type = String, example = "08:00")]
    pub digest_at: NaiveTime,
    /// Preferences by kind: the kinds that you can be told of.
    pub kinds: Vec<KindPreference>,
    /// Version, as in `ETag`.
    pub version: i64,
}

impl PreferencesOut {
    /// Settings with the preferences for kinds.
    pub fn new(settings: &Settings, kinds: Vec<KindPreference>) -> Self {
        let Settings { user_id: _, time_zone, quiet_from, quiet_to, digest, digest_at, version, created_at: _, updated_at: _ } =
            settings;
        let quiet_hours = quiet_from.zip(*quiet_to).map(|(from, to)| QuietHours { from, to });
        Self { time_zone: *time_zone, quiet_hours, digest: *digest, digest_at: *digest_at, kinds, version: *version }
    }
}

/// A delivery of a notification beside HBS itself.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeliveryOut {
    /// Identifier of the delivery.
    #[schema(value_type = Uuid)]
    pub id: DeliveryId,
    /// Identifier of the notification.
    #[schema(value_type = Uuid)]
    pub notification_id: NotificationId,
    /// Kind of the notification.
    pub kind: NotificationKind,
    /// Channel of the delivery.
    pub channel: Channel,
    /// Status of the delivery.
    pub status: DeliveryStatus,
    /// Code of the mail server that refused it; null if none did.
    #[schema(example = "550")]
    pub code: Option<String>,
    /// Time at which it is due (UTC); null if it is in the queue, or done with.
    pub due_at: Option<DateTime<Utc>>,
    /// Time of the delivery's beginning (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Logged> for DeliveryOut {
    fn from((delivery, kind, mail): Logged) -> Self {
        let (outcome, code, changed_at) = mail.map_or((None, None, None), |(outcome, code, at)| (Some(outcome), code, Some(at)));
        let status = match outcome.as_deref() {
            Some("sent") => DeliveryStatus::Sent,
            Some("given_up" | "left_out") => DeliveryStatus::Failed,
            Some("not_wanted") => DeliveryStatus::NotWanted,
            _ => delivery.status,
        };
        Self {
            id: delivery.id,
            notification_id: delivery.notification_id,
            kind,
            channel: delivery.channel,
            status,
            code,
            due_at: delivery.due_at,
            created_at: delivery.created_at,
            updated_at: changed_at.unwrap_or(delivery.updated_at),
        }
    }
}

/// Words of a kind of notification.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateWords {
    /// Title, 1 to 200 characters. It names variables as `{{ hotel }}`, and may choose by `{% if count > 1 %}`.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "{{ hotel }}: new booking {{ reference }}")]
    pub title: String,
    /// Body, 1 to 5,000 characters of plain text, with variables and choices as in the title. It may also show what the hotel has
    /// published: `hotel_information`, `policy` and `announcement`, each the first of its kind by place, up to 1,500 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "Arrival: {{ check_in }}.")]
    pub body: String,
}

/// Words of a kind in a language, at a hotel.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplateOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Kind of notification.
    pub kind: NotificationKind,
    /// Language of the words (BCP 47).
    #[schema(example = "en")]
    pub locale: String,
    /// `true` if these are the built-in words, `false` if they are the hotel's own.
    pub is_built_in: bool,
    /// Title, with variables; null if there are no words in this language.
    pub title: Option<String>,
    /// Body, with variables; null if there are no words in this language.
    pub body: Option<String>,
    /// Variables that the words may name.
    pub variables: Vec<&'static str>,
    /// Version, as in `ETag`; 0 if the hotel never had its own words.
    pub version: i64,
}

/// Words as a person would read them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplatePreview {
    /// Title, filled in with examples.
    pub title: String,
    /// Body, filled in with examples.
    pub body: String,
}

impl From<Words> for TemplatePreview {
    fn from(words: Words) -> Self {
        Self { title: words.title, body: words.body }
    }
}

/// Address that a test was sent to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TestSent {
    /// Your own e-mail address, to which the test goes.
    #[schema(example = "eva@example.com")]
    pub to: String,
}

/// Audience of a broadcast.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
pub struct AudienceQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Audience: staff with a role, the guests in the house, or those who arrive on a day.
    #[param(inline)]
    pub audience: Audience,
    /// Code of the role, for the audience `role`; otherwise left out.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[param(min_length = 1, max_length = 100, example = "front_desk")]
    pub role: Option<String>,
    /// Day of arrival, for the audience `arriving`; otherwise left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub arriving_on: Option<NaiveDate>,
}

/// New broadcast.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBroadcast {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Audience: staff with a role, the guests in the house, or those who arrive on a day.
    #[garde(skip)]
    pub audience: Audience,
    /// Code of the role, for the audience `role`; otherwise left out.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100, example = "front_desk")]
    pub role: Option<String>,
    /// Day of arrival, for the audience `arriving`; otherwise left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-24")]
    pub arriving_on: Option<NaiveDate>,
    /// Title of the message, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Breakfast moves")]
    pub title: String,
    /// Message as plain text, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000, example = "Breakfast is on the terrace tomorrow.")]
    pub body: String,
    /// `true` to send it by e-mail, too, to those who like that. Guests without an account get it by e-mail alone.
    #[garde(skip)]
    #[serde(default)]
    pub by_email: bool,
    /// Time at which it goes out (UTC), not in the past; at once if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::nullable")]
    pub send_at: Option<DateTime<Utc>>,
}

impl CreateBroadcast {
    /// The audience of the broadcast.
    pub fn to(&self) -> AudienceQuery {
        AudienceQuery {
            property_id: self.property_id,
            audience: self.audience,
            role: self.role.clone(),
            arriving_on: self.arriving_on,
        }
    }
}

/// Number of those whom a broadcast would reach now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AudienceOut {
    /// Number of people with an account, who are told in HBS.
    #[schema(example = 12)]
    pub people: usize,
    /// Number of guests without an account, who can be told by e-mail alone.
    #[schema(example = 3)]
    pub guests: usize,
}

/// Filter of broadcasts.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct BroadcastFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Status of the broadcast.
    #[param(inline)]
    pub status: Option<BroadcastStatus>,
}

/// A broadcast.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BroadcastOut {
    /// Identifier of the broadcast.
    #[schema(value_type = Uuid)]
    pub id: BroadcastId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Audience of the broadcast.
    pub audience: Audience,
    /// Code of the role; null for other audiences.
    pub role: Option<String>,
    /// Day of arrival; null for other audiences.
    pub arriving_on: Option<NaiveDate>,
    /// Title of the message.
    #[schema(example = "Breakfast moves")]
    pub title: String,
    /// Message as plain text.
    pub body: String,
    /// `true` if it goes by e-mail, too.
    pub by_email: bool,
    /// Status of the broadcast.
    pub status: BroadcastStatus,
    /// Time at which it goes out (UTC).
    pub send_at: DateTime<Utc>,
    /// Number of people who were told in HBS; null before it has gone out.
    pub people: Option<i32>,
    /// Number of guests without an account who were written to; null before it has gone out.
    pub guests: Option<i32>,
    /// Time at which it went out (UTC); null before.
    pub sent_at: Option<DateTime<Utc>>,
    /// Version, as in `ETag`.
    pub version: i64,
    /// Time at which it was made (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Broadcast> for BroadcastOut {
    fn from(row: Broadcast) -> Self {
        let Broadcast {
            property_id,
            id,
            audience,
            role,
            arriving_on,
            title,
            body,
            by_email,
            status,
            send_at,
            people,
            guests,
            sent_at,
            created_by: _,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            property_id,
            audience,
            role,
            arriving_on,
            title,
            body,
            by_email,
            status,
            send_at,
            people,
            guests,
            sent_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Query of the stream.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// `false` to get what has happened since `Last-Event-ID`, and no more: for clients that ask now and then.
    #[param(default = true)]
    pub follow: bool,
}

impl Default for StreamQuery {
    fn default() -> Self {
        Self { follow: true }
    }
}

/// A change, as the stream tells of it in `data`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StreamEvent {
    /// Kind of the change, as in `event`.
    #[schema(example = "booking.changed")]
    pub kind: &'static str,
    /// Identifier of what has changed.
    pub id: Uuid,
    /// Version that it has by now. Of what has none that `id` names (prices, where `id` is the hotel, languages of content, due
    /// payments, reports of reviews): the number of the change in the stream of the hotel, which grows with each. Null of
    /// `notifications.read`, and of what is gone.
    pub version: Option<i64>,
    /// Place in the sequence of all events, as in `id`.
    pub sequence: i64,
    /// Identifier of the property; null if it is about your own things.
    pub property_id: Option<Uuid>,
}
