//! Occupancy of stays and its changes: the nights that count as sold, and the rooms.
//!
//! For every use case that starts from a booking: giving nights back, taking them again, other dates, another type. The
//! inventory rows of all old and new nights are locked first, and every refusal is by what they say.
use super::arrange::{Arranged, Need, make_room, widest_range};
use super::moves::Moves;
use crate::Result;
use crate::domains::bookings::error::{BookingError, NO_SINGLE_ROOM};
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::holds::overdue_in_the_way;
use crate::domains::inventory::{self, Allotment, Counts, NightRow, Nights, RoomGap, ShortageReason, solver};
use crate::stores::postgres::Conn;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A stay that comes to occupy something else, or what it occupies for certain.
#[derive(Debug, Clone)]
pub struct Shift {
    pub stay: Stay,
    /// The nights that it has; None: none.
    pub before: Option<Nights>,
    pub after: Option<Nights>,
    /// Type of the room that the stay has then.
    pub room_type_id: Uuid,
    /// `true` if the guests are in the room: nights are added to its end or taken from it, and the room stays.
    pub is_in_house: bool,
    /// `true` to leave the stay without a room rather than refuse it, if every night has one but none is free
    /// throughout.
    pub may_go_without: bool,
}

impl Shift {
    pub fn changes(&self) -> bool {
        self.before != self.after || self.changes_type()
    }

    fn changes_type(&self) -> bool {
        self.after.is_some() && self.room_type_id != self.stay.room_type_id
    }

    /// Returns `true` if the stay needs nights that it has not had, or a room of another type.
    fn needs_room(&self) -> bool {
        let is_within = |after: Nights| self.before.is_some_and(|before| before.from <= after.from && after.to <= before.to);
        self.changes_type() || self.after.is_some_and(|after| !is_within(after))
    }

    /// Returns the nights that are added at the end of a stay in the house.
    fn added(&self) -> Option<Nights> {
        let (before, after) = (self.before?, self.after?);
        Some(Nights::new(before.to, after.to))
    }

    fn span(&self) -> Option<Nights> {
        Nights::around([self.before, self.after].into_iter().flatten())
    }
}

/// Locks the rows of all old and new nights; to rearrange, those of everybody who may have to move.
pub async fn lock(desk: &Desk<'_>, shifts: &[&Shift]) -> Result<Vec<NightRow>> {
    let Some(nights) = Nights::around(shifts.iter().filter_map(|shift| shift.span())) else { return Ok(Vec::new()) };
    let mut types: Vec<Uuid> = shifts.iter().flat_map(|shift| [shift.stay.room_type_id, shift.room_type_id]).collect();
    types.sort_unstable();
    types.dedup();
    let nights = if desk.rearrange { widest_range(desk, &types, nights).await? } else { nights };
    Ok(inventory::lock(desk.conn, desk.property_id(), &types, nights).await?)
}

/// A room for each shift, in their order, and who moves for that. Nothing is written of it yet.
pub struct Placement {
    pub rooms: Vec<Option<Uuid>>,
    pub moves: Moves,
}

/// Returns the rooms set aside for the group of a booking. Read after the rows are locked, which guard them.
pub async fn set_aside(conn: &Conn, property_id: Uuid, group_id: Option<Uuid>) -> Result<Option<Allotment>> {
    match group_id {
        Some(group_id) => Ok(Some(Allotment::read(conn, property_id, group_id).await?)),
        None => Ok(None),
    }
}

/// Counts stays as sold: those of a group from what is set aside for it first.
pub async fn count(desk: &Desk<'_>, set_aside: Option<&Allotment>, stays: &Counts) -> Result<()> {
    match set_aside {
        Some(allotment) => inventory::count_pick_up(desk.conn, allotment, stays, desk.now()).await?,
        None => {
            let listed: Vec<_> = stays.iter().map(|((night, kind), rooms)| (*night, *kind, *rooms)).collect();
            inventory::take_each(desk.conn, desk.property_id(), &listed, desk.now()).await?;
        }
    }
    Ok(())
}

/// Counts the nights, takes the rooms that are left and finds those that are new. The caller holds `rows`.
pub async fn place(desk: &Desk<'_>, booking: &Booking, shifts: &[Shift], rows: &[NightRow]) -> Result<Placement, Setback> {
    let (property_id, deltas) = (desk.property_id(), deltas(shifts));
    let set_aside = set_aside(desk.conn, property_id, booking.group_id).await?;
    let own = set_aside.as_ref().map(|allotment| allotment.seen_by_its_own(rows, &deltas));
    let rows = own.as_deref().unwrap_or(rows);
    check_capacity(desk, shifts, rows, &deltas).await?;
    count(desk, set_aside.as_ref(), &deltas).await?;
    for shift in shifts.iter().filter(|shift| shift.changes() && !(shift.is_in_house && shift.needs_room())) {
        let kept = shift.after.filter(|_| !shift.needs_room());
        inventory::vacate_outside(desk.conn, property_id, shift.stay.id, kept).await?;
    }
    Chooser { desk, shifts, rows, deltas: &deltas }.choose().await
}

/// Moves those who move, and writes who has which room. Their bookings are locked, and so is the one of the shifts.
pub async fn write(desk: &Desk<'_>, shifts: &[Shift], placement: &Placement) -> Result<()> {
    placement.moves.write(desk).await?;
    let of_shift = |(shift, room): (&Shift, &Option<Uuid>)| {
        let nights = if shift.is_in_house { shift.added()? } else { shift.after? };
        Some((shift.stay.id, (*room)?, nights))
    };
    let nights: Vec<_> =
        shifts.iter().zip(&placement.rooms).filter(|(shift, _)| shift.needs_room()).filter_map(of_shift).collect();
    inventory::occupy(desk.conn, desk.property_id(), &nights, desk.now()).await?;
    Ok(())
}

