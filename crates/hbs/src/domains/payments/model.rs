use crate::domains::drawers::DrawerId;
use crate::domains::folios::Paid;
use crate::gateways::{self, Capture, Decline, DisputeStatus, GatewayError, GatewayIds, Provider};
use crate::ids::id;
use crate::money::{Currency, Money};
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, gateway_events, guarantees, payment_attempts, payment_settings, payments};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

id! {
    /// Id of a payment.
    pub struct PaymentId;
}

id! {
    /// Id of a guarantee, which is the key of the order of its page at the gateway.
    pub struct GuaranteeId;
}

id! {
    /// Id of an attempt, which is the key of its order at the gateway.
    pub struct AttemptId;
}

text_enum! {
    /// Method of a payment: money at the desk (`cash`), a card at the terminal of the desk (`card_terminal`), a transfer to the
    /// hotel's bank account (`bank_transfer`), or a page of a payment gateway (`gateway`).
    pub enum PaymentMethod {
        Cash = "cash",
        CardTerminal = "card_terminal",
        BankTransfer = "bank_transfer",
        Gateway = "gateway",
    }
}

impl PaymentMethod {
    /// Text of the lines of such a payment.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cash => "Cash",
            Self::CardTerminal => "Card terminal",
            Self::BankTransfer => "Bank transfer",
            Self::Gateway => "Online payment",
        }
    }
}

text_enum! {
    /// Status of a payment: nothing has been paid yet (`pending`), whoever pays has to do something (`requires_action`), the
    /// money is set aside (`authorized`), the hotel has it (`captured`), it was refused (`failed`), it was taken back before
    /// it counted (`voided`), its time is over (`expired`), or nobody knows yet whether it was done (`unknown`).
    pub enum PaymentStatus {
        Pending = "pending",
        RequiresAction = "requires_action",
        Authorized = "authorized",
        Captured = "captured",
        Failed = "failed",
        Voided = "voided",
        Expired = "expired",
        Unknown = "unknown",
    }
}

text_enum! {
    /// Kind of an order to a gateway: open a page on which somebody pays (`checkout`), charge a guarantee (`charge`), take what
    /// is authorized (`capture`), give a payment up (`void`), or pay something back (`refund`).
    pub enum AttemptKind {
        Checkout = "checkout",
        Charge = "charge",
        Capture = "capture",
        Void = "void",
        Refund = "refund",
    }
}

text_enum! {
    /// Status of an order to a gateway: nobody knows its end yet (`open`), it was done (`succeeded`), or refused (`failed`).
    pub enum AttemptStatus {
        Open = "open",
        Succeeded = "succeeded",
        Failed = "failed",
    }
}

text_enum! {
    /// Reason why somebody has to look at a payment: its authorization ends within a day, or has ended before anything was
    /// captured (`authorization_ends`), the gateway has it with another amount (`amount_differs`), something was paid back at
    /// the gateway and not here (`refunded_elsewhere`), a refund of it has not gone through (`refund_failed`), the bank took it
    /// back (`taken_back`), its owner disputes it (`disputed`), or its gateway has told of it and not answered its order for
    /// 10 min (`event_waits`).
    pub enum Attention {
        AuthorizationEnds = "authorization_ends",
        AmountDiffers = "amount_differs",
        RefundedElsewhere = "refunded_elsewhere",
        RefundFailed = "refund_failed",
        TakenBack = "taken_back",
        Disputed = "disputed",
        EventWaits = "event_waits",
    }
}

text_enum! {
    /// Status of a gateway's event: kept (`received`), acted on (`applied`), of a payment that is not there, or not yet
    /// (`unmatched`), or put aside since it does not say what the gateway has (`parked`).
    pub enum EventStatus {
        Received = "received",
        Applied = "applied",
        Unmatched = "unmatched",
        Parked = "parked",
    }
}

/// Order to a gateway: committed before the call, and given again with the same id and words if nobody knows its end.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_attempts, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Attempt {
    pub property_id: Uuid,
    pub id: AttemptId,
    pub payment_id: PaymentId,
    pub refund_id: Option<Uuid>,
    pub kind: AttemptKind,
    pub status: AttemptStatus,
    pub amount_minor: i64,
    /// Texts that a page is ordered with, as `Words`.
    pub words: Option<Value>,
    pub fault: Option<String>,
    /// By the clock of the server, as gateways count.
    pub ordered_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Order of a charge to a guarantee, beside the amount.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChargeWords {
    pub customer_id: String,
    pub method_id: String,
    pub description: String,
}

