//! Folios of the demo hotels beside those of guests: of a company, a group and the house.
use super::named_id;
use crate::Result;
use crate::domains::accounts::{self, AccountKind, BusinessAccount};
use crate::domains::folios::{self, DemoFolio, PayerKind};
use crate::domains::groups;
use crate::domains::properties::Property;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use chrono::Days;
use uuid::Uuid;

/// Company whose people stay at the hotel, and pay later.
const COMPANY: &str = "Larsen Shipping";

/// Loads an account, a group and their folios, with the booking of the company's guest.
pub async fn load(conn: &Conn, property: &Property, booking_id: Uuid, cause: &Cause) -> Result<()> {
    let named = |what: &str| named_id(&format!("{}/{what}", property.id));
    let account = account(property, named("account"), cause);
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
