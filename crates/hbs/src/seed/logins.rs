//! Bookings of the guest of the demo who has a login: one that is over, with its invoice, a review and a refund that was not
//! granted, and one to come with its deposit.
use super::days::{self, Guest, guest_to_come};
use super::{People, payments, reviews};
use crate::Result;
use crate::app::App;
use crate::domains::refunds::{self, DemoRefund};
use crate::domains::{bookings, invoices, properties};
use crate::error::Or404;
use crate::outbox::Cause;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// The address of the guest.
const LOGIN: &str = "ana@demo.example";
/// Address of whoever decides about refunds.
const DECIDES: &str = "finance@demo.example";
const TO_COME: &Guest = &guest_to_come("Ana Sousa", "DBL", 21, 4, 2);

/// Loads the bookings of the guest with a login.
pub async fn load(app: &App, property_id: Uuid, people: &People) -> Result<()> {
    let (Some(guest_id), Some(decided_by)) = (people.get(LOGIN).copied(), people.get(DECIDES).copied()) else {
        return Ok(());
    };
    let cause = Cause::system(app.clock.now());
    let over = reviews::login_who_left();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let today = property.business_date(cause.at);
        let booked = days::book(app, conn, property_id, today, &[(0, &over), (0, TO_COME)], &cause).await?;
        let ids: Vec<Uuid> = booked.iter().map(|(_, booking_id)| *booking_id).collect();
        bookings::give_for_demo(conn, &ids, guest_id, &cause).await?;
        for (guest, booking_id) in booked {
            if guest.is_to_come() {
                payments::load(conn, &property, guest.name, booking_id, &cause).await?;
                continue;
            }
            if let Some(payment) = payments::settle(conn, &property, booking_id, &cause).await? {
                let rejected = DemoRefund::Rejected { by: decided_by, reason: "The car was in the garage for three nights" };
                let refund = (1_000, "Parking was charged for three nights", rejected);
                refunds::request_for_demo(conn, &property, &payment, refund, &cause).await?;
            }
            // The main folio of a booking has its id.
            invoices::issue_for_demo(app, conn, booking_id, &cause).await?;
            reviews::load_of_login(conn, (property_id, booking_id), guest_id, today, cause.at).await?;
        }
        Ok(())
    })
    .await
}
