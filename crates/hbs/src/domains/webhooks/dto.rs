use super::model::{Attempt, Delivery, DeliveryState, DisabledReason, Waiting, Webhook, WebhookId};
use crate::http::valid::{instants, present};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Webhook to make.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhook {
    /// Identifier of the property whose events are told; null for the events of all properties and of what belongs to none,
    /// which needs the permission for all properties.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
    /// Address of the server that is told, 1 to 2,000 characters: `https://`, at a public address, without name and password.
    #[garde(length(chars, min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "https://example.com/hooks/hbs")]
    pub url: String,
    /// Kinds of events, at most 100: exact ones, or all of an entity as `booking.*`. Every kind if it is empty or left out.
    #[garde(length(max = 100), inner(length(chars, min = 3, max = 100)))]
    #[serde(default)]
    #[schema(max_items = 100, min_length = 3, max_length = 100, example = json!(["booking.*", "payment.captured"]))]
    pub kinds: Vec<String>,
    /// Description for those who see to webhooks, up to 200 characters.
    #[garde(length(chars, max = 200))]
    #[serde(default)]
    #[schema(max_length = 200, example = "Channel manager")]
    pub description: String,
}

/// Change of a webhook. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWebhook {
    /// Address of the server that is told, 1 to 2,000 characters. What is pending goes there, too.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    pub url: Option<String>,
    /// Kinds of events, at most 100: exact ones, or all of an entity as `booking.*`. Every kind if it is empty.
    #[garde(inner(length(max = 100), inner(length(chars, min = 3, max = 100))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 100, min_length = 3, max_length = 100)]
    pub kinds: Option<Vec<String>>,
    /// Description for those who see to webhooks, up to 200 characters.
    #[garde(inner(length(chars, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 200)]
    pub description: Option<String>,
    /// `false` to send nothing any more; `true` to go on. What happens while it is disabled is not told later, unless it is
    /// replayed.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_enabled: Option<bool>,
}

/// Filter of webhooks.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct WebhookFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// `true` for those that are enabled, `false` for the others.
    pub is_enabled: Option<bool>,
}

/// Filter of the deliveries of a webhook.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct WebhookDeliveryFilter {
    /// State of the delivery.
    #[param(inline)]
    pub state: Option<DeliveryState>,
    /// Kind of the event.
    #[garde(inner(length(chars, max = 100)))]
    #[param(max_length = 100, example = "booking.created")]
    pub kind: Option<String>,
}

/// Events to tell again: those after a place of the record, those since a time, or both.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayEvents {
    /// `sequence` of the last event that is known: those after it are told. 0 for the whole record.
    #[garde(inner(range(min = 0, max = 1_000_000_000_000_i64)))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 10_500)]
    pub after: Option<i64>,
    /// Time from which on events are told (UTC), by their `timestamp`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::nullable")]
    pub since: Option<DateTime<Utc>>,
    /// Time until which events are told (UTC), exclusive; up to now if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::nullable")]
    pub until: Option<DateTime<Utc>>,
    /// Kinds of events, at most 100, among those of the webhook; all of these if it is empty or left out.
    #[garde(length(max = 100), inner(length(chars, min = 3, max = 100)))]
    #[serde(default)]
    #[schema(max_items = 100, min_length = 3, max_length = 100, example = json!(["booking.*"]))]
    pub kinds: Vec<String>,
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookOut {
    /// Identifier of the webhook.
    #[schema(value_type = Uuid)]
    pub id: WebhookId,
    /// Identifier of the property whose events are told; null for all properties.
    pub property_id: Option<Uuid>,
    /// Address of the server that is told.
    #[schema(example = "https://example.com/hooks/hbs")]
    pub url: String,
    /// Kinds of events: exact ones, or all of an entity as `booking.*`; every kind if it is empty.
    #[schema(example = json!(["booking.*", "payment.captured"]))]
    pub kinds: Vec<String>,
    /// Description for those who see to webhooks.
    pub description: String,
    /// `true` if events are sent.
    pub is_enabled: bool,
    /// Reason why it is disabled; null while it is enabled.
    pub disabled_reason: Option<DisabledReason>,
    /// Time at which it was disabled (UTC); null while it is enabled.
    pub disabled_at: Option<DateTime<Utc>>,
    /// User who answers for it: whoever changed it last. It is disabled when that user does not hold `webhooks:write` any more.
    pub user_id: Uuid,
    /// API key by which that user changed it last; null if it was in a session.
    pub api_key_id: Option<Uuid>,
    /// Time until which the secret before the present one signs, too (UTC); null if it does not.
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// Time at which an event was taken last (UTC); null if none has been.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Time at which an attempt failed last (UTC); null if none has.
    pub last_failure_at: Option<DateTime<Utc>>,
    /// Time since which there was nothing but failures (UTC); null while it works.
    pub failing_since: Option<DateTime<Utc>>,
    /// Number of events that wait to be sent, counted up to 10,000.
    #[schema(example = 0)]
    pub pending: i64,
    /// Time at which the next attempt is due, or was (UTC): how far behind it is. Null if nothing waits.
    pub oldest_due_at: Option<DateTime<Utc>>,
    /// `true` while a replay is under way.
    pub is_replaying: bool,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl WebhookOut {
    pub fn new(row: Webhook, waiting: Waiting, now: DateTime<Utc>) -> Self {
        let kinds = row.kinds();
        let Webhook {
            id,
            property_id,
            url,
            kinds: _,
            description,
            is_enabled,
            disabled_reason,
            disabled_at,
            secret: _,
            previous_secret: _,
            previous_secret_until,
            user_id,
            api_key_id,
            last_success_at,
            last_failure_at,
            failing_since,
            version,
            created_at,
            updated_at,
        } = row;
        let Waiting { pending, oldest_due_at, is_replaying } = waiting;
        Self {
            id,
            property_id,
            url,
            kinds,
            description,
            is_enabled,
            disabled_reason,
            disabled_at,
            user_id,
            api_key_id,
            previous_secret_until: previous_secret_until.filter(|until| *until > now),
            last_success_at,
            last_failure_at,
            failing_since,
            pending,
            oldest_due_at,
            is_replaying,
            version,
            created_at,
            updated_at,
        }
    }
}

/// A webhook with its new secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NewWebhookOut {
    #[serde(flatten)]
    pub webhook: WebhookOut,
    /// Secret by which messages are signed (Standard Webhooks), shown only in this answer.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD6L5Xzw4kxcA=")]
    pub secret: String,
}

