use super::dto::{BookingHit, GroupHit, GuestHit, PaletteOut, RoomHit, SearchQuery};
use super::model::RoomRow;
use super::repository;
use super::rules;
use crate::Result;
use crate::app::App;
use crate::domains::rooms::by_number;
use crate::domains::{guests, properties};
use crate::error::Or404;
use crate::plain_text;
use crate::security::permission::{BookingsRead, GroupsRead, GuestsRead, RoomsRead};
use crate::security::{Permission, Staff};
use futures_util::try_join;
use uuid::Uuid;

/// Hits of each kind, if nothing is said.
const LIMIT: i64 = 8;

/// Bookings that are looked at, the newest, to tell the nearest.
const LOOKED_AT: i64 = 200;

/// Searches a hotel for words. Two round trips, and a third one for guests without bookings.
pub async fn search(app: &App, staff: &Staff<BookingsRead>, query: &SearchQuery) -> Result<PaletteOut> {
    let property_id = query.property_id;
    staff.at(property_id)?;
    let words = plain_text::words(&query.q);
    if words.is_empty() {
        return Ok(PaletteOut::default());
    }
    let limit = query.limit.unwrap_or(LIMIT);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let holds = |permission: &str| staff.caller.holds(permission, Some(property_id));
    let (reads_rooms, reads_groups) = (holds(RoomsRead::NAME), holds(GroupsRead::NAME));
    let conn = app.db.conn().await?;
    let (property, mut bookings, rooms, groups) = try_join!(
        properties::find(&conn, property_id),
        repository::bookings(&conn, property_id, &words, LOOKED_AT),
        async { if reads_rooms { repository::rooms(&conn, property_id, &words).await } else { Ok(Vec::new()) } },
        async { if reads_groups { repository::groups(&conn, property_id, &words, limit).await } else { Ok(Vec::new()) } },
    )?;
    let today = property.or_404("property")?.business_date(app.clock.now());
    rules::sort(&mut bookings, today);
    let rooms = nearest(rooms, &words, most);
    let ids: Vec<Uuid> = bookings.iter().map(|booking| booking.id).collect();
    let room_ids: Vec<Uuid> = rooms.iter().map(|room| room.id).collect();
    let (stays, inside) =
        try_join!(repository::stays(&conn, property_id, &ids), repository::in_rooms(&conn, property_id, &room_ids))?;
    let people = rules::people(&bookings, &stays);
    let mut guests: Vec<GuestHit> = people.iter().take(most).map(GuestHit::from).collect();
    if guests.len() < most && holds(GuestsRead::NAME) {
        let known: Vec<Uuid> = people.iter().filter_map(|person| person.guest_id).collect();
        let more = limit - i64::try_from(guests.len()).unwrap_or(limit);
        guests.extend(guests::named(&conn, property_id, &query.q, &known, more).await?.into_iter().map(GuestHit::from));
    }
    drop(conn);
    let in_room = |room: &RoomRow| inside.iter().find(|stay| stay.room_id == Some(room.id));
    Ok(PaletteOut {
        bookings: bookings.iter().take(most).map(|booking| BookingHit::new(booking, &stays)).collect(),
        guests,
        rooms: rooms
            .into_iter()
            .map(|room| {
                let inside = in_room(&room);
                RoomHit::new(room, inside)
            })
            .collect(),
        groups: groups.into_iter().map(GroupHit::from).collect(),
    })
}

/// Returns the rooms by number, first those whose numbers begin with what was typed.
fn nearest(mut rooms: Vec<RoomRow>, words: &[String], most: usize) -> Vec<RoomRow> {
    let begins = |room: &RoomRow| words.first().is_some_and(|word| room.number.to_lowercase().starts_with(&word.to_lowercase()));
    rooms.sort_by(|one, other| (!begins(one), by_number(&one.number)).cmp(&(!begins(other), by_number(&other.number))));
    rooms.truncate(most);
    rooms
}
