//! Balances of another system, as the rows of a sheet say them. Pure.
use super::model::{Draft, OfAccount, OfBooking, OpeningItem, OpeningKind, Untied};
use crate::domains::folios::Ledger;
use crate::domains::properties::Property;
use crate::domains::stays::Status;
use crate::money::{Currency, Money};
use crate::sheets::{CellError, Column, Row, optional, quoted, required};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

pub const COLUMNS: &[Column] = &[
    required("id", "F-4711", "Name of the balance in the other system, at most 100 characters. It is brought in once."),
    required("kind", "folio", "folio, deposit or account."),
    optional(
        "booking",
        "4711-0815",
        "Of a folio or a deposit: the reference of the booking, that of the hotel or the other system.",
    ),
    optional("account", "", "Of an account: its name, or its id."),
    required(
        "balance",
        "120.00",
        "What is owed at the end of the day before today, negative for a credit; of a deposit what was paid, more than nothing.",
    )
    .amounts(),
    optional("date", "", "Of an account: the date of the invoice, before today. Empty: yesterday.").dates(),
    optional("text", "Invoice 2026-118", "Text of the entry, at most 200 characters. Empty: Opening balance."),
];

const TEXT: &str = "Opening balance";
const MAX_ID: usize = 100;
const MAX_TEXT: usize = 200;
/// Largest balance, in minor units: what would be more is a slip.
const MAX_BALANCE: i64 = 1_000_000_000_000;

/// Hotel as the rows of a sheet need it.
pub struct Hotel {
    pub property: Property,
    pub today: NaiveDate,
    pub now: DateTime<Utc>,
    pub bookings: Vec<OfBooking>,
    pub accounts: Vec<OfAccount>,
    pub known: Vec<OpeningItem>,
}

/// Checks each row.
pub fn check(hotel: &Hotel, rows: Vec<Row>) -> Vec<(usize, Result<Draft, Vec<CellError>>)> {
    let mut seen = Seen::default();
    let checked = |mut row: Row| {
        let draft = hotel.draft(&mut row, &mut seen).filter(|_| row.errors.is_empty());
        (row.number, draft.ok_or(row.errors))
    };
    rows.into_iter().map(checked).collect()
}

/// Names and bookings of earlier rows.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    folios: HashSet<Uuid>,
}

impl Hotel {
    fn draft(&self, row: &mut Row, seen: &mut Seen) -> Option<Draft> {
        let external_id = row.needed("id", MAX_ID);
        if external_id.as_ref().is_some_and(|id| !seen.ids.insert(id.clone())) {
            row.blame("id", "is there before: each balance has its own");
        }
        let kind = kind(row);
        let balance = balance(row, self.property.currency, kind);
        let date = self.date(row, kind);
        let description = row.short("text", MAX_TEXT).unwrap_or_else(|| TEXT.to_owned());
        let kind = kind?;
        let (booking_id, account_id) = match kind {
            OpeningKind::Account => (None, Some(self.account(row)?)),
            OpeningKind::Folio | OpeningKind::Deposit => (Some(self.booking(row, kind, seen)?), None),
        };
        let item = OpeningItem {
            property_id: self.property.id,
            external_id: external_id?,
            kind,
            booking_id,
            account_id,
            balance_minor: balance?,
            entry_id: Uuid::now_v7(),
            created_at: self.now,
            updated_at: self.now,
        };
        let (date, known) = (date?, self.known.iter().find(|known| known.external_id == item.external_id));
        match known {
            Some(known) if known.is_same(&item) => Some(Draft { item: known.clone(), date, description, is_known: true }),
            Some(_) => {
                row.blame("id", "was brought in before, with another balance or for something else");
                None
            }
            None => {
                self.check_folio(row, &item);
                Some(Draft { item, date, description, is_known: false })
            }
        }
    }

    /// Checks that the folios of a booking have no balance of another name.
    fn check_folio(&self, row: &mut Row, item: &OpeningItem) {
        let is_same = |known: &&OpeningItem| (known.kind, known.booking_id) == (OpeningKind::Folio, item.booking_id);
        if let Some(known) = self.known.iter().find(is_same).filter(|_| item.kind == OpeningKind::Folio) {
            row.blame("booking", format!("has its balance already, as {}", quoted(&known.external_id)));
        }
    }

    fn date(&self, row: &mut Row, kind: Option<OpeningKind>) -> Option<NaiveDate> {
        let yesterday = self.today.pred_opt()?;
        if row.text("date").is_none() {
            return Some(yesterday);
        }
        let date = row.date("date")?;
        if kind.is_some_and(|kind| kind != OpeningKind::Account) {
            row.blame("date", "is for accounts: other balances are of yesterday");
        } else if date > yesterday {
            row.blame("date", format!("is not before today, which is {} at the hotel", self.today));
        }
        Some(date)
    }

    fn account(&self, row: &mut Row) -> Option<Uuid> {
        let text = row.needed("account", MAX_TEXT)?;
        if row.text("booking").is_some() {
            row.blame("booking", "is for folios and deposits");
        }
        let name = text.to_lowercase();
        let is_it = |account: &&OfAccount| account.name.to_lowercase() == name || account.id.to_string() == name;
        let mut found = self.accounts.iter().filter(is_it);
        match (found.next(), found.next()) {
            (Some(account), None) => Some(account.id),
            (None, _) => {
                row.blame("account", format!("{} is not an account of the hotel", quoted(&text)));
                None
            }
            (Some(_), Some(_)) => {
                row.blame("account", format!("{} is the name of several accounts; give the id", quoted(&text)));
                None
            }
        }
    }

