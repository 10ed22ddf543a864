//! Prices and restrictions of many nights, from a spreadsheet: each row is one update as
//! `PUT /v1/rates` has it, checked by the same rules.
use super::rates::{self as service, MAX_CELLS, Sold};
use crate::Result;
use crate::domains::properties;
use crate::domains::rates::dto::{RateSet, RateUpdateIn};
use crate::domains::rates::model::{Cells, RateChange, Weekday};
use crate::domains::rates::repository::plans;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::error::{FieldError, Or404};
use crate::money::{Currency, Money};
use crate::outbox;
use crate::sheets::{self, CellError, Column, Import, Made, Report, Row, Step, optional, quoted, required};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use futures_util::future::try_join_all;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use uuid::Uuid;

pub const COLUMNS: &[Column] = &[
    required("rate_plan", "STD", "The code of a rate plan of the hotel."),
    required("room_type", "DBL", "The code of a room type that the plan sells."),
    required("from", "2027-07-01", "The first night.").dates(),
    optional("to", "2027-07-31", "The last night. Empty: the first night only.").dates(),
    optional("weekdays", "fri sat", "Only the nights from these days on: mon tue wed thu fri sat sun. Empty: all."),
    optional("price", "120.00", "Per night. In this and all columns to the right: empty leaves what is there, - takes it away.")
        .amounts(),
    optional("extra_adult", "30.00", "Per adult beyond those in the price.").amounts(),
    optional("min_stay", "2", "Nights, for arrivals on this night: 1 to 365."),
    optional("min_stay_through", "3", "Nights of every stay that has this night, whenever it begins: 1 to 365."),
    optional("max_stay", "14", "Nights, for arrivals on this night: 1 to 365."),
    optional("closed_to_arrival", "no", "yes or no."),
    optional("closed_to_departure", "no", "yes or no."),
    optional("stop_sell", "no", "yes or no."),
    optional("min_advance_days", "0", "Days from today to the arrival: 0 to 1000."),
    optional("max_advance_days", "365", "Days from today to the arrival: 0 to 1000."),
];

/// Cell that removes a night's own value.
const NOTHING: &str = "-";
const CODE_CHARS: usize = 20;
const STAY: RangeInclusive<i32> = 1..=365;
const ADVANCE: RangeInclusive<i32> = 0..=1000;

/// Updates that travel together. So few that they are sent in their order: later rows win.
const BATCH: usize = 25;

/// A valid update.
struct Update {
    id: Uuid,
    cells: Cells,
    change: RateChange,
    /// Values as the history keeps them.
    set: serde_json::Value,
}