/// Texts and addresses that a page is ordered with, beside the amount.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Words {
    pub description: String,
    pub email: Option<String>,
    pub language: String,
    pub return_url: String,
    pub cancel_url: String,
    pub expires_at: DateTime<Utc>,
    /// `true` to keep the means of payment as well, as a guarantee of the booking.
    #[serde(default)]
    pub stores_guarantee: bool,
}

/// Contact of a booking, who is asked to pay.
#[derive(Debug, Default, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct Payer {
    pub reference: String,
    #[diesel(column_name = contact_email)]
    pub email: Option<String>,
    pub locale: Option<Locale>,
}

/// Event of a gateway, as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = gateway_events, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct StoredEvent {
    pub provider: Provider,
    pub id: String,
    pub kind: String,
    pub status: EventStatus,
    pub told_payment_id: Option<Uuid>,
    pub told_refund_id: Option<Uuid>,
    pub told_ids: Vec<Option<String>>,
    pub amount_minor: Option<i64>,
    pub currency: Option<Currency>,
    pub occurred_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Payment of a folio.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Payment {
    pub property_id: Uuid,
    pub id: PaymentId,
    pub folio_id: Uuid,
    /// Booking of the folio, if it has one.
    pub booking_id: Option<Uuid>,
    pub method: PaymentMethod,
    pub status: PaymentStatus,
    pub currency: Currency,
    pub amount_minor: i64,
    pub authorized_minor: i64,
    pub captured_minor: i64,
    /// Amount of refunds that are asked for or under way.
    pub refunding_minor: i64,
    pub refunded_minor: i64,
    pub reference: Option<String>,
    pub value_date: Option<NaiveDate>,
    /// Business date on which it was recorded.
    pub business_date: NaiveDate,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Time at which authorized money is taken, of a payment through a gateway.
    pub capture: Option<Capture>,
    pub provider: Option<Provider>,
    /// Ids of the payment at its gateway: that of its first answer, and that of the movement of money.
    pub gateway_id: Option<String>,
    pub gateway_transaction_id: Option<String>,
    /// Page on which somebody pays, while it is open.
    pub page: Option<String>,
    pub page_expires_at: Option<DateTime<Utc>>,
    /// End of the authorization.
    pub capture_before: Option<DateTime<Utc>>,
    /// Reason why the last try was declined.
    pub decline: Option<Decline>,
    pub dispute: Option<DisputeStatus>,
    /// Reason why somebody has to look at it.
    pub attention: Option<Attention>,
    /// Amount that a bank has taken back for good.
    pub lost_minor: i64,
    /// Drawer into which it went, of cash that somebody took who has one.
    pub drawer_id: Option<DrawerId>,
    /// `true` if another system took it before: an imported reservation brought it along.
    pub is_brought_in: bool,
    /// The person at the hotel who recorded it, also by a key; none if a guest pays through a gateway.
    pub recorded_by: Option<Uuid>,
    /// What exactly somebody has to look at, by which it is known when it is told again.
    pub attention_about: Option<String>,
    /// What somebody has looked at before, a line each.
    pub acknowledged: Option<String>,
    /// Part of what was paid back that went by another way than the payment's own, so that its gateway knows nothing of it.
    pub transferred_minor: i64,
}

/// Amount that was paid of a new booking at another system, by a method of the desk.
#[derive(Debug, Clone, Copy)]
pub struct PaidBefore {
    pub booking_id: Uuid,
    pub method: PaymentMethod,
    pub amount_minor: i64,
    /// `true` if the guests are to come: it is a deposit then.
    pub is_deposit: bool,
}

impl Payment {
    /// The ids of the payment at its gateway.
    pub fn gateway_ids(&self) -> Result<GatewayIds, GatewayError> {
        let id = self.gateway_id.clone().ok_or(GatewayError::NotDone("the gateway has not answered yet"))?;
        Ok(GatewayIds { id, transaction_id: self.gateway_transaction_id.clone() })
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// The payment as folios count it.
    pub fn on_folio(&self, today: NaiveDate, now: DateTime<Utc>) -> Paid<'_> {
        Paid {
            property_id: self.property_id,
            payment_id: self.id.into(),
            folio_id: self.folio_id,
            booking_id: self.booking_id,
            description: self.method.title(),
            is_brought_in: self.is_brought_in,
            method: None,
            today,
            now,
        }
    }

    /// Returns `true` if somebody has looked at exactly this of the payment.
    pub fn is_acknowledged(&self, about: &str) -> bool {
        self.acknowledged.iter().flat_map(|known| known.lines()).any(|line| line == about)
    }

    /// Returns what can be paid back, in minor units: of what the hotel has, what nobody has asked for yet.
    pub fn refundable_minor(&self) -> i64 {
        (self.captured_minor - self.refunded_minor - self.refunding_minor - self.lost_minor).max(0)
    }

