use super::model::{
    Attempt, AttemptId, AttemptKind, AttemptStatus, Attention, Guarantee, GuaranteeId, GuaranteeStatus, Payment, PaymentId,
    PaymentMethod, PaymentSettings, PaymentStatus,
};
use crate::domains::drawers::DrawerId;
use crate::domains::rates::rules::bounds;
use crate::gateways::{Capture, Decline, DisputeStatus, Provider};
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Payment of a folio.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentOut {
    /// Identifier of the payment.
    #[schema(value_type = Uuid)]
    pub id: PaymentId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the folio that was paid.
    pub folio_id: Uuid,
    /// Identifier of the folio's booking; null for master and house folios.
    pub booking_id: Option<Uuid>,
    /// Method of the payment.
    pub method: PaymentMethod,
    /// Status of the payment.
    pub status: PaymentStatus,
    /// Amount that was to be paid.
    pub amount: Money,
    /// Amount that the hotel got, paid back or not.
    pub captured: Money,
    /// Amount that was paid back.
    pub refunded: Money,
    /// Amount that is to be paid back: of refunds that are requested, approved or under way.
    pub refunding: Money,
    /// Amount that can still be paid back.
    pub refundable: Money,
    /// Amount that the payer's bank took back for good, of a dispute that was lost: it is owed again.
    pub lost: Money,
    /// Number of the receipt, the slip or the transfer; null if none was noted, and for guests.
    pub reference: Option<String>,
    /// Date on which the bank credited the transfer; null for other methods, and if it was brought in from another system.
    pub value_date: Option<NaiveDate>,
    /// Business date of the hotel on which the payment was recorded.
    pub business_date: NaiveDate,
    /// Time at which authorized money is taken, of a payment through a gateway; null for other methods.
    pub capture: Option<Capture>,
    /// Gateway through which it goes; null for other methods.
    pub provider: Option<Provider>,
    /// Amount that is set aside and can be captured.
    pub authorized: Money,
    /// Amount that was set aside and is free again, since less was captured.
    pub released: Money,
    /// Time until which what is set aside can be captured (UTC); null if nothing is.
    pub capture_before: Option<DateTime<Utc>>,
    /// Next step of whoever pays; null if there is none.
    pub next_action: Option<NextAction>,
    /// Reason why the last try was declined; null if it was not.
    pub decline: Option<Decline>,
    /// Dispute of the payment by its owner's bank; null if there was none.
    pub dispute: Option<DisputeStatus>,
    /// Reason why somebody at the hotel has to look at it; null if nobody has to, and for guests.
    pub attention: Option<Attention>,
    /// Identifier of the cash drawer into which it went; null for other methods, where whoever took it has none, and for guests.
    #[schema(value_type = Option<Uuid>)]
    pub drawer_id: Option<DrawerId>,
    /// `true` if another system took it before, and an imported reservation brought it along: it is in no report of payments.
    pub is_brought_in: bool,
    /// Identifier of the person at the hotel who recorded it; null for payments through a gateway, for those that were brought
    /// in, and for guests.
    pub recorded_by: Option<Uuid>,
    /// Orders to the gateway, the oldest first; empty for other methods.
    pub attempts: Vec<AttemptOut>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl PaymentOut {
    /// Shows a payment with its orders; to guests without what the hotel's people noted and have to look at.
    pub fn new(payment: Payment, attempts: Vec<Attempt>, is_to_staff: bool) -> Self {
        let refundable = payment.money(payment.refundable_minor());
        let (is_authorized, is_captured) =
            (payment.status == PaymentStatus::Authorized, payment.status == PaymentStatus::Captured);
        let Payment {
            property_id,
            id,
            folio_id,
            booking_id,
            method,
            status,
            currency,
            amount_minor,
            authorized_minor,
            captured_minor,
            refunding_minor,
            refunded_minor,
            reference,
            value_date,
            business_date,
            version,
            created_at,
            updated_at,
            capture,
            provider,
            gateway_id: _,
            gateway_transaction_id: _,
            page,
            page_expires_at,
            capture_before,
            decline,
            dispute,
            attention,
            lost_minor,
            drawer_id,
            is_brought_in,
            recorded_by,
            attention_about: _,
            acknowledged: _,
            transferred_minor: _,
        } = payment;
        let money = |minor| Money::new(minor, currency);
        Self {
            id,
            property_id,
            folio_id,
            booking_id,
            method,
            status,
            amount: money(amount_minor),
            captured: money(captured_minor),
            refunded: money(refunded_minor),
            refunding: money(refunding_minor),
            refundable,
            lost: money(lost_minor),
            reference: reference.filter(|_| is_to_staff),
            value_date,
            business_date,
            capture,
            provider,
            authorized: money(if is_authorized { authorized_minor } else { 0 }),
            released: money(if is_captured { authorized_minor - captured_minor } else { 0 }),
            capture_before,
            next_action: page.map(|url| NextAction { kind: NextActionKind::Redirect, url, expires_at: page_expires_at }),
            decline,
            dispute,
            attention: attention.filter(|_| is_to_staff),
            drawer_id: drawer_id.filter(|_| is_to_staff),
            is_brought_in,
            recorded_by: recorded_by.filter(|_| is_to_staff),
            attempts: attempts.into_iter().map(|attempt| AttemptOut::new(attempt, currency, is_to_staff)).collect(),
            version,
            created_at,
            updated_at,
        }
    }
}

text_enum! {
    /// Kind of a next step: send whoever pays to the page of the gateway (`redirect`).
    pub enum NextActionKind {
        Redirect = "redirect",
    }
}

/// Next step of whoever pays.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NextAction {
    /// Kind of the step.
    pub kind: NextActionKind,
    /// Address of the page to which whoever pays is sent.
    pub url: String,
    /// End of the page (UTC).
    pub expires_at: Option<DateTime<Utc>>,
}