    fn booking(&self, row: &mut Row, kind: OpeningKind, seen: &mut Seen) -> Option<Uuid> {
        let text = row.needed("booking", MAX_TEXT)?;
        if row.text("account").is_some() {
            row.blame("account", "is for accounts");
        }
        let is_it = |booking: &&OfBooking| booking.reference == text || booking.external_reference.as_ref() == Some(&text);
        let mut found = self.bookings.iter().filter(is_it);
        let booking = match (found.next(), found.next()) {
            (Some(booking), None) => booking,
            (None, _) => {
                row.blame("booking", format!("{} is not a booking of the hotel", quoted(&text)));
                return None;
            }
            (Some(_), Some(_)) => {
                row.blame("booking", format!("{} is the reference of several bookings; give that of the hotel", quoted(&text)));
                return None;
            }
        };
        let is_to_come = matches!(booking.status, Status::Held | Status::Confirmed);
        match kind {
            OpeningKind::Folio if is_to_come => {
                row.blame("kind", "the guests are still to come: what they have paid is a deposit");
                return None;
            }
            OpeningKind::Deposit if !is_to_come => {
                row.blame("kind", "the guests have come: what they have paid is in the balance of their folio");
                return None;
            }
            _ => {}
        }
        if kind == OpeningKind::Folio && !seen.folios.insert(booking.id) {
            row.blame("booking", "has a balance in another row");
            return None;
        }
        Some(booking.id)
    }
}

fn kind(row: &mut Row) -> Option<OpeningKind> {
    let text = row.needed("kind", MAX_TEXT)?.to_lowercase();
    let kind = text.parse().ok();
    if kind.is_none() {
        row.blame("kind", format!("{} is none of folio, deposit and account", quoted(&text)));
    }
    kind
}

fn balance(row: &mut Row, currency: Currency, kind: Option<OpeningKind>) -> Option<i64> {
    row.needed("balance", usize::MAX)?;
    let minor = row.money("balance", currency)?.minor;
    if minor.abs() > MAX_BALANCE {
        row.blame("balance", "is absurdly large");
    }
    if kind == Some(OpeningKind::Deposit) && minor <= 0 {
        row.blame("balance", "must be more than nothing: it is what was paid in advance");
    }
    Some(minor)
}

/// Returns what brings a balance there: of folios what is missing beside their nights, of a deposit what was paid, which is owed
/// to the guests.
pub fn amount(item: &OpeningItem, owed_already: &HashMap<Uuid, i64>) -> i64 {
    match item.kind {
        OpeningKind::Account => item.balance_minor,
        OpeningKind::Deposit => -item.balance_minor,
        OpeningKind::Folio => {
            let owed = item.booking_id.and_then(|id| owed_already.get(&id)).copied().unwrap_or(0);
            item.balance_minor - owed
        }
    }
}

/// Returns the ledgers that do not come to what they are expected to.
pub fn untied(expected: &[(Ledger, Money)], found: &HashMap<Ledger, i64>) -> Vec<Untied> {
    let compare = |(ledger, expected): &(Ledger, Money)| {
        let minor = found.get(ledger).copied().unwrap_or(0);
        let money = |minor| Money::new(minor, expected.currency);
        let difference = money(minor - expected.minor);
        (minor != expected.minor).then(|| Untied { ledger: *ledger, expected: *expected, found: money(minor), difference })
    };
    expected.iter().filter_map(compare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: OpeningKind, balance_minor: i64) -> OpeningItem {
        OpeningItem {
            property_id: Uuid::nil(),
            external_id: "1".into(),
            kind,
            booking_id: (kind != OpeningKind::Account).then(Uuid::nil),
            account_id: (kind == OpeningKind::Account).then(Uuid::nil),
            balance_minor,
            entry_id: Uuid::nil(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn nights_that_came_with_the_reservation_are_part_of_the_balance() {
        let owed = HashMap::from([(Uuid::nil(), 20_000)]);
        assert_eq!(amount(&item(OpeningKind::Folio, 5_000), &owed), -15_000, "they had paid 150.00 of 200.00");
        assert_eq!(amount(&item(OpeningKind::Folio, 5_000), &HashMap::new()), 5_000);
        assert_eq!(amount(&item(OpeningKind::Deposit, 5_000), &owed), -5_000);
        assert_eq!(amount(&item(OpeningKind::Account, -5_000), &owed), -5_000);
    }

    #[test]
    fn a_ledger_that_does_not_tie_is_named_with_its_difference() {
        let euros = |minor| Money::new(minor, "EUR".parse().expect("a currency"));
        let expected = [(Ledger::Guest, euros(100)), (Ledger::Deposits, euros(-50)), (Ledger::City, euros(0))];
        let found = HashMap::from([(Ledger::Guest, 100), (Ledger::Deposits, -70)]);
        let deposits = Untied { ledger: Ledger::Deposits, expected: euros(-50), found: euros(-70), difference: euros(-20) };
        assert_eq!(untied(&expected, &found), [deposits]);
    }
}