/// An event that a webhook was told, or is to be told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookDeliveryOut {
    /// Identifier of the event, which every attempt carries as `webhook-id`.
    pub event_id: Uuid,
    /// Kind of the event.
    #[schema(example = "booking.created")]
    pub kind: String,
    /// Place of the event in the record.
    pub sequence: i64,
    /// State of the delivery.
    pub state: DeliveryState,
    /// `true` if it was sent again by a replay.
    pub is_replay: bool,
    /// Time of the next attempt (UTC); null unless it is pending.
    pub due_at: Option<DateTime<Utc>>,
    /// Time at which it was taken (UTC), the last time if it was sent again; null if it never was.
    pub delivered_at: Option<DateTime<Utc>>,
    /// Body of each attempt: JSON, as text.
    pub request_body: String,
    /// Number of attempts.
    pub attempt_count: i32,
    /// The last attempts, at most 20, the newest first.
    pub attempts: Vec<WebhookAttemptOut>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl WebhookDeliveryOut {
    pub fn new(row: Delivery, attempts: Vec<WebhookAttemptOut>) -> Self {
        let Delivery {
            webhook_id: _,
            event_id,
            kind,
            sequence,
            body,
            state,
            is_replay,
            attempts: attempt_count,
            tries: _,
            due_at,
            delivered_at,
            created_at,
        } = row;
        Self {
            event_id,
            kind,
            sequence,
            state,
            is_replay,
            due_at,
            delivered_at,
            request_body: body,
            attempt_count,
            attempts,
            created_at,
        }
    }
}

/// An attempt to tell a webhook of an event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookAttemptOut {
    /// Number of the attempt, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// Time of the attempt (UTC).
    pub attempted_at: DateTime<Utc>,
    /// Duration of the attempt in milliseconds.
    pub duration_ms: i32,
    /// Status of the answer; null if there was none.
    #[schema(example = 200)]
    pub status: Option<i32>,
    /// Reason why there was no answer; null if there was one.
    #[schema(example = "the server could not be reached")]
    pub error: Option<String>,
    /// Beginning of the body of the answer, up to 4,096 characters; null if there was no answer.
    pub response_body: Option<String>,
}

impl From<Attempt> for WebhookAttemptOut {
    fn from(row: Attempt) -> Self {
        let Attempt { event_id: _, number, attempted_at, duration_ms, status, error, response_body } = row;
        Self { number, attempted_at, duration_ms, status, error, response_body }
    }
}
