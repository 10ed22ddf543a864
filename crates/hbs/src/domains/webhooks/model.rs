use crate::ids::id;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{webhook_deliveries, webhook_replays, webhooks};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a webhook.
    pub struct WebhookId;
}

text_enum! {
    /// Reason why a webhook is disabled: by hand (`by_hand`); nothing but failures for five days (`failing`); its server said
    /// that it is gone for good, by status 410 (`gone`); whoever answers for it may not see to webhooks any more
    /// (`unauthorized`); its property was removed (`property_removed`).
    pub enum DisabledReason {
        /// Somebody has disabled the webhook.
        ByHand = "by_hand",
        /// There was nothing but failures for five days.
        Failing = "failing",
        /// The server said that the address is gone for good.
        Gone = "gone",
        /// Whoever answers for the webhook does not hold the permission any more.
        Unauthorized = "unauthorized",
        /// The property of the webhook was removed.
        PropertyRemoved = "property_removed",
    }
}

text_enum! {
    /// State of a delivery: to be sent (`pending`), taken by the server (`delivered`), given up after the last attempt or with the
    /// replay that was to try once more (`failed`), or never sent, since its replay was cancelled (`cancelled`).
    pub enum DeliveryState {
        /// The event is to be sent, for the first time or again.
        Pending = "pending",
        /// The server has taken the event.
        Delivered = "delivered",
        /// The last attempt has failed, or there is none after it.
        Failed = "failed",
        /// The replay was cancelled before the event was sent.
        Cancelled = "cancelled",
    }
}

/// A webhook: an address that is told of events.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = webhooks)]
pub struct Webhook {
    pub id: WebhookId,
    pub property_id: Option<Uuid>,
    /// Address of the server. It may hold a secret, so events do not show it.
    #[serde(skip)]
    pub url: String,
    pub kinds: Vec<Option<String>>,
    pub description: String,
    pub is_enabled: bool,
    pub disabled_reason: Option<DisabledReason>,
    #[serde(skip)]
    pub disabled_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub secret: Vec<u8>,
    #[serde(skip)]
    pub previous_secret: Option<Vec<u8>>,
    #[serde(skip)]
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// User who answers for the webhook: whoever changed it last.
    pub user_id: Uuid,
    /// Key by which that user changed it.
    pub api_key_id: Option<Uuid>,
    #[serde(skip)]
    pub last_success_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub last_failure_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub failing_since: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Webhook {
    /// Returns the kinds that it is told of; none means every kind.
    pub fn kinds(&self) -> Vec<String> {
        self.kinds.iter().flatten().cloned().collect()
    }
}

impl Recorded for Webhook {
    const ENTITY: &'static str = "webhook";
    const OPEN: &'static [&'static str] = &[
        "id",
        "property_id",
        "kinds",
        "is_enabled",
        "disabled_reason",
        "user_id",
        "api_key_id",
        "has_new_url",
        "event_id",
        "previous_secret_until",
        "after_position",
        "to_position",
        "withdrawn",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = webhooks, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewWebhook<'a> {
    pub id: WebhookId,
    pub property_id: Option<Uuid>,
    pub url: &'a str,
    pub kinds: &'a [String],
    pub description: &'a str,
    pub is_enabled: bool,
    pub disabled_reason: Option<DisabledReason>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub secret: &'a [u8],
    pub user_id: Uuid,
    pub api_key_id: Option<Uuid>,
    pub from_position: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// State that somebody, or a failure, gives a webhook.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
pub struct WebhookState {
    pub url: String,
    pub kinds: Vec<String>,
    pub description: String,
    pub is_enabled: bool,
    pub disabled_reason: Option<DisabledReason>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub user_id: Uuid,
    pub api_key_id: Option<Uuid>,
    pub failing_since: Option<DateTime<Utc>>,
}

impl From<&Webhook> for WebhookState {
    fn from(row: &Webhook) -> Self {
        Self {
            url: row.url.clone(),
            kinds: row.kinds(),
            description: row.description.clone(),
            is_enabled: row.is_enabled,
            disabled_reason: row.disabled_reason,
            disabled_at: row.disabled_at,
            user_id: row.user_id,
            api_key_id: row.api_key_id,
            failing_since: row.failing_since,
        }
    }
}

/// Health of a webhook after attempts.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
pub struct WebhookHealth {
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_failure_at: Option<DateTime<Utc>>,
    pub failing_since: Option<DateTime<Utc>>,
}

/// Delivery of one event to an endpoint.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries)]
pub struct Delivery {
    pub webhook_id: WebhookId,
    pub event_id: Uuid,
    pub kind: String,
    pub sequence: i64,
    pub body: String,
    pub state: DeliveryState,
    pub is_replay: bool,
    pub attempts: i32,
    /// Attempts since it was begun anew.
    pub tries: i32,
    pub due_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// State of a delivery after an attempt.
#[derive(Debug, Clone)]
pub struct DeliveryProgress {
    pub event_id: Uuid,
    pub state: DeliveryState,
    pub attempts: i32,
    pub tries: i32,
    pub due_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// An attempt to tell an endpoint of an event.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub event_id: Uuid,
    pub number: i32,
    pub attempted_at: DateTime<Utc>,
    pub duration_ms: i32,
    pub status: Option<i32>,
    pub error: Option<String>,
    pub response_body: Option<String>,
}

/// Events that a webhook is told again.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_replays, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Replay {
    pub webhook_id: WebhookId,
    pub after_position: i64,
    pub to_position: i64,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub kinds: Vec<Option<String>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Health of a webhook: what waits for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Events that wait, counted up to a limit.
    pub pending: i64,
    pub oldest_due_at: Option<DateTime<Utc>>,
    pub is_replaying: bool,
}
