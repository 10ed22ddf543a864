//! What guests of the demo hotels have paid, and what is paid back to them.
use crate::Result;
use crate::domains::folios;
use crate::domains::payments::{self, Payment, PaymentMethod};
use crate::domains::properties::Property;
use crate::domains::refunds::{self, DemoRefund};
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Payment of a guest: of so many hundredths of what the booking owes, and what becomes of some of it.
struct Paid {
    guest: &'static str,
    method: PaymentMethod,
    percent: i64,
    /// `true` if it was entered twice, and one of the two taken back.
    is_entered_twice: bool,
    refund: Option<(i64, &'static str, DemoRefund)>,
}

const fn paid(guest: &'static str, method: PaymentMethod, percent: i64) -> Paid {
    Paid { guest, method, percent, is_entered_twice: false, refund: None }
}

const PAID: &[Paid] = &[
    paid("Clara Neves", PaymentMethod::Cash, 100),
    paid("Sven Holm", PaymentMethod::CardTerminal, 100),
    Paid { is_entered_twice: true, ..paid("Nina Petrova", PaymentMethod::CardTerminal, 100) },
    paid("Bruno Almeida", PaymentMethod::BankTransfer, 30),
    paid("Ana Sousa", PaymentMethod::BankTransfer, 30),
    Paid {
        refund: Some((2_000, "No hot water in the morning", DemoRefund::Requested)),
        ..paid("Aiko Tanaka", PaymentMethod::CardTerminal, 50)
    },
    Paid {
        refund: Some((1_500, "Dinner was booked twice", DemoRefund::Completed)),
        ..paid("Henry Clarke", PaymentMethod::Cash, 50)
    },
];

/// Records what a guest has paid, if they have.
pub async fn load(conn: &Conn, property: &Property, guest: &str, booking_id: Uuid, cause: &Cause) -> Result<()> {
    let Some(paid) = PAID.iter().find(|paid| paid.guest == guest) else { return Ok(()) };
    let amount_minor = owed(conn, property, booking_id).await? * paid.percent / 100;
    if amount_minor <= 0 {
        return Ok(());
    }
    if paid.is_entered_twice {
        let first = payments::record_for_demo(conn, property, booking_id, (paid.method, amount_minor), cause).await?;
        payments::void_for_demo(conn, property, &first, "Entered twice", cause).await?;
    }
    let payment = payments::record_for_demo(conn, property, booking_id, (paid.method, amount_minor), cause).await?;
    if let Some((minor, reason, end)) = paid.refund {
        refunds::request_for_demo(conn, property, &payment, (minor.min(amount_minor), reason, end), cause).await?;
    }
    Ok(())
}

/// Records that guests who have left have paid all that they owed. Returns the payment, if they owed anything.
pub async fn settle(conn: &Conn, property: &Property, booking_id: Uuid, cause: &Cause) -> Result<Option<Payment>> {
    let amount_minor = owed(conn, property, booking_id).await?;
    if amount_minor <= 0 {
        return Ok(None);
    }
    let paid = (PaymentMethod::CardTerminal, amount_minor);
    payments::record_for_demo(conn, property, booking_id, paid, cause).await.map(Some)
}

/// Returns what a booking owes, in minor units.
pub async fn owed(conn: &Conn, property: &Property, booking_id: Uuid) -> Result<i64> {
    Ok(folios::balances(conn, &[(property.id, booking_id)]).await?.remove(&booking_id).unwrap_or(0))
}
