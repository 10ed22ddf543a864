//! The days of the demo hotels: guests who come, are in the house, leave or should have left, and rooms that are not made
//! up. They are imported, as the reservations of another system are.
use super::data::GUESTS;
use super::{folios, issues, named_id, payments};
use crate::app::App;
use crate::domains::bookings::import::{self, COLUMNS};
use crate::domains::properties::{self, Property};
use crate::domains::{night_audit, rooms};
use crate::error::Or404;
use crate::outbox::Cause;
use crate::security::Scope;
use crate::sheets::{Import, ImportOptions, Outcome, SILENT, Sheet};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{NaiveDate, TimeDelta};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// A reservation, its days counted from the date at the hotel.
pub(super) struct Guest {
    pub(super) name: &'static str,
    kind: &'static str,
    /// Empty for guests who are to come: any will do.
    room: &'static str,
    from: i64,
    nights: i64,
    adults: i32,
    status: &'static str,
}

impl Guest {
    /// Returns `true` if they have not come yet.
    pub(super) fn is_to_come(&self) -> bool {
        self.status == "confirmed"
    }
}

const fn guest(name: &'static str, (kind, room): (&'static str, &'static str), from: i64, nights: i64, adults: i32) -> Guest {
    Guest { name, kind, room, from, nights, adults, status: "checked_in" }
}

/// A guest who has left, of whom nobody remembers the room.
pub(super) const fn guest_who_left(name: &'static str, kind: &'static str, from: i64, nights: i64, adults: i32) -> Guest {
    Guest { status: "checked_out", ..guest(name, (kind, ""), from, nights, adults) }
}

/// A guest who is to come, to any room.
pub(super) const fn guest_to_come(name: &'static str, kind: &'static str, from: i64, nights: i64, adults: i32) -> Guest {
    Guest { status: "confirmed", ..guest(name, (kind, ""), from, nights, adults) }
}

/// Guests who should have left yesterday.
const OVERDUE: &[Guest] = &[guest("Oskar Vogel", ("DBL", "212"), -3, 2, 1)];

/// Guest whose company pays.
const OF_COMPANY: &str = "Emil Larsen";

/// Guests who stay, came today, leave today, and have left already.
const IN_THE_HOUSE: &[Guest] = &[
    guest("Clara Neves", ("SGL", "106"), -1, 2, 1),
    guest("Emil Larsen", ("DBL", "207"), -1, 3, 2),
    guest("Aiko Tanaka", ("DBL", "208"), -2, 4, 2),
    guest("Rosa Marques", ("FAM", "403"), -1, 5, 2),
    guest("Henry Clarke", ("STE", "501"), -2, 5, 3),
    guest("Lena Fischer", ("TWN", "301"), 0, 3, 2),
    guest("Paulo Reis", ("SGL", "104"), -1, 1, 1),
    guest("Grace Osei", ("DBL", "203"), -2, 2, 2),
    guest("Jan de Wit", ("TWN", "304"), -1, 1, 2),
    guest("Marie Dubois", ("FAM", "402"), -3, 3, 2),
    Guest { status: "checked_out", ..guest("Sven Holm", ("DBL", "205"), -2, 2, 1) },
    Guest { status: "checked_out", ..guest("Nina Petrova", ("TWN", "306"), -1, 1, 2) },
];

/// Guests who come, every day of the next ones.
const ARRIVING: &[Guest] = &[
    Guest { status: "confirmed", ..guest("Bruno Almeida", ("DBL", ""), 0, 2, 2) },
    Guest { status: "confirmed", ..guest("Julia Weber", ("DBL", ""), 0, 1, 1) },
    Guest { status: "confirmed", ..guest("Liam Byrne", ("SGL", ""), 0, 1, 1) },
    Guest { status: "confirmed", ..guest("Fatima Haddad", ("TWN", ""), 0, 3, 2) },
    Guest { status: "confirmed", ..guest("Carlo Conti", ("FAM", ""), 0, 2, 2) },
    Guest { status: "confirmed", ..guest("Maya Cohen", ("STE", ""), 0, 1, 2) },
];
const DAYS_OF_ARRIVALS: i64 = 6;

/// Guest, with the days by which theirs are shifted.
type Shifted<'a> = (i64, &'a Guest);

/// Loads what a hotel's date still lacks. Bookings that are there, and guests whose room somebody has, are left out, so
/// that it can be loaded every day and any number of times.
pub async fn load(app: &App, property_id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let today = find(app, property_id).await?.business_date(now);
    let overdue: Vec<Shifted<'_>> = OVERDUE.iter().map(|guest| (0, guest)).collect();
    // Yesterday they were still to leave.
    come(app, property_id, today, &overdue, &Cause::system(now - TimeDelta::days(1))).await?;
    come(app, property_id, today, &of_today(), &Cause::system(now)).await
}

