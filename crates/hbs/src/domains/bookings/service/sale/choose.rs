//! Choice of rooms for a sale.
use super::offer::Offer;
use super::order::Order;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::rooms::{Need, Unready, make_room, no_single_room, occupancy, widest_range};
use crate::domains::guests::{self, Settled};
use crate::domains::inventory::{self, Counts, Moves, NightRow, Nights, RoomGap, solver};
use crate::domains::properties;
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// A room for each that was asked for; none where it is sold beyond capacity. And the profiles of everybody who is named.
pub struct Rooms {
    pub chosen: Vec<Option<Uuid>>,
    pub numbers: HashMap<Uuid, String>,
    pub people: Settled,
}

/// The nights to lock where stays of the types may have to move.
pub async fn widest(conn: &Conn, order: &Order<'_>) -> Result<Nights> {
    let nights = order.sell.nights;
    match properties::find(conn, order.sell.property_id).await? {
        Some(property) => widest_range(&Desk::new(conn, &property, &order.cause, true), &order.types, nights).await,
        None => Ok(nights),
    }
}

/// Counts the nights as sold and chooses a room for each that was asked for. Where somebody is named whom nobody knows yet, the
/// name is locked and looked for again, in the same round trip.
pub async fn choose(desk: &Desk<'_>, order: &Order<'_>, offer: &Offer<'_>) -> Result<Rooms, Setback> {
    let (sold, nights) = (order.counts(), order.sell.nights);
    let (conn, property_id, named) = (desk.conn, desk.property_id(), order.people());
    let is_open = guests::needs_lock(&named, &offer.sightings);
    let lock = async { if is_open { Ok(guests::lock_names(conn, property_id, &named).await?) } else { Ok(()) } };
    let look_up =
        async { if is_open { Ok(guests::look_up(conn, property_id, &named).await?) } else { Ok(offer.sightings.clone()) } };
    let ((), mut gaps, (), sightings) = try_join!(
        occupancy::count(desk, offer.set_aside.as_ref(), &sold),
        async { Ok(inventory::gaps(conn, property_id, &order.types, nights).await?) },
        lock,
        look_up,
    )?;
    let people = guests::settle(property_id, &named, &sightings);
    if order.is_walk_in() {
        leave_out_unready(desk, order, &mut gaps).await?;
    }
    let Choice { mut rooms, scattered } = choose_free(order, &offer.rows_of(nights), &gaps)?;
    if !scattered.is_empty() {
        if !desk.rearrange {
            return Err(Setback::Scattered);
        }
        rearrange(desk, order, offer, &gaps, &scattered, &mut rooms).await?;
    }
    if order.is_walk_in() && rooms.contains(&None) {
        return Err(BookingError::NoRoomAssigned.into());
    }
    Ok(Rooms { chosen: rooms, people, numbers: gaps.into_iter().map(|gap| (gap.room_id, gap.number)).collect() })
}

/// Leaves out rooms that others have not left or that are not ready, for guests at the desk.
async fn leave_out_unready(desk: &Desk<'_>, order: &Order<'_>, gaps: &mut Vec<RoomGap>) -> Result<()> {
    let rooms: Vec<Uuid> = gaps.iter().map(|gap| gap.room_id).collect();
    let named: Vec<Uuid> = order.sell.rooms.iter().filter_map(|room| room.room_id).collect();
    let unready = Unready::among(desk, &rooms, true).await?;
    unready.refuse(&named)?;
    gaps.retain(|gap| !unready.contains(gap.room_id));
    Ok(())
}

/// Rooms that can be had without moving other stays.
struct Choice {
    rooms: Vec<Option<Uuid>>,
    /// The types of which every night has a room, but no room has all nights.
    scattered: Vec<Uuid>,
}