/// Order to the gateway of a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttemptOut {
    /// Identifier of the order, which is its key at the gateway.
    #[schema(value_type = Uuid)]
    pub id: AttemptId,
    /// Kind of the order.
    pub kind: AttemptKind,
    /// Status of the order.
    pub status: AttemptStatus,
    /// Amount of the order.
    pub amount: Money,
    /// Reason why it was refused: a decline, or the code of the gateway; null if it was not, and for guests.
    pub fault: Option<String>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl AttemptOut {
    fn new(attempt: Attempt, currency: Currency, is_to_staff: bool) -> Self {
        let Attempt { id, kind, status, amount_minor, fault, created_at, .. } = attempt;
        let fault = fault.filter(|_| is_to_staff);
        Self { id, kind, status, amount: Money::new(amount_minor, currency), fault, created_at }
    }
}

/// Payment to record.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePayment {
    /// Identifier of the folio that is paid; exactly one of `folio_id` and `booking_id`.
    #[garde(skip)]
    pub folio_id: Option<Uuid>,
    /// Identifier of the booking whose main folio is paid; exactly one of `folio_id` and `booking_id`.
    #[garde(skip)]
    pub booking_id: Option<Uuid>,
    /// Method of the payment, one that the hotel takes.
    #[garde(skip)]
    pub method: PaymentMethod,
    /// Amount in the currency of the hotel, more than nothing, and at most what is left to be paid on the folio.
    #[garde(custom(bounds::amount))]
    pub amount: Money,
    /// Number of the receipt, the slip or the transfer, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "E2E-20261201-0042")]
    pub reference: Option<String>,
    /// Date on which the bank credited the transfer, not after the business date; the business date if left out. For bank
    /// transfers only.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-11-30")]
    pub value_date: Option<NaiveDate>,
    /// Time at which the money is taken, of a payment through a gateway: at once (`automatic`) if left out, or when staff
    /// capture it (`manual`, which needs `payments:write`).
    #[garde(skip)]
    pub capture: Option<Capture>,
    /// `true` to take more than is left to be paid, as a deposit on what is to come; needs `payments:overpay`.
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = false)]
    pub overpay: bool,
    /// `true` to keep the means of payment at the gateway as a guarantee of the booking, to be charged with what is due later.
    /// For payments of bookings through a gateway.
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = false)]
    pub stores_guarantee: bool,
}

impl CreatePayment {
    /// A payment of a folio that is known, as it is made where no caller asks for it.
    pub fn of_method(method: PaymentMethod, amount: Money) -> Self {
        Self {
            folio_id: None,
            booking_id: None,
            method,
            amount,
            reference: None,
            value_date: None,
            capture: None,
            overpay: false,
            stores_guarantee: false,
        }
    }
}

