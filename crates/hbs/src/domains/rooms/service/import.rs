//! Many rooms at once, from a spreadsheet.
use crate::Result;
use crate::domains::inventory::{self, Nights};
use crate::domains::properties::{self, Property};
use crate::domains::rooms::model::{NewRoom, RoomType};
use crate::domains::rooms::repository;
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::sheets::{self, CellError, Column, Import, Made, Progress, Report, Row, Step, optional, quoted, required};
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

pub const COLUMNS: &[Column] = &[
    required("number", "101", "Number on the door: 1 to 20 characters, unique within the hotel."),
    required("room_type", "DBL", "The code of a room type of the hotel."),
    optional("floor", "1", "1 to 20 characters."),
];

/// Rows that are written at once: the limit is PostgreSQL's 65,535 parameters of a statement.
const BATCH: usize = 2_000;
const MAX_CHARS: usize = 20;

/// Adds the rooms of a sheet, in the transaction of `conn`. They can be sold from today on.
pub async fn import(conn: &Conn, import: &Import<'_>, rows: Vec<Row>) -> Result<Report> {
    let Import { scope, property_id, options, cause, progress } = *import;
    // The lock on the hotel's names: nobody else adds a room meanwhile.
    let property = properties::lock(conn, scope, property_id).await?.or_404("property")?;
    let (types, taken) =
        futures_util::try_join!(repository::lock_all_types(conn, property_id), repository::room_numbers(conn, property_id),)?;
    let checked = check(rows, &types, taken.into_iter().collect(), &property, cause.at);
    progress(Step::Checked(checked.len()));
    let (report, new) = sheets::decide(&options, checked);
    if !options.dry_run {
        write(conn, &property, new, cause, progress).await?;
    }
    Ok(report)
}

/// Checks each row, and returns its room or its errors.
fn check(
    rows: Vec<Row>,
    types: &[RoomType],
    mut taken: HashSet<String>,
    property: &Property,
    now: DateTime<Utc>,
) -> Vec<(usize, Result<NewRoom, Vec<CellError>>)> {
    let by_code: HashMap<&str, Uuid> = types.iter().map(|row| (row.code.as_str(), row.id)).collect();
    rows.into_iter()
        .map(|mut row| (row.number, check_row(&mut row, &by_code, &mut taken, property.id, now).ok_or(row.errors)))
        .collect()
}

fn check_row(
    row: &mut Row,
    types: &HashMap<&str, Uuid>,
    taken: &mut HashSet<String>,
    property_id: Uuid,
    now: DateTime<Utc>,
) -> Option<NewRoom> {
    let number = row.needed("number", MAX_CHARS);
    let room_type_id = row.needed("room_type", MAX_CHARS).and_then(|code| {
        let id = types.get(code.as_str()).copied();
        if id.is_none() {
            row.blame("room_type", format!("{} is not the code of a room type of the hotel", quoted(&code)));
        }
        id
    });
    let floor = row.short("floor", MAX_CHARS);
    if let Some(number) = &number
        && !taken.insert(number.to_lowercase())
    {
        row.blame("number", format!("there is a room {number} already, or it stands in the file twice"));
    }
    let room = NewRoom {
        property_id,
        id: Uuid::now_v7(),
        room_type_id: room_type_id?,
        number: number?,
        floor,
        features: serde_json::json!([]),
        created_at: now,
        updated_at: now,
    };
    row.errors.is_empty().then_some(room)
}

async fn write(conn: &Conn, property: &Property, new: Vec<NewRoom>, cause: &Cause, progress: Progress<'_>) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let mut more: BTreeMap<Uuid, i32> = BTreeMap::new();
    for room in &new {
        *more.entry(room.room_type_id).or_insert(0) += 1;
    }
    let types: Vec<Uuid> = more.keys().copied().collect();
    let today = property.business_date(cause.at);
    inventory::lock(conn, property.id, &types, Nights::new(today, NaiveDate::MAX)).await?;
    for (room_type_id, rooms) in more {
        inventory::add_capacity(conn, property.id, room_type_id, rooms, today, cause.at).await?;
    }
    let mut written = 0;
    for batch in new.chunks(BATCH) {
        let rooms = repository::insert_rooms(conn, batch).await?;
        outbox::publish(conn, cause, rooms.iter().map(Event::created)).await?;
        written += batch.len();
        progress(Step::Written(written, new.len()));
    }
    inventory::seat_waiting(conn, property.id, &types, today, cause).await
}

impl Made for NewRoom {
    fn id(&self) -> Uuid {
        self.id
    }
}
