mod folios;
mod ledgers;
mod lines;
mod payments;
mod routings;

pub use folios::{
    FolioFilterRow, Locked, balances, change, close, find, find_in, find_of_booking, has_balance, insert, insert_unless_open,
    list, lock, lock_account, lock_each, lock_for, lock_house_of_account, lock_of, of_booking, open_instead, open_master,
    reference, touch,
};
pub use ledgers::{
    close_date, closed_books, counts, deposits, ledgers_before, methods, open_books, owed_before, stop_posting, with_books,
    wrong_day, wrong_line,
};
pub use lines::{
    add_to_total, due, due_on, dues, entries, entries_after, entries_in, entries_of, entries_on, insert_brought_in, insert_lines,
    last_settlement, lock_booking, posted, revenue, standings, transfers, translations,
};
pub use payments::{deposits_on, has_money_under_way, is_awaited, lines_of_payment};
pub use routings::{end_routing, find_routing, insert_routing, live_routings, routings_of, routings_of_group};

use super::model::{ChargeTax, InRoom};
use crate::domains::stays::{Status, are_in_house, are_live};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Date, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{groups, rooms, stays, tax_rules};
use uuid::Uuid;

/// A tax rule of a hotel, for what is sold beside the room.
pub async fn tax(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<ChargeTax>> {
    let row: Option<(Uuid, String, Option<i32>, bool)> = tax_rules::table
        .find((property_id, id))
        .filter(not(tax_rules::is_deleted))
        .select((tax_rules::id, tax_rules::name, tax_rules::rate_ppm, tax_rules::is_included))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(row.map(|(id, name, rate_ppm, is_included)| ChargeTax { id, name, rate_ppm, is_included }))
}

/// The business date of a hotel, also of one that is removed: what was booked can still be read.
pub async fn business_date(mut conn: &Conn, property_id: Uuid, now: DateTime<Utc>) -> QueryResult<NaiveDate> {
    #[derive(QueryableByName)]
    struct Today {
        #[diesel(sql_type = Date)]
        business_date: NaiveDate,
    }
    let statement = constant_sql(
        "SELECT coalesce(business_date, ($2 AT TIME ZONE time_zone)::date) AS business_date FROM properties WHERE id = $1",
    );
    let today: Today =
        Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Timestamptz, _>(now)).get_result(&mut conn).await?;
    Ok(today.business_date)
}

/// The guests in the house in a room, by its number.
pub async fn in_room(mut conn: &Conn, property_id: Uuid, number: &str) -> QueryResult<Option<InRoom>> {
    let room = rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(rooms::number.eq(number))
        .filter(not(rooms::is_deleted))
        .select(rooms::id.nullable());
    let row: Option<(Uuid, Uuid)> = stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(are_in_house())
        .filter(stays::room_id.eq_any(room))
        .select((stays::booking_id, stays::id))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(row.map(|(booking_id, stay_id)| InRoom { booking_id, stay_id }))
}

/// Returns `true` if the guests of a stay are in the house.
pub async fn is_in_house(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<bool> {
    let stay = stays::table.find((property_id, stay_id)).filter(stays::status.eq(Status::CheckedIn));
    diesel::select(exists(stay)).get_result(&mut conn).await
}

/// Returns `true` if stays of a booking are still to come or in the house.
pub async fn is_live(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<bool> {
    let live =
        stays::table.filter(stays::property_id.eq(property_id)).filter(stays::booking_id.eq(booking_id)).filter(are_live());
    diesel::select(exists(live)).get_result(&mut conn).await
}

/// Returns `true` if a stay is one of a booking.
pub async fn has_stay(mut conn: &Conn, property_id: Uuid, booking_id: Uuid, stay_id: Uuid) -> QueryResult<bool> {
    let stay = stays::table.find((property_id, stay_id)).filter(stays::booking_id.eq(booking_id));
    diesel::select(exists(stay)).get_result(&mut conn).await
}

/// Locks a group of a hotel against others who open a master for it. False if the hotel has no such group.
pub async fn lock_group(mut conn: &Conn, property_id: Uuid, group_id: Uuid) -> QueryResult<bool> {
    let found: Option<Uuid> =
        groups::table.find((property_id, group_id)).select(groups::id).for_no_key_update().first(&mut conn).await.optional()?;
    Ok(found.is_some())
}