/// Reason for which a payment is voided.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidPayment {
    /// Reason, 1 to 500 characters.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500, example = "Entered twice")]
    pub reason: Option<String>,
}

/// Acknowledgement of what somebody had to look at.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgePayment {
    /// What was found, and what was done about it, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "The dispute was answered at the gateway")]
    pub reason: String,
}

/// Amount to capture.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapturePayment {
    /// Amount, more than nothing and at most what is authorized; all of it if left out. The rest is free again.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
}

/// Filter of payments.
#[derive(Debug, Default, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct PaymentFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the booking whose folios were paid.
    pub booking_id: Option<Uuid>,
    /// Identifier of the folio that was paid.
    pub folio_id: Option<Uuid>,
    /// Status of the payment.
    #[param(inline)]
    pub status: Option<PaymentStatus>,
    /// Method of the payment.
    #[param(inline)]
    pub method: Option<PaymentMethod>,
    /// `true` for payments that somebody has to look at, `false` for all others.
    pub needs_attention: Option<bool>,
    /// First business date on which it was recorded.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub from: Option<NaiveDate>,
    /// Last business date on which it was recorded, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub to: Option<NaiveDate>,
}

/// Settings of a hotel's payments.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentSettingsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Methods that the hotel takes.
    pub methods: Vec<PaymentMethod>,
    /// Highest amount that is paid back without a second person: what is beyond it is approved by somebody else than who
    /// asked for it.
    pub refund_approval_above: Money,
    /// `true` if the person who asks for a refund may approve it, in hotels without a second one.
    pub allows_own_approval: bool,
    /// `true` if what is due is charged by itself to the guarantees that guests left.
    pub charges_guarantees: bool,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of the last change (UTC); of the property if nothing was said yet.
    pub updated_at: DateTime<Utc>,
}

impl PaymentSettingsOut {
    pub fn new(settings: &PaymentSettings, currency: Currency) -> Self {
        Self {
            property_id: settings.property_id,
            methods: settings.methods(),
            refund_approval_above: Money::new(settings.refund_approval_above_minor, currency),
            allows_own_approval: settings.allows_own_approval,
            charges_guarantees: settings.charges_guarantees,
            version: settings.version,
            updated_at: settings.updated_at,
        }
    }
}

/// Change of a hotel's payment settings. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePaymentSettings {
    /// Methods that the hotel takes, 1 to 10: exactly these.
    #[garde(inner(length(min = 1, max = 10)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_items = 1, max_items = 10)]
    pub methods: Option<Vec<PaymentMethod>>,
    /// Highest amount that is paid back without a second person, in the currency of the hotel; nothing by default.
    #[garde(custom(bounds::maybe_amount))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub refund_approval_above: Option<Money>,
    /// `true` to let the person who asks for a refund approve it. Hotels without a second one need it; the change is on record.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub allows_own_approval: Option<bool>,
    /// `true` to charge what is due by itself to the guarantees that guests left; `false` by default.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub charges_guarantees: Option<bool>,
}

/// Guarantee of a booking: a means of payment that a gateway keeps, to be charged with what is due later.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuaranteeOut {
    /// Identifier of the guarantee.
    #[schema(value_type = Uuid)]
    pub id: GuaranteeId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Status of the guarantee.
    pub status: GuaranteeStatus,
    /// Gateway that keeps the means of payment.
    pub provider: Provider,
    /// Next step of whoever leaves it; null if there is none.
    pub next_action: Option<NextAction>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Guarantee> for GuaranteeOut {
    fn from(row: Guarantee) -> Self {
        let Guarantee {
            property_id,
            id,
            booking_id,
            status,
            provider,
            customer_id: _,
            method_id: _,
            gateway_id: _,
            page,
            page_expires_at,
            words: _,
            ordered_at: _,
            version,
            created_at,
            updated_at,
        } = row;
        let next_action = page.map(|url| NextAction { kind: NextActionKind::Redirect, url, expires_at: page_expires_at });
        Self { id, property_id, booking_id, status, provider, next_action, version, created_at, updated_at }
    }
}
