use super::dto::OpeningQuery;
use super::error::OpeningError;
use super::model::{Draft, OpeningItem, OpeningKind};
use super::repository;
use super::rules::{COLUMNS, Hotel, amount, check, untied};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::{self, Ledger, Opening, OpeningOf};
use crate::domains::properties::{self, Property};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::Cause;
use crate::security::Staff;
use crate::security::permission::AccountingWrite;
use crate::sheets::{self, ImportOptions, Row};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use bytes::Bytes;
use futures_util::try_join;
use uuid::Uuid;

/// Brings in the balances of a sheet, if the ledgers then come to what they are expected to.
pub async fn import_file(
    app: &App,
    staff: &Staff<AccountingWrite>,
    key: &IdempotencyKey,
    query: &OpeningQuery,
    file: Bytes,
) -> Result<Answer> {
    staff.at(query.property_id)?;
    let sheet = sheets::open(app, file, COLUMNS).await?;
    let cause = staff.caller.cause(app.clock.now());
    let options = ImportOptions { dry_run: query.dry_run, partial: false };
    app.change(key, async |conn| {
        // Nobody posts meanwhile, and nobody else brings the same in.
        let property = properties::lock(conn, &staff.scope, query.property_id).await?.or_404("property")?;
        let expected = expected(query, &property)?;
        let hotel = load(conn, &property, &cause, &sheet.rows).await?;
        let checked = check(&hotel, sheet.rows);
        let (report, drafts) = sheets::decide(&options, checked);
        if report.refused == 0 {
            bring_in(conn, &property, &drafts, &cause).await?;
            let today = property.business_date(cause.at);
            let untied = untied(&expected, &folios::ledgers_before(conn, property.id, today).await?);
            if !untied.is_empty() {
                return Err(OpeningError::DoesNotTie(untied).into());
            }
        }
        report.into_answer(&options)
    })
    .await
}

/// Reads what the ledgers are to come to, in the currency of the hotel.
fn expected(query: &OpeningQuery, property: &Property) -> Result<[(Ledger, Money); 3]> {
    let mut errors = Vec::new();
    let mut read = |name: &str, amount: &str| {
        Money::parse(amount, property.currency).unwrap_or_else(|reason| {
            errors.push(FieldError::query(name, reason));
            Money::new(0, property.currency)
        })
    };
    let expected = [
        (Ledger::Guest, read("guest", &query.guest)),
        (Ledger::Deposits, read("deposits", &query.deposits)),
        (Ledger::City, read("city", &query.city)),
    ];
    if errors.is_empty() { Ok(expected) } else { Err(Error::invalid_fields(errors)) }
}

async fn load(conn: &Conn, property: &Property, cause: &Cause, rows: &[Row]) -> Result<Hotel> {
    let references: Vec<&str> = rows.iter().filter_map(|row| row.text("booking")).collect();
    let ids: Vec<&str> = rows.iter().filter_map(|row| row.text("id")).collect();
    let (bookings, accounts) =
        try_join!(repository::bookings(conn, property.id, &references), repository::accounts(conn, property.id))?;
    let booking_ids: Vec<Uuid> = bookings.iter().map(|booking| booking.id).collect();
    let known = repository::known(conn, property.id, &ids, &booking_ids).await?;
    let today = property.business_date(cause.at);
    Ok(Hotel { property: property.clone(), today, now: cause.at, bookings, accounts, known })
}

/// Posts what is not there yet, and remembers it.
async fn bring_in(conn: &Conn, property: &Property, drafts: &[Draft], cause: &Cause) -> Result<()> {
    let new: Vec<&Draft> = drafts.iter().filter(|draft| !draft.is_known).collect();
    let booking_ids: Vec<Uuid> = new.iter().filter_map(|draft| draft.item.booking_id).collect();
    let owed = folios::owed_before(conn, property.id, &booking_ids, property.business_date(cause.at)).await?;
    let opening = |draft: &&Draft| {
        let Draft { item, date, description, .. } = draft;
        let of = of(item)?;
        Some(Opening { id: item.entry_id, of, date: *date, amount_minor: amount(item, &owed), description: description.clone() })
    };
    let openings: Vec<Opening> = new.iter().filter_map(opening).collect();
    folios::bring_in(conn, property, openings, cause).await?;
    repository::insert(conn, &new.iter().map(|draft| &draft.item).collect::<Vec<&OpeningItem>>()).await?;
    Ok(())
}

fn of(item: &OpeningItem) -> Option<OpeningOf> {
    match item.kind {
        OpeningKind::Account => item.account_id.map(OpeningOf::Account),
        OpeningKind::Folio => item.booking_id.map(OpeningOf::Folio),
        OpeningKind::Deposit => item.booking_id.map(OpeningOf::Deposit),
    }
}