/// Loads the days of a hotel that closes its dates, up to yesterday: those since it was opened, each with the guests who came
/// then, or those since it was loaded last.
pub async fn load_closing(app: &App, property_id: Uuid, opened_days_ago: i64) -> Result<()> {
    let now = app.clock.now();
    let property = find(app, property_id).await?;
    let today = property.local_time(now).date();
    let first = property.rolled_to.unwrap_or(today - TimeDelta::days(opened_days_ago));
    for days_ago in (1..=(today - first).num_days()).rev() {
        let days_before = |days: i64| Cause::system(now - TimeDelta::days(days));
        if property.rolled_to.is_none() {
            let came = |guest: &&Guest| guest.status == "checked_in" && guest.from.max(-opened_days_ago) == -days_ago;
            let guests: Vec<Shifted<'_>> = IN_THE_HOUSE.iter().filter(came).map(|guest| (0, guest)).collect();
            come(app, property_id, today, &guests, &days_before(days_ago)).await?;
        }
        let date = today - TimeDelta::days(days_ago);
        let cause = days_before(days_ago - 1);
        settle(app, property_id, date, &cause).await?;
        night_audit::close_for_demo(app, property_id, date, &cause).await?;
    }
    come(app, property_id, today, &of_today(), &Cause::system(now)).await
}

/// Records that guests who leave on a date have paid.
async fn settle(app: &App, property_id: Uuid, date: NaiveDate, cause: &Cause) -> Result<()> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        for booking_id in night_audit::leaving_for_demo(conn, property_id, date).await? {
            payments::settle(conn, &property, booking_id, cause).await?;
        }
        Ok(())
    })
    .await
}

/// Guests who are in the house, and who come today and on the next days.
fn of_today() -> Vec<Shifted<'static>> {
    let arriving = (0..DAYS_OF_ARRIVALS).flat_map(|day| ARRIVING.iter().map(move |guest| (day, guest)));
    IN_THE_HOUSE.iter().map(|guest| (0, guest)).chain(arriving).collect()
}

async fn find(app: &App, property_id: Uuid) -> Result<Property> {
    properties::find(&*app.db.conn().await?, property_id).await?.or_404("property")
}

/// Books guests whose days are counted from a date, with what the company of one of them pays.
async fn come(app: &App, property_id: Uuid, today: NaiveDate, guests: &[Shifted<'_>], cause: &Cause) -> Result<()> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let booked = book(app, conn, property_id, today, guests, cause).await?;
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        for (guest, booking_id) in &booked {
            issues::load(conn, property_id, guest.name, *booking_id, cause).await?;
            payments::load(conn, &property, guest.name, *booking_id, cause).await?;
        }
        match booked.iter().find(|(guest, _)| guest.name == OF_COMPANY) {
            Some((_, booking_id)) => folios::load(conn, &property, *booking_id, cause).await,
            None => Ok(()),
        }
    })
    .await
}

/// Books guests, each with the days that theirs are shifted by. Returns those who are booked now, with their bookings.
pub(super) async fn book<'a>(
    app: &App,
    conn: &Conn,
    property_id: Uuid,
    today: NaiveDate,
    guests: &[Shifted<'a>],
    cause: &Cause,
) -> Result<Vec<(&'a Guest, Uuid)>> {
    let sheet = Sheet::read(&sheet(today, guests)?, COLUMNS)?;
    let options = ImportOptions { partial: true, dry_run: false };
    let wanted = Import { scope: &Scope::All, property_id, options, cause, progress: SILENT };
    let report = import::import(app, conn, &wanted, sheet.rows).await?;
    let imported = report.items.iter().zip(guests).filter(|(item, _)| item.outcome == Outcome::Imported);
    let booked: Vec<(&Guest, Uuid)> = imported.filter_map(|(item, (_, guest))| Some((*guest, item.id?))).collect();
    let slept_in = booked.iter().map(|(guest, _)| guest).filter(|guest| guest.from < 0 && !guest.room.is_empty());
    let dirty: Vec<Uuid> = slept_in.map(|guest| named_id(&format!("{property_id}/room {}", guest.room))).collect();
    rooms::mark_dirty(conn, property_id, &dirty, cause).await?;
    Ok(booked)
}

fn sheet(today: NaiveDate, guests: &[Shifted<'_>]) -> Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    let header = [
        "channel",
        "reference",
        "contact_name",
        "contact_email",
        "room_type",
        "room",
        "check_in",
        "check_out",
        "adults",
        "status",
    ];
    sheet.write_record(header).map_err(Error::internal)?;
    for (shift, guest) in guests {
        let Guest { name, kind, room, from, nights, adults, status } = *guest;
        let check_in = today + TimeDelta::days(from + shift);
        let check_out = check_in + TimeDelta::days(*nights);
        let reference = format!("{check_in} {name}");
        let email = match GUESTS.iter().find(|(_, full_name)| full_name == name) {
            Some((login, _)) => (*login).to_owned(),
            // The part of an address before the @ has plain letters only.
            None if name.is_ascii() => format!("{}@guests.example", name.to_lowercase().replace(' ', ".")),
            None => String::new(),
        };
        let (check_in, check_out, adults) = (check_in.to_string(), check_out.to_string(), adults.to_string());
        let row = ["demo", &reference, name, &email, kind, room, &check_in, &check_out, &adults, status];
        sheet.write_record(row).map_err(Error::internal)?;
    }
    sheet.into_inner().map_err(Error::internal)
}
