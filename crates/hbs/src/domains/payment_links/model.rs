use crate::domains::payments::PaymentId;
use crate::ids::id;
use crate::money::{Currency, Money};
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::payment_links;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

id! {
    /// Id of a payment link.
    pub struct PaymentLinkId;
}

text_enum! {
    /// Status of a payment link: somebody can pay by it (`open`), what it asked for is paid, by it or otherwise (`paid`), staff
    /// have taken it back (`cancelled`), or its time is over (`expired`).
    pub enum LinkStatus {
        Open = "open",
        Paid = "paid",
        Cancelled = "cancelled",
        Expired = "expired",
    }
}

/// Link by which somebody pays a folio.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_links, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct PaymentLink {
    pub property_id: Uuid,
    pub id: PaymentLinkId,
    pub folio_id: Uuid,
    /// Booking of the folio, if it has one.
    pub booking_id: Option<Uuid>,
    pub status: LinkStatus,
    pub currency: Currency,
    /// None: what is left to be paid when somebody pays.
    pub amount_minor: Option<i64>,
    /// Address to which it was mailed.
    pub email: Option<String>,
    pub expires_at: DateTime<Utc>,
    /// Last payment that was begun by it.
    pub payment_id: Option<PaymentId>,
    pub created_by: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl PaymentLink {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// Returns the status at a time: a link whose time is over has expired, though nobody has noted that yet.
    pub fn status_at(&self, now: DateTime<Utc>) -> LinkStatus {
        if self.status == LinkStatus::Open && self.expires_at <= now { LinkStatus::Expired } else { self.status }
    }
}

impl Recorded for PaymentLink {
    const ENTITY: &'static str = "payment_link";
    /// Fields that events show: the address is withheld, since it tells of a person.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "folio_id",
        "booking_id",
        "status",
        "currency",
        "amount_minor",
        "expires_at",
        "payment_id",
        "created_by",
    ];
    const SEALED: &'static [&'static str] = &["email"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(self.booking_id)
    }
}

/// Content of the token of a link, which is sealed: what it asks for stands in its row alone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Named {
    pub property_id: Uuid,
    pub id: PaymentLinkId,
}