    /// Returns what the hotel has of it, in minor units: what its lines on folios come to.
    pub fn had_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor - self.lost_minor
    }
}

impl Recorded for Payment {
    const ENTITY: &'static str = "payment";
    /// Fields that events show: the reference is withheld, since people write into it whatever they like.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "folio_id",
        "booking_id",
        "method",
        "status",
        "currency",
        "amount_minor",
        "authorized_minor",
        "captured_minor",
        "refunding_minor",
        "refunded_minor",
        "value_date",
        "business_date",
        "lines",
        "overpays",
        "order",
        "capture",
        "provider",
        "gateway_id",
        "gateway_transaction_id",
        "page_expires_at",
        "capture_before",
        "decline",
        "dispute",
        "attention",
        "lost_minor",
        "drawer_id",
        "is_brought_in",
        "recorded_by",
        "attention_about",
        "acknowledged",
        "transferred_minor",
        "parked_events",
    ];
    const SEALED: &'static [&'static str] = &["reference", "reason"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(self.booking_id)
    }
}

text_enum! {
    /// Status of a guarantee: its page is being opened (`pending`), or is open (`requires_action`), the gateway keeps a means of
    /// payment that can be charged (`stored`), none was left (`failed`, `expired`), or another one has taken its place
    /// (`replaced`).
    pub enum GuaranteeStatus {
        Pending = "pending",
        RequiresAction = "requires_action",
        Stored = "stored",
        Failed = "failed",
        Expired = "expired",
        Replaced = "replaced",
    }
}

/// Guarantee of a booking: a means of payment that its gateway keeps, to be charged later.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = guarantees, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Guarantee {
    pub property_id: Uuid,
    pub id: GuaranteeId,
    pub booking_id: Uuid,
    pub status: GuaranteeStatus,
    pub provider: Provider,
    /// Ids of the means of payment at its gateway.
    pub customer_id: Option<String>,
    pub method_id: Option<String>,
    /// Id of the page at its gateway; none for one that was left with a payment.
    pub gateway_id: Option<String>,
    pub page: Option<String>,
    pub page_expires_at: Option<DateTime<Utc>>,
    /// Texts that the page was ordered with, as `Words`.
    pub words: Option<Value>,
    /// By the clock of the server, as gateways count.
    pub ordered_at: DateTime<Utc>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Guarantee {
    /// The means of payment, if the gateway keeps one.
    pub fn means(&self) -> Option<gateways::Guarantee> {
        let (customer_id, method_id) = (self.customer_id.clone()?, self.method_id.clone()?);
        Some(gateways::Guarantee { customer_id, method_id })
    }

    /// Returns `true` if nobody has left anything on the page yet.
    pub fn is_open(&self) -> bool {
        matches!(self.status, GuaranteeStatus::Pending | GuaranteeStatus::RequiresAction)
    }
}

impl Recorded for Guarantee {
    const ENTITY: &'static str = "guarantee";
    /// Fields that events show: the ids by which a means of payment can be charged are withheld, and the page.
    const OPEN: &'static [&'static str] = &["property_id", "id", "booking_id", "status", "provider", "page_expires_at"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(self.booking_id)
    }
}

/// Settings of a hotel's payments: the methods that it takes, and who approves refunds.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = payment_settings)]
pub struct PaymentSettings {
    pub property_id: Uuid,
    pub methods: Vec<Option<PaymentMethod>>,
    /// Highest amount that is paid back without a second person.
    pub refund_approval_above_minor: i64,
    /// `true` if the person who asks for a refund may approve it.
    pub allows_own_approval: bool,
    /// `true` if what is due is charged to guarantees by itself.
    pub charges_guarantees: bool,
    pub version: i64,
    pub updated_at: DateTime<Utc>,
}

impl PaymentSettings {
    /// The settings of a hotel that has not said anything: all methods, and every refund is approved by somebody else.
    pub fn unsaid(property_id: Uuid, since: DateTime<Utc>) -> Self {
        Self {
            property_id,
            methods: PaymentMethod::ALL.iter().copied().map(Some).collect(),
            refund_approval_above_minor: 0,
            allows_own_approval: false,
            charges_guarantees: false,
            version: 1,
            updated_at: since,
        }
    }

    pub fn methods(&self) -> Vec<PaymentMethod> {
        self.methods.iter().flatten().copied().collect()
    }
}

impl Recorded for PaymentSettings {
    const ENTITY: &'static str = "payment_settings";
    const OPEN: &'static [&'static str] =
        &["property_id", "methods", "refund_approval_above_minor", "allows_own_approval", "charges_guarantees"];

    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}
