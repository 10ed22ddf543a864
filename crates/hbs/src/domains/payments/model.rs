use crate::domains::folios::Paid;
use crate::ids::id;
use crate::money::{Currency, Money};
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{payment_settings, payments};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a payment.
    pub struct PaymentId;
}

text_enum! {
    /// Method of a payment: money at the desk (`cash`), a card at the terminal of the desk (`card_terminal`), or a transfer to
    /// the hotel's bank account (`bank_transfer`).
    pub enum PaymentMethod {
        Cash = "cash",
        CardTerminal = "card_terminal",
        BankTransfer = "bank_transfer",
    }
}

impl PaymentMethod {
    /// Text of the lines of such a payment.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cash => "Cash",
            Self::CardTerminal => "Card terminal",
            Self::BankTransfer => "Bank transfer",
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
}

impl Payment {
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
            today,
            now,
        }
    }

    /// Returns what can be paid back, in minor units: of what was captured, what nobody has asked for yet.
    pub fn refundable_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor - self.refunding_minor
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
    ];

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
    /// `true` if who asks for a refund may approve it.
    pub allows_own_approval: bool,
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
    const OPEN: &'static [&'static str] = &["property_id", "methods", "refund_approval_above_minor", "allows_own_approval"];

    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}
