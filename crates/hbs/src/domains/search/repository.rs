use super::model::{BookingRow, GroupRow, InRoom, RoomRow, StayRow};
use crate::domains::guests::survivor_of;
use crate::domains::stays::are_in_house;
use crate::stores::postgres::{Conn, RunQueryDsl, mentions, mentions_all, trigrams, trigrams_of};
use diesel::dsl::not;
use diesel::prelude::*;
use hbs_schema::{booking_texts, bookings, groups, room_types, rooms, stays};
use uuid::Uuid;

/// Length of the words that the index of texts finds.
const INDEXED_LENGTH: usize = 3;

/// Bookings that have all of the words, the newest first.
pub async fn bookings(mut conn: &Conn, property_id: Uuid, words: &[String], limit: i64) -> QueryResult<Vec<BookingRow>> {
    // The fence keeps the index of texts in use, whatever the order.
    let mut texts = booking_texts::table.select(booking_texts::booking_id).offset(0).into_boxed();
    texts = texts.filter(booking_texts::property_id.eq(property_id));
    if words.iter().any(|word| word.chars().count() >= INDEXED_LENGTH) {
        texts = texts.filter(trigrams(booking_texts::content).contains(trigrams_of(words)));
    }
    let texts = texts.filter(mentions_all(booking_texts::content, words));
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::id.eq_any(texts))
        .order(bookings::id.desc())
        .limit(limit)
        .select((
            bookings::id,
            bookings::reference,
            bookings::status,
            bookings::version,
            bookings::contact_name,
            bookings::contact_email,
            bookings::contact_phone,
            bookings::check_in,
            bookings::check_out,
            survivor_of(bookings::property_id, bookings::guest_id),
        ))
        .load(&mut conn)
        .await
}

/// The stays of some bookings, in their order.
pub async fn stays(mut conn: &Conn, property_id: Uuid, bookings: &[Uuid]) -> QueryResult<Vec<StayRow>> {
    let in_room = rooms::property_id.eq(stays::property_id).and(rooms::id.nullable().eq(stays::room_id));
    stays::table
        .left_join(rooms::table.on(in_room))
        .filter(stays::property_id.eq(property_id))
        .filter(stays::booking_id.eq_any(bookings))
        .order((stays::booking_id, stays::position))
        .select((
            stays::booking_id,
            stays::guest_name,
            rooms::number.nullable(),
            survivor_of(stays::property_id, stays::guest_id),
        ))
        .load(&mut conn)
        .await
}

/// Rooms whose numbers have all of the words.
pub async fn rooms(mut conn: &Conn, property_id: Uuid, words: &[String]) -> QueryResult<Vec<RoomRow>> {
    let of_type = room_types::property_id.eq(rooms::property_id).and(room_types::id.eq(rooms::room_type_id));
    let mut query = rooms::table
        .inner_join(room_types::table.on(of_type))
        .filter(rooms::property_id.eq(property_id))
        .filter(not(rooms::is_deleted))
        .select((rooms::id, rooms::number, rooms::floor, room_types::name, rooms::housekeeping))
        .into_boxed();
    for word in words {
        query = query.filter(mentions(rooms::number.nullable(), word));
    }
    query.load(&mut conn).await
}

/// Returns who is in some rooms.
pub async fn in_rooms(mut conn: &Conn, property_id: Uuid, rooms: &[Uuid]) -> QueryResult<Vec<InRoom>> {
    let of_stay = bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id));
    stays::table
        .inner_join(bookings::table.on(of_stay))
        .filter(stays::property_id.eq(property_id))
        .filter(are_in_house())
        .filter(stays::room_id.eq_any(rooms))
        .select((stays::room_id, stays::booking_id, stays::guest_name, bookings::contact_name))
        .load(&mut conn)
        .await
}

/// Groups whose names or codes have all of the words, those with the latest cut-off dates first.
pub async fn groups(mut conn: &Conn, property_id: Uuid, words: &[String], limit: i64) -> QueryResult<Vec<GroupRow>> {
    let mut query = groups::table
        .filter(groups::property_id.eq(property_id))
        .order((groups::cut_off.desc(), groups::id.desc()))
        .limit(limit)
        .select((groups::id, groups::name, groups::code, groups::cut_off, groups::released_at.is_null()))
        .into_boxed();
    for word in words {
        query = query.filter(mentions(groups::name.nullable(), word).or(mentions(groups::code.nullable(), word)));
    }
    query.load(&mut conn).await
}
