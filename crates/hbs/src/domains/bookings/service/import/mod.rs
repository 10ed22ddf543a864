//! Importing reservations of another system from a spreadsheet.
mod rooming;
mod write;

pub use crate::domains::bookings::rules::import::COLUMNS;
pub use crate::domains::bookings::rules::import::rooming::COLUMNS as ROOMING_COLUMNS;
pub use rooming::import_rooming_list;

use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::import::{Draft, Hotel, House, check_paid, groups, join, sets_payments, sets_prices, span};
use crate::domains::catalogue::Catalogues;
use crate::domains::inventory::{self, NightRow, Nights, RoomGap};
use crate::domains::properties;
use crate::domains::rates::pricing;
use crate::domains::rooms;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::{BookingsPrice, BookingsWrite, PaymentsWrite};
use crate::sheets::{self, Import, ImportQuery, Report, Row, SILENT, Step};
use crate::stamps;
use crate::stores::postgres::Conn;
use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::HashSet;
use uuid::Uuid;

/// Books the reservations of a spreadsheet.
pub async fn import_file(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    query: &ImportQuery,
    file: Bytes,
) -> Result<Answer> {
    let property_id = query.property_id;
    staff.at(property_id)?;
    let sheet = sheets::open(app, file, COLUMNS).await?;
    if sets_prices(&sheet.rows) {
        staff.caller.require::<BookingsPrice>(property_id)?;
    }
    if sets_payments(&sheet.rows) {
        staff.caller.require::<PaymentsWrite>(property_id)?;
    }
    let (options, cause) = (query.options(), staff.caller.cause(app.clock.now()));
    app.change(key, async |conn| {
        let wanted = Import { scope: &staff.scope, property_id, options, cause: &cause, progress: SILENT };
        import(app, conn, &wanted, sheet.rows).await?.into_answer(&options)
    })
    .await
}

/// Books what a sheet says, in the transaction of `conn`. Nights are locked from the first arrival to
/// the last departure, so sales of these nights wait meanwhile.
pub async fn import(app: &App, conn: &Conn, import: &Import<'_>, mut rows: Vec<Row>) -> Result<Report> {
    let Import { options, progress, .. } = *import;
    let references: Vec<&str> = rows.iter().filter_map(|row| row.text("reference")).collect();
    let Loaded { hotel, nights: rows_of_nights, gaps, occupied, lived_in, today } =
        load(app, conn, import, &rows, &references).await?;
    let mut house = House::new(rows_of_nights, gaps, occupied, lived_in, today);
    let mut drafts: Vec<Option<Draft>> = Vec::with_capacity(rows.len());
    let mut nights = 0;
    for row in &mut rows {
        drafts.push(hotel.draft(row, &mut nights));
        if drafts.len().is_multiple_of(1000) {
            progress(Step::Checked(drafts.len()));
        }
    }
    let groups = groups(&rows);
    join(&groups, &mut rows, &mut drafts);
    check_paid(&groups, &mut rows, &drafts, hotel.property.currency);
    house.place(&groups, &mut rows, &mut drafts);
    progress(Step::Checked(rows.len()));

    let checked = rows.into_iter().zip(drafts).map(|(row, draft)| {
        let draft = draft.filter(|_| row.errors.is_empty());
        (row.number, draft.ok_or(row.errors))
    });
    let (report, drafts) = sheets::decide(&options, checked.collect());
    if !options.dry_run {
        write::write(conn, import, &hotel.property, None, drafts).await?;
    }
    Ok(report)
}

/// A hotel as the rows of a sheet need it, with its nights locked.
struct Loaded {
    hotel: Hotel,
    /// Inventory of the nights from the first arrival to the last departure.
    nights: Vec<NightRow>,
    gaps: Vec<RoomGap>,
    /// Rooms that somebody has, night by night.
    occupied: Vec<(Uuid, NaiveDate)>,
    /// Rooms that guests are in.
    lived_in: HashSet<Uuid>,
    today: NaiveDate,
}

/// Locks and reads all that the rows need: the property, its room types, the nights, then what depends on them. `references`
/// are those that the bookings are to have.
async fn load(app: &App, conn: &Conn, import: &Import<'_>, rows: &[Row], references: &[&str]) -> Result<Loaded> {
    let Import { scope, property_id, cause, .. } = *import;
    let property = properties::lock(conn, scope, property_id).await?.or_404("property")?;
    let types = rooms::lock_all_types(conn, property_id).await?;
    let type_ids: Vec<Uuid> = types.iter().map(|row| row.id).collect();
    let today = property.business_date(cause.at);
    let span = span(rows).unwrap_or(Nights::new(today, today));
    let nights = inventory::lock(conn, property_id, &type_ids, span).await?;
    let (version, night_rates, gaps, occupied, lived_in, taken) = try_join!(
        stamps::version(conn, property_id),
        pricing::load_nights(conn, property_id, None, span),
        inventory::gaps(conn, property_id, &type_ids, span),
        inventory::occupied_from(conn, property_id, span.from),
        repository::rooms_lived_in(conn, property_id),
        repository::external_references(conn, property_id, references),
    )?;
    let catalogue = Catalogues::of(app).get(conn, property_id, version).await?.or_404("property")?;
    let rates = catalogue.rates.at(night_rates);
    let hotel = Hotel::new(property, types, rates, gaps.clone(), taken, today);
    Ok(Loaded { hotel, nights, gaps, occupied, lived_in, today })
}
