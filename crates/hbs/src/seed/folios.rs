//! Folios of the demo hotels beside those of guests: of a company, its account, a group and the house.
use super::days::{self, Guest, guest_who_left};
use super::named_id;
use crate::Result;
use crate::app::App;
use crate::domains::accounts::{self, AccountKind, BusinessAccount};
use crate::domains::folios::{self, DemoFolio, PayerKind};
use crate::domains::groups;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use chrono::Days;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Company whose people stay at the hotel, and pay later.
const COMPANY: &str = "Larsen Shipping";

/// Guest of the company who has left: what is owed went to its account.
const ON_ACCOUNT: &Guest = &guest_who_left("Ingrid Larsen", "SGL", -12, 3, 1);

fn account_id(property_id: Uuid) -> Uuid {
    named_id(&format!("{property_id}/account"))
}

/// Loads an account, a group and their folios, with the booking of the company's guest.
pub async fn load(conn: &Conn, property: &Property, booking_id: Uuid, cause: &Cause) -> Result<()> {
    let named = |what: &str| named_id(&format!("{}/{what}", property.id));
    let account = account(property, account_id(property.id), cause);
    if accounts::find_in(conn, property.id, account.id).await?.is_some() {
        return Ok(());
    }
    accounts::insert(conn, &account).await?;
    outbox::publish(conn, cause, [Event::created(&account)]).await?;
    let group_id = named("group");
    let cut_off = property.business_date(cause.at) + Days::new(60);
    groups::open_for_demo(conn, property.id, group_id, ("Coastal Walks", "COASTAL-WALKS"), cut_off, cause).await?;
    let folio = DemoFolio {
        id: named("folio of the house"),
        kind: PayerKind::House,
        booking_id: None,
        group_id: None,
        account_id: None,
        name: "Meals of the staff",
        charge: ("Dinner", 8_400),
    };
    let master = DemoFolio {
        id: named("folio of the group"),
        kind: PayerKind::Master,
        group_id: Some(group_id),
        name: "Coastal Walks",
        charge: ("Guide", 12_000),
        ..folio
    };
    let company = DemoFolio {
        id: named("folio of the company"),
        kind: PayerKind::Company,
        booking_id: Some(booking_id),
        account_id: Some(account.id),
        name: COMPANY,
        charge: ("Meeting room", 9_500),
        ..folio
    };
    for folio in [folio, master, company] {
        folios::open_for_demo(conn, property, folio, cause).await?;
    }
    Ok(())
}

/// Loads a stay that is over, for which a company pays later.
pub async fn load_on_account(app: &App, property_id: Uuid) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let account_id = account_id(property_id);
        if accounts::find_in(conn, property_id, account_id).await?.is_none() {
            return Ok(());
        }
        let today = property.business_date(cause.at);
        for (_, booking_id) in days::book(app, conn, property_id, today, &[(0, ON_ACCOUNT)], &cause).await? {
            folios::send_to_account_for_demo(conn, &property, booking_id, account_id, &cause).await?;
        }
        Ok(())
    })
    .await
}

fn account(property: &Property, id: Uuid, cause: &Cause) -> BusinessAccount {
    BusinessAccount {
        property_id: property.id,
        id,
        kind: AccountKind::Company,
        name: COMPANY.into(),
        contact_name: None,
        email: Some("accounts@larsen-shipping.example".into()),
        phone: None,
        street: None,
        city: Some("Bergen".into()),
        postal_code: None,
        country: Some("NO".into()),
        tax_id: None,
        payment_days: 30,
        credit_limit_minor: Some(500_000),
        notes: None,
        is_active: true,
        version: 1,
        created_at: cause.at,
        updated_at: cause.at,
        tax_exemption: None,
    }
}
