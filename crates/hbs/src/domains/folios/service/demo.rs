//! Folios of the demo hotels.
use super::accounts::{Departure, PayingAccount, send_to_account};
use super::posting::new_folio;
use crate::Result;
use crate::domains::folios::model::{Folio, NewFolio, PayerKind, Posted};
use crate::domains::folios::repository;
use crate::domains::folios::rules::charge::{self, Charge};
use crate::domains::properties::Property;
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Folio of the demo, with what is charged to it.
#[derive(Debug, Clone, Copy)]
pub struct DemoFolio<'a> {
    pub id: Uuid,
    pub kind: PayerKind,
    pub booking_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub name: &'a str,
    /// Charge without tax, in minor units.
    pub charge: (&'a str, i64),
}

/// Opens a folio, and posts its charge.
pub async fn open_for_demo(conn: &Conn, property: &Property, folio: DemoFolio<'_>, cause: &Cause) -> Result<()> {
    let DemoFolio { id, kind, booking_id, group_id, account_id, name, charge: (description, amount_minor) } = folio;
    let new = new_folio(property.id, property.currency, cause.at);
    let folio: Folio =
        repository::insert(conn, &NewFolio { id, kind, booking_id, group_id, account_id, name: Some(name), ..new }).await?;
    let service_date = property.business_date(cause.at);
    let charge = Charge { booking_id, stay_id: None, description, amount_minor, service_date, taxes: &[], extra: None };
    let lines = charge::charge(charge, id);
    if let Some(booking_id) = booking_id {
        repository::add_to_total(conn, property.id, booking_id, amount_minor, cause.at).await?;
    }
    repository::insert_lines(conn, property.id, &lines, cause.at).await?;
    let charged = Event::of("folio.charged", &folio).with("amount_minor", amount_minor).with("lines", Posted::of(&lines));
    outbox::publish(conn, cause, [Event::created(&folio), charged]).await?;
    Ok(())
}

/// Sends what guests of a demo hotel who have left still owe to the account that pays for them.
pub async fn send_to_account_for_demo(
    conn: &Conn,
    property: &Property,
    booking_id: Uuid,
    account_id: Uuid,
    cause: &Cause,
) -> Result<()> {
    let reference = repository::reference(conn, property.id, booking_id).await?;
    let payer = PayingAccount { account_id, pointer: "/account_id" };
    let of = (booking_id, reference.as_str());
    let posted = send_to_account(conn, property, of, Departure::Last { to_come: &[] }, payer, cause.at).await?;
    // The main folio of a booking has its id.
    let folio = repository::find_in(conn, property.id, booking_id).await?.or_404("folio")?;
    outbox::publish(conn, cause, [Event::of("folio.sent_to_account", &folio).with("lines", &posted)]).await?;
    Ok(())
}
