//! Occupancy of stays and its changes: the nights that count as sold, and the rooms.
//!
//! For every use case that starts from a booking: giving nights back, taking them again, other dates, another type. The
//! inventory rows of all old and new nights are locked first, and every refusal is by what they say.
use super::arrange::{Arranged, Need, make_room, no_single_room, widest_range};
use super::ready::Unready;
use crate::Result;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay, StayMove};
use crate::domains::bookings::repository;
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::holds::overdue_in_the_way;
use crate::domains::inventory::solver::{self, Refusal};
use crate::domains::inventory::{
    self, Allotment, Counts, Moves, NightRow, Nights, Pending, RoomGap, ShortageReason, Site, Waiting,
};
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
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
    /// `true` if the guests are at the desk, and get a room now if they have none.
    pub is_arriving: bool,
    /// `true` if the first night is over and was kept for the guests: nights are added to its end, in any room.
    pub has_begun: bool,
    /// First night in a room of another type, to which guests move who are in the house: what they had before stays theirs.
    pub moves_on: Option<NaiveDate>,
    /// Rooms that the stay has left, in the order of the moves: nights before count under their types. See [`recall`].
    pub left: Vec<StayMove>,
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

    /// Returns `true` if the stay needs nights that it has not had, or another room than it has.
    fn needs_room(&self) -> bool {
        let is_new = self.after.is_some_and(|after| !self.before.is_some_and(|before| before.covers(after)));
        is_new || self.changes_type() || (self.is_arriving && self.stay.room_id.is_none())
    }

    /// Returns `true` if the stay gives up nights, or the claim to a room on them.
    fn frees(&self) -> bool {
        self.before.is_some_and(|before| self.changes_type() || !self.after.is_some_and(|after| after.covers(before)))
    }

    /// Returns `true` if the stay goes on in the type that it has a room of.
    fn goes_on(&self) -> bool {
        let overlaps = self.before.zip(self.after).is_some_and(|(before, after)| before.overlaps(after));
        self.is_in_house || (overlaps && !self.changes_type())
    }

    /// Returns the nights for which the stay is to get a room.
    fn new_nights(&self) -> Option<Nights> {
        match self.moves_on {
            Some(_) => self.counted(self.after),
            None if self.keeps_past() => self.added(),
            None => self.after,
        }
    }

    /// Returns those of some nights that are counted anew: of guests who move in the house only what is left.
    fn counted(&self, nights: Option<Nights>) -> Option<Nights> {
        let from = self.moves_on.unwrap_or(NaiveDate::MIN);
        nights.map(|nights| Nights::new(nights.from.max(from), nights.to))
    }

    /// Returns the nights for which the room on record stays the stay's, if it has others that it gives up or exchanges.
    fn kept(&self) -> Option<Option<Nights>> {
        match self.moves_on {
            Some(from) => Some(Some(Nights::new(self.stay.check_in, from))),
            None if !self.changes() || (self.keeps_past() && self.needs_room()) => None,
            None => Some(self.after.filter(|_| !self.needs_room())),
        }
    }

    /// Returns `true` if the guests need a room that is ready now.
    fn is_at_the_desk(&self) -> bool {
        self.is_arriving || self.moves_on.is_some()
    }

    /// Returns `true` if the room of the nights before stays on record, whatever room the stay has then.
    fn keeps_past(&self) -> bool {
        self.is_in_house || self.has_begun
    }

    /// Returns the nights that are added at the end of a stay.
    fn added(&self) -> Option<Nights> {
        let (before, after) = (self.before?, self.after?);
        Some(Nights::new(before.to, after.to))
    }

    /// Returns the type under which a night counts of a stay that has a room of some type now.
    fn type_on(&self, night: NaiveDate, room_type_id: Uuid) -> Uuid {
        self.left.iter().find(|left| left.moved_on > night).map_or(room_type_id, |left| left.room_type_id)
    }

    fn span(&self) -> Option<Nights> {
        Nights::around([self.before, self.after].into_iter().flatten())
    }
}

/// Recalls the rooms that the stays have left whose nights change. That is a round trip where there are any.
pub async fn recall(desk: &Desk<'_>, shifts: impl Iterator<Item = &mut Shift>) -> Result<()> {
    let mut moved: Vec<&mut Shift> = shifts.filter(|shift| shift.stay.moved_on.is_some() && shift.changes()).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let ids: Vec<(Uuid, Uuid)> = moved.iter().map(|shift| (desk.property_id(), shift.stay.id)).collect();
    let all = repository::moves_of(desk.conn, &ids).await?;
    for shift in &mut moved {
        shift.left = all.iter().filter(|left| left.stay_id == shift.stay.id).cloned().collect();
    }
    Ok(())
}

