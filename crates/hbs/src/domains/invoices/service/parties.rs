//! The parties of a document: what stands on it is copied, whatever becomes of profiles, accounts and settings.
use crate::domains::accounts::{self, BusinessAccount};
use crate::domains::bookings::{self, Booking};
use crate::domains::folios::Folio;
use crate::domains::guests;
use crate::domains::invoices::dto::InvoicePayer;
use crate::domains::invoices::model::{InvoiceSettings, Party};
use crate::domains::properties::Property;
use crate::security::{Reach, Scope};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::{Error, Result};

/// Buyer of a document, and what follows from who that is.
#[derive(Debug)]
pub struct Buyer {
    pub party: Party,
    pub language: Locale,
    pub payment_days: i32,
    /// Reference of the booking.
    pub reference: Option<String>,
}

/// The hotel, as it stands on a document.
pub fn seller(property: &Property, settings: &InvoiceSettings) -> Party {
    let Property { name, street, city, postal_code, country, email, phone, .. } = property;
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Party {
        name: settings.legal_name.clone().unwrap_or_else(|| name.clone()),
        street: known(street),
        city: known(city),
        postal_code: known(postal_code),
        country: known(country),
        vat_id: settings.vat_id.clone(),
        tax_number: settings.tax_number.clone(),
        registration: settings.registration.clone(),
        email: email.clone(),
        phone: phone.clone(),
    }
}

/// Whoever is named, or pays the folio: its account, its guest, the contact of its booking, or whoever its name says.
pub async fn buyer(
    conn: &Conn,
    property: &Property,
    folio: &Folio,
    named: Option<&InvoicePayer>,
    language: Option<&Locale>,
) -> Result<Buyer> {
    let booking = match folio.booking_id {
        Some(id) => bookings::find(conn, &Reach::of_scope(Scope::All), id).await?,
        None => None,
    };
    let account = match folio.account_id {
        Some(id) => accounts::find_in(conn, property.id, id).await?,
        None => None,
    };
    let guest_id = folio.guest_id.or_else(|| booking.as_ref().and_then(|booking| booking.guest_id));
    let guest = match guest_id.filter(|_| account.is_none()) {
        Some(id) => guests::find_in(conn, property.id, id).await?,
        None => None,
    };
    let locale = booking.as_ref().and_then(|booking| booking.locale.clone());
    let locale = language.cloned().or_else(|| guest.as_ref().and_then(|guest| guest.locale.clone())).or(locale);
    let party = match (named, &account, guest) {
        (Some(payer), _, _) => of_payer(payer),
        (None, Some(account), _) => of_account(account),
        (None, None, Some(guest)) => Party {
            name: guest.full_name,
            street: guest.street,
            city: guest.city,
            postal_code: guest.postal_code,
            country: guest.country,
            email: guest.email.or_else(|| booking.as_ref().and_then(|booking| booking.contact_email.clone())),
            phone: guest.phone,
            ..Party::default()
        },
        (None, None, None) => of_booking(booking.as_ref(), folio)?,
    };
    Ok(Buyer {
        party,
        language: locale.unwrap_or_else(|| property.default_locale.clone()),
        payment_days: account.map_or(0, |account| account.payment_days),
        reference: booking.map(|booking| booking.reference),
    })
}

fn of_payer(payer: &InvoicePayer) -> Party {
    let InvoicePayer { name, address, tax_id, email } = payer.clone();
    let address = address.unwrap_or_default();
    let (vat_id, tax_number) = numbers(tax_id);
    Party {
        name,
        street: address.street,
        city: address.city,
        postal_code: address.postal_code,
        country: address.country,
        vat_id,
        tax_number,
        email,
        ..Party::default()
    }
}

fn of_account(account: &BusinessAccount) -> Party {
    let BusinessAccount { name, street, city, postal_code, country, tax_id, email, phone, .. } = account.clone();
    let (vat_id, tax_number) = numbers(tax_id);
    Party { name, street, city, postal_code, country, vat_id, tax_number, email, phone, ..Party::default() }
}

fn of_booking(booking: Option<&Booking>, folio: &Folio) -> Result<Party> {
    let name = booking.map(|booking| booking.contact_name.clone()).or_else(|| folio.name.clone());
    let missing = || Error::invalid("/payer", "is needed: nobody is known to pay the folio");
    Ok(Party {
        name: name.ok_or_else(missing)?,
        email: booking.and_then(|booking| booking.contact_email.clone()),
        phone: booking.and_then(|booking| booking.contact_phone.clone()),
        ..Party::default()
    })
}

/// Tells a VAT number, which begins with the letters of a country, from another tax number.
fn numbers(tax_id: Option<String>) -> (Option<String>, Option<String>) {
    let is_vat = |number: &str| number.len() > 3 && number.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
    match tax_id {
        Some(number) if is_vat(&number) => (Some(number.split_whitespace().collect()), None),
        number => (None, number),
    }
}