fn choose_free(order: &Order<'_>, rows: &[NightRow], gaps: &[RoomGap]) -> Result<Choice> {
    let (nights, sold) = (order.sell.nights, order.counts());
    let (mut rooms, mut scattered) = (named_rooms(order, gaps)?, Vec::new());
    let mut taken: Vec<Uuid> = rooms.iter().flatten().copied().collect();
    let mut counted = Counts::new();
    for asked in order.sell.rooms.iter().filter(|asked| asked.room_id.is_some()) {
        count_one(&mut counted, asked.room_type_id, nights);
    }
    for (asked, room) in order.sell.rooms.iter().zip(&mut rooms).filter(|(asked, _)| asked.room_id.is_none()) {
        let kind = asked.room_type_id;
        count_one(&mut counted, kind, nights);
        // Where more is sold than there are rooms, somebody waits: what is free is theirs, but for guests who stand at the desk.
        let is_owed = !order.is_walk_in() && inventory::is_overbooked(rows, kind, nights, &counted);
        match solver::best_fit(gaps, kind, nights, &taken).filter(|_| !is_owed) {
            Some(gap) => {
                taken.push(gap.room_id);
                *room = Some(gap.room_id);
            }
            None if scattered.contains(&kind) || inventory::is_overbooked(rows, kind, nights, &sold) => {}
            None => scattered.push(kind),
        }
    }
    Ok(Choice { rooms, scattered })
}

fn count_one(counted: &mut Counts, kind: Uuid, nights: Nights) {
    for night in nights.iter() {
        *counted.entry((night, kind)).or_default() += 1;
    }
}

/// The rooms that are asked for by name, if they are free.
fn named_rooms(order: &Order<'_>, gaps: &[RoomGap]) -> Result<Vec<Option<Uuid>>> {
    let mut named = vec![None; order.sell.rooms.len()];
    for (line, room) in order.sell.rooms.iter().enumerate() {
        let Some(room_id) = room.room_id else { continue };
        let gap = gaps
            .iter()
            .find(|gap| gap.room_id == room_id && gap.room_type_id == room.room_type_id)
            .ok_or_else(|| Error::invalid(format!("/rooms/{line}/room_id"), "is not a room of this type"))?;
        if named.contains(&Some(room_id)) || !gap.is_free(order.sell.nights) {
            return Err(BookingError::RoomTaken { line, number: gap.number.clone() }.into());
        }
        named[line] = Some(room_id);
    }
    Ok(named)
}

/// Moves stays of the scattered types until the others fit. The caller holds the rows of all nights concerned.
async fn rearrange(
    desk: &Desk<'_>,
    order: &Order<'_>,
    offer: &Offer<'_>,
    gaps: &[RoomGap],
    scattered: &[Uuid],
    rooms: &mut [Option<Uuid>],
) -> Result<()> {
    let nights = order.sell.nights;
    let locked_to = offer.rows.iter().map(|row| row.night).max().unwrap_or(nights.to);
    let taken: Vec<(Uuid, Nights)> = order.sell.rooms.iter().filter_map(|room| Some((room.room_id?, nights))).collect();
    let mut moves = Moves::default();
    for kind in scattered {
        let asked = order.sell.rooms.iter().zip(rooms.iter_mut());
        let open: Vec<&mut Option<Uuid>> =
            asked.filter(|(asked, _)| asked.room_type_id == *kind && asked.room_id.is_none()).map(|(_, room)| room).collect();
        let need = Need {
            room_type_id: *kind,
            rooms: gaps.iter().filter(|gap| gap.room_type_id == *kind).map(|gap| gap.room_id).collect(),
            wanted: vec![nights; open.len()],
            taken: &taken,
        };
        let arranged = make_room(desk, need, locked_to).await?.map_err(no_single_room)?;
        moves.extend(arranged.moves);
        for (room, found) in open.into_iter().zip(arranged.rooms) {
            *room = Some(found);
        }
    }
    // All types at once, so that the bookings are locked in one order.
    moves.carry_out(desk.conn, &Cause::system(desk.now())).await
}