/// Locks the rows of all old and new nights; to rearrange, those of everybody who may have to move.
pub async fn lock(desk: &Desk<'_>, shifts: &[&Shift]) -> Result<Vec<NightRow>> {
    let Some(nights) = Nights::around(shifts.iter().filter_map(|shift| shift.span())) else { return Ok(Vec::new()) };
    let mut types: Vec<Uuid> = shifts.iter().flat_map(|shift| [shift.stay.room_type_id, shift.room_type_id]).collect();
    types.extend(shifts.iter().flat_map(|shift| &shift.left).map(|left| left.room_type_id));
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
    for (shift, kept) in shifts.iter().filter_map(|shift| Some((shift, shift.kept()?))) {
        inventory::vacate_outside(desk.conn, property_id, shift.stay.id, kept).await?;
    }
    let mut placement = Chooser { desk, shifts, rows, deltas: &deltas }.choose().await?;
    seat_waiting(desk, shifts, rows, &mut placement).await?;
    Ok(placement)
}

/// Gives rooms that come free to those who wait for one, and those of these stays that have none now are among them. Where somebody does, the nights of
/// all of them must be locked.
async fn seat_waiting(desk: &Desk<'_>, shifts: &[Shift], rows: &[NightRow], placement: &mut Placement) -> Result<(), Setback> {
    let freed = shifts.iter().filter(|shift| shift.frees()).map(|shift| shift.stay.room_type_id);
    let joining: Vec<(usize, Waiting)> = shifts.iter().enumerate().filter_map(|one| joins(desk, placement, one)).collect();
    let types: BTreeSet<Uuid> = freed.chain(joining.iter().map(|(_, stay)| stay.room_type_id)).collect();
    if types.is_empty() {
        return Ok(());
    }
    let types = Vec::from_iter(types);
    let mut waiting = inventory::waiting(desk.conn, desk.property_id(), &types, desk.today).await?;
    waiting.retain(|stay| !shifts.iter().any(|shift| shift.stay.id == stay.stay_id));
    waiting.extend(joining.iter().map(|(_, stay)| *stay));
    if waiting.is_empty() {
        return Ok(());
    }
    if !desk.rearrange {
        return Err(Setback::Scattered);
    }
    waiting.sort_unstable_by_key(|stay| stay.stay_id);
    let is_joining = |id: Uuid| joining.iter().any(|(_, stay)| stay.stay_id == id);
    let settled: Vec<Uuid> = shifts.iter().map(|shift| shift.stay.id).filter(|id| !is_joining(*id)).collect();
    let taken: Vec<(Uuid, Nights)> = new_rooms(shifts, &placement.rooms).map(|(_, room_id, nights)| (room_id, nights)).collect();
    let locked_to = rows.iter().map(|row| row.night).max().unwrap_or(desk.today);
    for room_type_id in types {
        let site = Site { property_id: desk.property_id(), room_type_id, today: desk.today, locked_to };
        let pending = Pending { moves: Some(&placement.moves), taken: &taken, settled: &settled, leaving: &[] };
        let mut moves = inventory::seat(desk.conn, site, &waiting, &pending).await?;
        for (place, stay) in &joining {
            if let Some(room_id) = moves.remove(stay.stay_id) {
                placement.rooms[*place] = Some(room_id);
            }
        }
        placement.moves.extend(moves);
    }
    Ok(())
}

/// A stay that has no room on its new nights, and joins those who wait: by when it was sold.
fn joins(desk: &Desk<'_>, placement: &Placement, (place, shift): (usize, &Shift)) -> Option<(usize, Waiting)> {
    let nights = shift.after.filter(|nights| nights.from >= desk.today)?;
    let Stay { id: stay_id, booking_id, .. } = shift.stay;
    let has_none = shift.needs_room() && placement.rooms[place].is_none();
    has_none.then_some((place, Waiting { stay_id, booking_id, room_type_id: shift.room_type_id, nights }))
}

/// The stays that get a room, each with the nights for which it does.
fn new_rooms<'a>(shifts: &'a [Shift], rooms: &'a [Option<Uuid>]) -> impl Iterator<Item = (Uuid, Uuid, Nights)> {
    let needing = shifts.iter().zip(rooms).filter(|(shift, _)| shift.needs_room());
    needing.filter_map(|(shift, room)| Some((shift.stay.id, (*room)?, shift.new_nights()?)))
}

/// Moves those who move, and writes who has which room. Their bookings are locked, and so is the one of the shifts.
pub async fn write(desk: &Desk<'_>, shifts: &[Shift], placement: &Placement) -> Result<()> {
    placement.moves.write(desk.conn, desk.now()).await?;
    let nights: Vec<_> = new_rooms(shifts, &placement.rooms).collect();
    inventory::occupy(desk.conn, desk.property_id(), &nights, desk.now()).await?;
    Ok(())
}