/// Returns the number of rooms sold more, or fewer, by night and type.
pub fn deltas(shifts: &[Shift]) -> Counts {
    let mut deltas = Counts::new();
    for shift in shifts {
        for night in shift.before.iter().flat_map(|nights| nights.iter()) {
            *deltas.entry((night, shift.stay.room_type_id)).or_insert(0) -= 1;
        }
        for night in shift.after.iter().flat_map(|nights| nights.iter()) {
            *deltas.entry((night, shift.room_type_id)).or_insert(0) += 1;
        }
    }
    deltas.retain(|_, rooms| *rooms != 0);
    deltas
}

async fn check_capacity(desk: &Desk<'_>, shifts: &[Shift], rows: &[NightRow], deltas: &Counts) -> Result<(), Setback> {
    let mut more = deltas.clone();
    more.retain(|_, rooms| *rooms > 0);
    let mut short = inventory::shortages_of(rows, &more);
    // Nights from before the hotel was here have never had a row.
    short.retain(|night| night.reason != ShortageReason::BeyondHorizon || night.date >= desk.today);
    match Nights::around(shifts.iter().filter_map(Shift::span)) {
        Some(nights) if !short.is_empty() => {
            // While the nights are locked no hold can expire: what is not found here is not in the way.
            let overdue = overdue_in_the_way(desk.conn, desk.property_id(), nights, desk.now()).await?;
            let own = shifts.first().map(|shift| shift.stay.booking_id);
            Err(Setback::SoldOut(BookingError::NoAvailability(short), overdue.but_for(own)))
        }
        _ => Ok(()),
    }
}

/// Chooses rooms, one shift after the other.
struct Chooser<'a> {
    desk: &'a Desk<'a>,
    shifts: &'a [Shift],
    rows: &'a [NightRow],
    deltas: &'a Counts,
}

/// Shifts by their places, for which no room of the type is free throughout.
type Scattered = BTreeMap<Uuid, Vec<usize>>;

impl Chooser<'_> {
    async fn choose(&self) -> Result<Placement, Setback> {
        let mut rooms: Vec<Option<Uuid>> = self.shifts.iter().map(|shift| shift.stay.room_id).collect();
        let mut taken: Vec<(Uuid, Nights)> = Vec::new();
        let mut scattered = Scattered::new();
        for (place, shift) in self.shifts.iter().enumerate().filter(|(_, shift)| shift.needs_room()) {
            let Some(after) = shift.after else { continue };
            let nights = if shift.is_in_house { shift.added().unwrap_or(after) } else { after };
            let gaps = inventory::gaps(self.desk.conn, self.desk.property_id(), &[shift.room_type_id], nights).await?;
            rooms[place] = self.room_for(shift, nights, &gaps, &taken)?;
            match rooms[place] {
                Some(room_id) => taken.push((room_id, nights)),
                None if inventory::is_overbooked(self.rows, shift.room_type_id, nights, self.deltas) => {}
                None => scattered.entry(shift.room_type_id).or_default().push(place),
            }
        }
        if !scattered.is_empty() && !self.desk.rearrange {
            return Err(Setback::Scattered);
        }
        let mut placement = Placement { rooms, moves: Moves::default() };
        self.rearrange(scattered, &taken, &mut placement).await?;
        Ok(placement)
    }

    /// Finds rooms for the scattered, for whom others move. They may have to go without.
    async fn rearrange(&self, scattered: Scattered, taken: &[(Uuid, Nights)], placement: &mut Placement) -> Result<()> {
        let desk = self.desk;
        for (room_type_id, places) in scattered {
            let wanted: Vec<Nights> = places.iter().filter_map(|place| self.shifts[*place].after).collect();
            let rooms = inventory::rooms_of(desk.conn, desk.property_id(), room_type_id).await?;
            let locked_to = self.rows.iter().map(|row| row.night).max().unwrap_or(desk.today);
            let need = Need { room_type_id, rooms, wanted, taken };
            let Arranged { rooms, moves } = match make_room(desk, need, locked_to).await {
                Err(error) if error.is(&NO_SINGLE_ROOM) && places.iter().all(|place| self.shifts[*place].may_go_without) => {
                    continue;
                }
                arranged => arranged?,
            };
            for (place, room) in places.into_iter().zip(rooms) {
                placement.rooms[place] = Some(room);
            }
            placement.moves.extend(moves);
        }
        Ok(())
    }

    /// Returns the stay's room if that is free, else the one that fits best. Guests in the house keep theirs.
    fn room_for(
        &self,
        shift: &Shift,
        nights: Nights,
        gaps: &[RoomGap],
        taken: &[(Uuid, Nights)],
    ) -> Result<Option<Uuid>, BookingError> {
        let spoken_for: Vec<Uuid> =
            taken.iter().filter(|(_, others)| others.overlaps(nights)).map(|(room_id, _)| *room_id).collect();
        let own = gaps.iter().find(|gap| Some(gap.room_id) == shift.stay.room_id);
        if let Some(own) = own {
            if own.is_free(nights) && !spoken_for.contains(&own.room_id) {
                return Ok(Some(own.room_id));
            }
            if shift.is_in_house {
                return Err(BookingError::GuestsRoomTaken(own.number.clone()));
            }
        }
        if shift.is_in_house {
            // It is gone, or of another type by now.
            return Err(BookingError::NoFreeRoom);
        }
        Ok(solver::best_fit(gaps, shift.room_type_id, nights, &spoken_for).map(|gap| gap.room_id))
    }
}