impl Made for Update {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// Changes the nights of a sheet's rows, in their order, in the transaction of `conn`.
pub async fn import(conn: &Conn, import: &Import<'_>, rows: Vec<Row>) -> Result<Report> {
    let Import { scope, property_id, options, cause, progress } = *import;
    let property = properties::lock(conn, scope, property_id).await?.or_404("property")?;
    let sold = Sold::load(conn, &property, cause.at).await?;
    let types = plans::type_codes_of(conn, property_id).await?;
    let codes = Codes {
        plans: sold.plans.values().map(|plan| (plan.code.clone(), plan.id)).collect(),
        types: types.into_iter().collect(),
    };
    let checked = check(rows, &sold, &codes, property.currency);
    progress(Step::Checked(checked.len()));
    let (report, updates) = sheets::decide(&options, checked);
    if !options.dry_run {
        write(conn, import, &updates).await?;
    }
    Ok(report)
}

/// Ids of a hotel's room types and plans by code.
struct Codes {
    plans: HashMap<String, Uuid>,
    types: HashMap<String, Uuid>,
}

/// Checks each row, and returns its update or its errors.
fn check(rows: Vec<Row>, sold: &Sold, codes: &Codes, currency: Currency) -> Vec<(usize, Result<Update, Vec<CellError>>)> {
    let mut count = 0_i64;
    rows.into_iter()
        .map(|mut row| {
            let update = check_row(&mut row, sold, codes, currency).filter(|update| {
                count = count.saturating_add(update.cells.count());
                if count > MAX_CELLS {
                    row.refuse(format!("the file changes more than {MAX_CELLS} nights up to here; split it"));
                }
                row.errors.is_empty()
            });
            (row.number, update.ok_or(row.errors))
        })
        .collect()
}

fn check_row(row: &mut Row, sold: &Sold, codes: &Codes, currency: Currency) -> Option<Update> {
    let rate_plan_id = code(row, "rate_plan", &codes.plans, "a rate plan");
    let room_type_id = code(row, "room_type", &codes.types, "a room type");
    let (from, to) = nights(row);
    let weekdays = weekdays(row);
    let set = set(row, currency);
    let update = RateUpdateIn {
        rate_plan_ids: vec![rate_plan_id?],
        room_type_ids: vec![room_type_id?],
        from: from?,
        to: to?,
        weekdays: weekdays?,
        set,
    };
    if !row.errors.is_empty() {
        return None;
    }
    let mut errors = Vec::new();
    let change = sold.change(&update.set, "/set", &mut errors);
    sold.check(&update, &change, "", &mut errors);
    for error in errors {
        blame(row, error);
    }
    let set = serde_json::to_value(&update.set).ok()?;
    row.errors.is_empty().then(|| Update { id: Uuid::now_v7(), cells: sold.cells(&update), change, set })
}

fn code(row: &mut Row, column: &'static str, ids: &HashMap<String, Uuid>, what: &str) -> Option<Uuid> {
    let code = row.needed(column, CODE_CHARS)?;
    let id = ids.get(&code).copied();
    if id.is_none() {
        row.blame(column, format!("{} is not the code of {what} of the hotel", quoted(&code)));
    }
    id
}

fn nights(row: &mut Row) -> (Option<NaiveDate>, Option<NaiveDate>) {
    row.needed("from", usize::MAX);
    let from = row.date("from");
    let to = if row.text("to").is_some() { row.date("to") } else { from };
    (from, to)
}

/// Reads days of the week: none if wrong; if right, none if empty.
#[expect(clippy::option_option, reason = "wrong, empty, or there")]
fn weekdays(row: &mut Row) -> Option<Option<Vec<Weekday>>> {
    let Some(text) = row.text("weekdays").map(str::to_lowercase) else { return Some(None) };
    let words = text.split(|letter: char| letter.is_whitespace() || ",;/".contains(letter)).filter(|word| !word.is_empty());
    let days: Result<Vec<Weekday>, _> = words.map(str::parse).collect();
    match days {
        Ok(days) if !days.is_empty() => Some(Some(days)),
        _ => {
            row.blame("weekdays", format!("{} are not days such as \"fri sat\"", quoted(&text)));
            None
        }
    }
}

fn set(row: &mut Row, currency: Currency) -> RateSet {
    RateSet {
        price: cell(row, "price", |row, column| price(row, column, currency)),
        extra_adult: cell(row, "extra_adult", |row, column| price(row, column, currency)),
        extra_children: None,
        min_stay: cell(row, "min_stay", |row, column| row.integer(column, STAY)),
        max_stay: cell(row, "max_stay", |row, column| row.integer(column, STAY)),
        closed_to_arrival: cell(row, "closed_to_arrival", Row::flag),
        closed_to_departure: cell(row, "closed_to_departure", Row::flag),
        stop_sell: cell(row, "stop_sell", Row::flag),
        min_advance_days: cell(row, "min_advance_days", |row, column| row.integer(column, ADVANCE)),
        max_advance_days: cell(row, "max_advance_days", |row, column| row.integer(column, ADVANCE)),
        min_stay_through: cell(row, "min_stay_through", |row, column| row.integer(column, STAY)),
    }
}

/// Reads a cell: nothing for an empty one, "no value of its own" for a dash.
#[expect(clippy::option_option, reason = "as the request of `PUT /v1/rates`: left out, null, or a value")]
fn cell<T>(row: &mut Row, column: &'static str, read: impl FnOnce(&mut Row, &'static str) -> Option<T>) -> Option<Option<T>> {
    if row.text(column)? == NOTHING { Some(None) } else { read(row, column).map(Some) }
}

fn price(row: &mut Row, column: &'static str, currency: Currency) -> Option<Money> {
    let price = row.money(column, currency)?;
    if price.minor > MAX_PRICE_MINOR {
        row.blame(column, "is absurdly large");
        return None;
    }
    Some(price)
}

/// Notes an error by column, which the rules give by JSON pointer.
fn blame(row: &mut Row, error: FieldError) {
    let FieldError { pointer, detail, .. } = error;
    let name = pointer.trim_start_matches("/set").trim_start_matches('/').split('/').next().unwrap_or_default();
    let name = match name {
        "rate_plan_ids" => "rate_plan",
        "room_type_ids" => "room_type",
        other => other,
    };
    match COLUMNS.iter().find(|column| column.name == name) {
        Some(column) => row.blame(column.name, detail),
        None => row.refuse(detail),
    }
}

async fn write(conn: &Conn, import: &Import<'_>, updates: &[Update]) -> Result<()> {
    let Import { property_id, cause, progress, .. } = *import;
    if updates.is_empty() {
        return Ok(());
    }
    let mut written = 0;
    for batch in updates.chunks(BATCH) {
        let puts = batch.iter().map(|update| service::put_as(conn, update.id, &update.cells, &update.change, &update.set, cause));
        try_join_all(puts).await?;
        written += batch.len();
        progress(Step::Written(written, updates.len()));
    }
    let ids = updates.iter().map(|update| update.id).collect();
    let cells = updates.iter().map(|update| update.cells.count()).sum();
    outbox::publish(conn, cause, [service::updated(property_id, ids, cells)]).await?;
    Ok(())
}