/// Publishes the events of those who move, in the name of HBS: after those of what they move for.
pub async fn publish_moves(desk: &Desk<'_>, placement: &Placement) -> Result<()> {
    placement.moves.publish(desk.conn, &Cause::system(desk.now())).await
}

/// Returns the number of rooms sold more, or fewer, by night and type.
pub fn deltas(shifts: &[Shift]) -> Counts {
    let mut deltas = Counts::new();
    for shift in shifts {
        add(&mut deltas, shift, shift.stay.room_type_id, shift.before, -1);
        add(&mut deltas, shift, shift.room_type_id, shift.after, 1);
    }
    deltas.retain(|_, rooms| *rooms != 0);
    deltas
}

/// Adds nights of a stay that has a room of some type then.
fn add(counts: &mut Counts, shift: &Shift, room_type_id: Uuid, nights: Option<Nights>, rooms: i32) {
    for night in shift.counted(nights).iter().flat_map(|nights| nights.iter()) {
        *counts.entry((night, shift.type_on(night, room_type_id))).or_insert(0) += rooms;
    }
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

/// Stays of a type for which others have to move.
#[derive(Default)]
struct Open {
    /// Shifts by their places, for which no room is free throughout.
    places: Vec<usize>,
    claims: Vec<Claim>,
}

/// A room that a stay is not to leave, though somebody else has it on some of the nights.
#[derive(Clone)]
struct Claim {
    place: usize,
    room_id: Uuid,
    number: String,
    nights: Nights,
}

/// The room for a stay.
enum Choice {
    Room(Uuid),
    /// None is free throughout.
    None,
    Claim(Claim),
}

impl Chooser<'_> {
    async fn choose(&self) -> Result<Placement, Setback> {
        let mut rooms: Vec<Option<Uuid>> = self.shifts.iter().map(|shift| shift.stay.room_id).collect();
        let mut taken: Vec<(Uuid, Nights)> = Vec::new();
        let mut open: BTreeMap<Uuid, Open> = BTreeMap::new();
        let mut counted = self.counted_before();
        for (place, shift) in self.shifts.iter().enumerate().filter(|(_, shift)| shift.needs_room()) {
            let Some(nights) = shift.new_nights() else { continue };
            add(&mut counted, shift, shift.room_type_id, shift.after, 1);
            let is_owed = inventory::is_overbooked(self.rows, shift.room_type_id, nights, &counted);
            let gaps = self.gaps(shift, nights).await?;
            rooms[place] = None;
            match self.room_for(place, nights, &gaps, &taken, is_owed)? {
                Choice::Room(room_id) => {
                    rooms[place] = Some(room_id);
                    taken.push((room_id, nights));
                }
                Choice::Claim(claim) => open.entry(shift.room_type_id).or_default().claims.push(claim),
                Choice::None if !shift.is_at_the_desk() && self.is_overbooked(shift, nights) => {}
                Choice::None => open.entry(shift.room_type_id).or_default().places.push(place),
            }
        }
        if !open.is_empty() && !self.desk.rearrange {
            return Err(Setback::Scattered);
        }
        let mut placement = Placement { rooms, moves: Moves::default() };
        for (room_type_id, open) in open {
            self.rearrange(room_type_id, open, &taken, &mut placement).await?;
        }
        Ok(placement)
    }

    fn is_overbooked(&self, shift: &Shift, nights: Nights) -> bool {
        inventory::is_overbooked(self.rows, shift.room_type_id, nights, self.deltas)
    }

    /// Returns the number of rooms sold more, or fewer, before those who need a room are counted.
    fn counted_before(&self) -> Counts {
        let before = |shift: &Shift| Shift { after: shift.after.filter(|_| !shift.needs_room()), ..shift.clone() };
        deltas(&self.shifts.iter().map(before).collect::<Vec<_>>())
    }

    /// The rooms with what is free; for guests at the desk those that are ready, if one of them is free.
    async fn gaps(&self, shift: &Shift, nights: Nights) -> Result<Vec<RoomGap>> {
        let gaps = inventory::gaps(self.desk.conn, self.desk.property_id(), &[shift.room_type_id], nights).await?;
        if !shift.is_at_the_desk() {
            return Ok(gaps);
        }
        let rooms: Vec<Uuid> = gaps.iter().map(|gap| gap.room_id).collect();
        let unready = Unready::among(self.desk, &rooms, true).await?;
        let (ready, others): (Vec<RoomGap>, Vec<RoomGap>) = gaps.into_iter().partition(|gap| !unready.contains(gap.room_id));
        let is_one_free = ready.iter().any(|gap| gap.is_free(nights));
        Ok(if is_one_free { ready } else { ready.into_iter().chain(others).collect() })
    }

    /// Returns the stay's room if that is free, else the one that fits best. Guests in the house keep theirs, and those who are pinned to one and stay
    /// on in it do where others can make room. What is free and `is_owed` to somebody who waits is no new stay's.
    fn room_for(
        &self,
        place: usize,
        nights: Nights,
        gaps: &[RoomGap],
        taken: &[(Uuid, Nights)],
        is_owed: bool,
    ) -> Result<Choice, BookingError> {
        let shift = &self.shifts[place];
        let spoken_for: Vec<Uuid> =
            taken.iter().filter(|(_, others)| others.overlaps(nights)).map(|(room_id, _)| *room_id).collect();
        let own = gaps.iter().find(|gap| Some(gap.room_id) == shift.stay.room_id);
        if let Some(own) = own {
            if own.is_free(nights) && !spoken_for.contains(&own.room_id) && (shift.goes_on() || !is_owed) {
                return Ok(Choice::Room(own.room_id));
            }
            if shift.is_in_house || (shift.stay.is_pinned && shift.goes_on()) {
                return Ok(Choice::Claim(Claim { place, room_id: own.room_id, number: own.number.clone(), nights }));
            }
        }
        if shift.is_in_house && shift.moves_on.is_none() {
            // It is gone, or of another type by now.
            return Err(BookingError::NoFreeRoom);
        }
        if is_owed && !shift.is_at_the_desk() {
            return Ok(Choice::None);
        }
        let best = solver::best_fit(gaps, shift.room_type_id, nights, &spoken_for);
        Ok(best.map_or(Choice::None, |gap| Choice::Room(gap.room_id)))
    }

    /// Finds rooms for those for whom others have to move. Pinned guests who stay on may have to go elsewhere, and some may have to go without.
    async fn rearrange(&self, room_type_id: Uuid, open: Open, taken: &[(Uuid, Nights)], placement: &mut Placement) -> Result<()> {
        let Some(refusal) = self.attempt(room_type_id, &open, taken, placement).await? else { return Ok(()) };
        let Open { mut places, claims } = open;
        let (claims, given_up): (Vec<Claim>, Vec<Claim>) =
            claims.into_iter().partition(|claim| self.shifts[claim.place].is_in_house);
        let must_stay = Open { places: Vec::new(), claims };
        let is_worth_it = !given_up.is_empty();
        places.extend(given_up.into_iter().map(|claim| claim.place));
        let elsewhere = Open { places, claims: must_stay.claims.clone() };
        if is_worth_it && self.attempt(room_type_id, &elsewhere, taken, placement).await?.is_none() {
            return Ok(());
        }
        let of_places = |is: fn(&Shift) -> bool| elsewhere.places.iter().map(move |place| is(&self.shifts[*place]));
        let may_go_without = !elsewhere.places.is_empty() && of_places(|shift| shift.may_go_without).all(|may| may);
        if may_go_without && self.attempt(room_type_id, &must_stay, taken, placement).await?.is_none() {
            return Ok(());
        }
        if of_places(|shift| shift.is_arriving).any(|is_arriving| is_arriving) {
            return Err(BookingError::NoRoomAssigned.into());
        }
        match must_stay.claims.into_iter().next() {
            Some(claim) if refusal == Refusal::Impossible => Err(BookingError::GuestsRoomTaken(claim.number).into()),
            _ => Err(no_single_room(refusal).into()),
        }
    }

    /// Attempts to find rooms; otherwise says why there are none.
    async fn attempt(
        &self,
        room_type_id: Uuid,
        open: &Open,
        taken: &[(Uuid, Nights)],
        placement: &mut Placement,
    ) -> Result<Option<Refusal>> {
        let Open { places, claims } = open;
        if places.is_empty() && claims.is_empty() {
            return Ok(None);
        }
        let desk = self.desk;
        let spoken_for: Vec<(Uuid, Nights)> =
            taken.iter().copied().chain(claims.iter().map(|claim| (claim.room_id, claim.nights))).collect();
        let wanted: Vec<Nights> = places.iter().filter_map(|place| self.shifts[*place].new_nights()).collect();
        let rooms = inventory::rooms_of(desk.conn, desk.property_id(), room_type_id).await?;
        let locked_to = self.rows.iter().map(|row| row.night).max().unwrap_or(desk.today);
        let need = Need { room_type_id, rooms, wanted, taken: &spoken_for };
        let Arranged { rooms, moves } = match make_room(desk, need, locked_to).await? {
            Ok(arranged) => arranged,
            Err(refusal) => return Ok(Some(refusal)),
        };
        for claim in claims {
            placement.rooms[claim.place] = Some(claim.room_id);
        }
        for (place, room) in places.iter().zip(rooms) {
            placement.rooms[*place] = Some(room);
        }
        placement.moves.extend(moves);
        Ok(None)
    }
}
