use crate::domains::drawers::DrawerId;
use crate::domains::payments::{Payment, PaymentId, PaymentMethod};
use crate::ids::id;
use crate::money::Currency;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{payments, refunds};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a refund.
    pub struct RefundId;
}

text_enum! {
    /// Status of a refund: somebody has asked for it (`requested`), it may be paid (`approved`), its money is on the way
    /// (`processing`), it was paid back (`completed`), it is not granted (`rejected`), or it did not go through (`failed`).
    pub enum RefundStatus {
        Requested = "requested",
        Approved = "approved",
        Processing = "processing",
        Completed = "completed",
        Rejected = "rejected",
        Failed = "failed",
    }
}

text_enum! {
    /// Way by which a refund goes: that of its payment (`own`), or a transfer to a bank account that staff make themselves
    /// (`bank_transfer`).
    #[derive(Default)]
    pub enum RefundWay {
        #[default]
        Own = "own",
        BankTransfer = "bank_transfer",
    }
}

impl RefundWay {
    /// Returns the method by which money goes that does not go by that of its payment.
    pub fn method(self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::BankTransfer => Some(PaymentMethod::BankTransfer.as_str()),
        }
    }
}

/// Refund of a payment.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = refunds, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Refund {
    pub property_id: Uuid,
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub status: RefundStatus,
    pub amount_minor: i64,
    pub reason: String,
    /// The person who asked for it, also by a key; none: HBS itself.
    pub requested_by: Option<Uuid>,
    /// The person who approved or rejected it; none if nobody had to.
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub rejection: Option<String>,
    pub reference: Option<String>,
    pub completed_at: Option<DateTime<Utc>>,
    /// The posting of a cancellation that gave rise to it.
    pub posting_id: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Id of the refund at the gateway of its payment.
    pub gateway_id: Option<String>,
    /// Drawer out of which it was paid, in cash.
    pub drawer_id: Option<DrawerId>,
    /// Way by which it goes.
    pub way: RefundWay,
}

/// Change of a refund.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = refunds)]
pub struct RefundChange {
    pub status: Option<RefundStatus>,
    pub decided_by: Option<Option<Uuid>>,
    pub decided_at: Option<DateTime<Utc>>,
    pub rejection: Option<String>,
    pub reference: Option<Option<String>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub gateway_id: Option<String>,
    pub drawer_id: Option<DrawerId>,
    pub way: Option<RefundWay>,
}

/// Payment of a refund, as far as the refund shows it.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = payments)]
pub struct OfPayment {
    pub booking_id: Option<Uuid>,
    pub currency: Currency,
}

impl From<&Payment> for OfPayment {
    fn from(payment: &Payment) -> Self {
        Self { booking_id: payment.booking_id, currency: payment.currency }
    }
}

/// A refund with its payment.
pub type WithPayment = (Refund, OfPayment);

/// A refund as the record tells of it: in the timeline of the booking whose payment it is of.
#[derive(Debug, Clone, Serialize)]
pub struct Told<'a> {
    #[serde(flatten)]
    pub refund: &'a Refund,
    pub booking_id: Option<Uuid>,
}

impl Recorded for Told<'_> {
    const ENTITY: &'static str = "refund";
    /// Fields that events show: reasons are withheld, since people write into them whatever they like.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "payment_id",
        "booking_id",
        "status",
        "amount_minor",
        "requested_by",
        "decided_by",
        "decided_at",
        "completed_at",
        "posting_id",
        "gateway_id",
        "drawer_id",
        "way",
        "lines",
    ];
    const SEALED: &'static [&'static str] = &["reason", "rejection", "reference"];

    fn entity(&self) -> Entity {
        Entity::new(self.refund.id.into()).at(self.refund.property_id).in_booking(self.booking_id)
    }
}
