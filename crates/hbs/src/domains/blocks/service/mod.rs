mod for_feed;
mod for_issue;

pub use for_feed::{
    ForFeed, OfType, block_for_feed, block_rooms_for_feed, lock_for_feed, move_for_feed, release_for_feed, seat_for_feed,
};
pub use for_issue::{block_for_issue, release_for_issue};

use super::dto::{
    CreateRoomBlock, MovedStay, RoomBlockChanged, RoomBlockFilter, RoomBlockOut, StayInTheWay, StayRef, UpdateRoomBlock,
};
use super::error::BlockError;
use super::model::{BlockKind, BlockedRoom, NewRoomBlock, RoomBlock, RoomBlockChange};
use super::repository;
use super::rules::{self, InTheWay, Plan, Site};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings;
use crate::domains::inventory::{self, Moves, NightRow, Nights, Occupancy, solver};
use crate::domains::properties::{self, Property};
use crate::domains::rooms::{self, Room, RoomType};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Entity, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{InventoryOverride, RoomBlocksWrite, RoomsRead};
use crate::security::{Caller, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::try_join;
use std::time::Instant;
use uuid::Uuid;

pub async fn list(app: &App, staff: &Staff<RoomsRead>, filter: &RoomBlockFilter, page: &PageQuery) -> Result<Page<RoomBlockOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, after, limit + 1).await?;
    let key = |(block, _): &(RoomBlock, BlockedRoom)| (block.from_date, block.id);
    Ok(page.page(rows, key)?.map(|(block, room)| RoomBlockOut::new(block, room)))
}

pub async fn get(app: &App, staff: &Staff<RoomsRead>, id: Uuid) -> Result<RoomBlockOut> {
    let conn = app.db.conn().await?;
    let (block, room) = repository::find(&conn, &staff.scope, id).await?.or_404("room block")?;
    Ok(RoomBlockOut::new(block, room))
}

pub async fn create(app: &App, staff: &Staff<RoomBlocksWrite>, key: &IdempotencyKey, request: CreateRoomBlock) -> Result<Answer> {
    check_request(staff, &request)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let made = place_as_asked(conn, staff, &request, &cause).await?;
        Answer::created(format!("/v1/room-blocks/{}", made.block.id), made.block.version, &made)
    })
    .await
}

/// Checks what can be checked of a block before its room is looked up.
fn check_request(staff: &Staff<RoomBlocksWrite>, request: &CreateRoomBlock) -> Result<()> {
    staff.at(request.property_id)?;
    check_force(&staff.caller, request.property_id, request.force, request.force_reason.as_deref())?;
    rules::check_dates(Nights::new(request.from, request.to)).map_err(Error::invalid_fields)?;
    if request.kind == BlockKind::External {
        return Err(Error::invalid("/kind", "is for calendar imports"));
    }
    Ok(())
}

/// Makes a block as a member of staff asks for it.
async fn place_as_asked(
    conn: &Conn,
    staff: &Staff<RoomBlocksWrite>,
    request: &CreateRoomBlock,
    cause: &Cause,
) -> Result<RoomBlockChanged> {
    let CreateRoomBlock { property_id, room_id, kind, ref reason, from, to, force, ref force_reason } = *request;
    let place = lock_place(conn, &staff.scope, room_id, cause)
        .await?
        .filter(|place| place.property.id == property_id)
        .ok_or_else(|| Error::invalid("/room_id", "is not a room of the property"))?;
    if from < place.today {
        return Err(Error::invalid("/from", format!("is in the past: today is {} at the hotel", place.today)));
    }
    let new = NewRoomBlock {
        property_id,
        id: Uuid::now_v7(),
        room_id,
        kind,
        reason,
        from_date: from,
        to_date: to,
        force_reason: force_reason.as_deref(),
        feed_id: None,
        feed_uid: None,
        created_at: cause.at,
        updated_at: cause.at,
    };
    let (block, effect) = place_block(conn, &place, &new, force, cause).await?;
    Ok(effect.shown(block, place.into_shown()))
}

/// Changes the reason and the dates. Nights before today stay as they were.
pub async fn update(
    app: &App,
    staff: &Staff<RoomBlocksWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateRoomBlock,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let UpdateRoomBlock { reason, from, to, force, force_reason } = patch;
    app.change(key, async |conn| {
        let (place, before) = lock_block(conn, &staff.scope, id, &cause).await?;
        seen.check(before.version)?;
        check_is_own(&before)?;
        check_force(&staff.caller, before.property_id, force, force_reason.as_deref())?;
        let nights = Nights::new(from.unwrap_or(before.from_date), to.unwrap_or(before.to_date));
        check_new_dates(&before, nights, place.today)?;
        let change = RoomBlockChange { reason, from_date: from, to_date: to, force_reason };
        let (after, effect) = change_block(conn, &place, &before, change, force, &cause).await?;
        if Event::changed(&before, &after).is_empty() {
            return Answer::unchanged(before.version, &effect.shown(before, place.into_shown()));
        }
        if rules::gives_back(&before, &after, place.today) {
            seat_waiting(conn, &place, &cause).await?;
        }
        Answer::ok(after.version, &effect.shown(after, place.into_shown()))
    })
    .await
}

/// Gives the room back to sale from today on.
pub async fn release(
    app: &App,
    staff: &Staff<RoomBlocksWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let (place, block) = lock_block(conn, &staff.scope, id, &cause).await?;
        seen.check(block.version)?;
        check_is_own(&block)?;
        if block.to_date <= place.today {
            return Err(BlockError::Ended(block.to_date).into());
        }
        release_block(conn, &place, &block, &cause).await?;
        if block.kind.takes_room() {
            seat_waiting(conn, &place, &cause).await?;
        }
        Ok(Answer::no_content())
    })
    .await
}

/// Locks all nights to come, since stays may be moved on any of them.
async fn lock_nights(conn: &Conn, place: &Place) -> Result<Vec<NightRow>> {
    let nights = Nights::new(place.today, NaiveDate::MAX);
    Ok(inventory::lock(conn, place.property.id, &[place.room.room_type_id], nights).await?)
}

/// Gives rooms to those who wait. Whoever gave nights back holds all to come.
async fn seat_waiting(conn: &Conn, place: &Place, cause: &Cause) -> Result<()> {
    let (property_id, room_type_id) = (place.property.id, place.room.room_type_id);
    inventory::seat_waiting(conn, property_id, &[room_type_id], place.today, cause).await
}

async fn place_block(
    conn: &Conn,
    place: &Place,
    new: &NewRoomBlock<'_>,
    force: bool,
    cause: &Cause,
) -> Result<(RoomBlock, Effect)> {
    let block = repository::insert(conn, new).await?;
    let effect = take(conn, place, &block, &rules::nights_from(block.nights(), place.today), force, cause).await?;
    outbox::publish(conn, cause, [Event::created(&block)]).await?;
    Ok((block, effect))
}

async fn change_block(
    conn: &Conn,
    place: &Place,
    before: &RoomBlock,
    change: RoomBlockChange,
    force: bool,
    cause: &Cause,
) -> Result<(RoomBlock, Effect)> {
    let nights = Nights::new(change.from_date.unwrap_or(before.from_date), change.to_date.unwrap_or(before.to_date));
    let (old, new) = (rules::nights_from(before.nights(), place.today), rules::nights_from(nights, place.today));
    let (fewer, more) = (rules::without(&old, &new), rules::without(&new, &old));
    give_back(conn, place, before, &fewer, cause).await?;
    if !fewer.is_empty() && !more.is_empty() {
        // Some may move now, and others when those who wait get what is given back: bookings are locked in one order.
        inventory::lock_all(conn, place.property.id, place.room.room_type_id, place.today).await?;
    }
    let effect = take(conn, place, before, &more, force, cause).await?;
    let after = repository::update(conn, before, &change, cause.at).await?;
    outbox::publish(conn, cause, [Event::changed(before, &after)]).await?;
    Ok((after, effect))
}

async fn release_block(conn: &Conn, place: &Place, block: &RoomBlock, cause: &Cause) -> Result<()> {
    give_back(conn, place, block, &rules::nights_from(block.nights(), place.today), cause).await?;
    let released_from = block.from_date.max(place.today).min(block.to_date);
    repository::release(conn, block, released_from, cause.at).await?;
    let event = Event::removed(block).named("room_block.released").with("released_from", released_from);
    outbox::publish(conn, cause, [event]).await?;
    Ok(())
}

/// Refuses to change a block that follows a calendar.
fn check_is_own(block: &RoomBlock) -> Result<()> {
    match block.feed_id {
        Some(_) => Err(BlockError::OfFeed.into()),
        None => Ok(()),
    }
}

/// Blocks a room of a new demo hotel, where nobody has booked yet.
pub async fn block_for_demo(
    conn: &Conn,
    id: Uuid,
    room_id: Uuid,
    kind: BlockKind,
    reason: &str,
    nights: Nights,
    cause: &Cause,
) -> Result<()> {
    let place = lock_place(conn, &Scope::All, room_id, cause).await?.or_404("room")?;
    let new = NewRoomBlock {
        property_id: place.property.id,
        id,
        room_id,
        kind,
        reason,
        from_date: nights.from,
        to_date: nights.to,
        force_reason: None,
        feed_id: None,
        feed_uid: None,
        created_at: cause.at,
        updated_at: cause.at,
    };
    place_block(conn, &place, &new, false, cause).await?;
    Ok(())
}

/// Checks that force has a reason and the permission at the hotel.
fn check_force(caller: &Caller, property_id: Uuid, force: bool, reason: Option<&str>) -> Result<()> {
    match (force, reason) {
        (true, None) => Err(Error::invalid("/force_reason", "is needed with force")),
        (false, Some(_)) => Err(Error::invalid("/force_reason", "is for force only")),
        (true, Some(_)) => caller.require::<InventoryOverride>(property_id),
        (false, None) => Ok(()),
    }
}

fn check_new_dates(before: &RoomBlock, nights: Nights, today: NaiveDate) -> Result<()> {
    if nights == before.nights() {
        return Ok(());
    }
    if before.to_date <= today {
        return Err(BlockError::Ended(before.to_date).into());
    }
    if nights.from != before.from_date && before.from_date < today {
        return Err(Error::invalid("/from", "cannot be changed: the block has begun"));
    }
    if nights.from != before.from_date && nights.from < today {
        return Err(Error::invalid("/from", format!("is in the past: today is {today} at the hotel")));
    }
    if nights.to < today {
        return Err(Error::invalid("/to", format!("is in the past: today is {today} at the hotel")));
    }
    rules::check_dates(nights).map_err(Error::invalid_fields)
}

/// A room, with its type locked: while it is, the room is not removed and keeps its type, and the horizon waits.
struct Place {
    property: Property,
    room: Room,
    room_type_name: String,
    today: NaiveDate,
}

impl Place {
    fn into_shown(self) -> BlockedRoom {
        let Room { number, floor, room_type_id, .. } = self.room;
        BlockedRoom { number, floor, room_type_id, room_type_name: self.room_type_name }
    }
}

async fn lock_place(conn: &Conn, scope: &Scope, room_id: Uuid, cause: &Cause) -> Result<Option<Place>> {
    let Some(known) = rooms::find_room(conn, scope, room_id).await? else { return Ok(None) };
    let (kind, property, room) = try_join!(
        rooms::lock_type(conn, scope, known.room_type_id),
        properties::find(conn, known.property_id),
        rooms::find_room(conn, scope, room_id),
    )?;
    match (property, room) {
        (Some(property), Some(room)) if room.room_type_id == known.room_type_id => {
            let room_type_name = kind.map(|kind| kind.name).unwrap_or_default();
            Ok(Some(Place { today: property.business_date(cause.at), property, room, room_type_name }))
        }
        (_, None) | (None, _) => Ok(None),
        _ => Err(BlockError::RoomChanged.into()),
    }
}

async fn lock_block(conn: &Conn, scope: &Scope, id: Uuid, cause: &Cause) -> Result<(Place, RoomBlock)> {
    let (known, _) = repository::find(conn, scope, id).await?.or_404("room block")?;
    let place = lock_place(conn, scope, known.room_id, cause).await?.or_404("room block")?;
    let block = repository::lock(conn, known.property_id, id).await?.or_404("room block")?;
    Ok((place, block))
}

/// Effect of taking nights.
#[derive(Default)]
struct Effect {
    moved: Vec<MovedStay>,
    unassigned: Vec<StayRef>,
    overbooked: Vec<NaiveDate>,
}

impl Effect {
    fn shown(self, block: RoomBlock, room: BlockedRoom) -> RoomBlockChanged {
        let Self { moved, unassigned, overbooked } = self;
        RoomBlockChanged { block: RoomBlockOut::new(block, room), moved, unassigned, overbooked }
    }
}

/// Takes nights for a block: moves stays that may move, and with force those that may not.
async fn take(conn: &Conn, place: &Place, block: &RoomBlock, nights: &[NaiveDate], force: bool, cause: &Cause) -> Result<Effect> {
    if nights.is_empty() || !block.kind.takes_room() {
        return Ok(Effect::default());
    }
    let (property_id, room_type_id, today) = (place.property.id, place.room.room_type_id, place.today);
    let rows = lock_nights(conn, place).await?;
    let (numbered, occupancies, blocked) = try_join!(
        repository::rooms_of_type(conn, property_id, room_type_id),
        inventory::occupancies(conn, property_id, room_type_id, today),
        inventory::blocked(conn, property_id, room_type_id, today),
    )?;
    let in_the_way =
        |other: &&inventory::Blocked| other.room_id == block.room_id && other.nights.iter().any(|night| nights.contains(&night));
    let blocks: Vec<Uuid> = blocked.iter().filter(in_the_way).map(|other| other.block_id).collect();
    if !blocks.is_empty() {
        return Err(BlockError::Overlap { blocks }.into());
    }
    let rooms: Vec<Uuid> = numbered.iter().map(|(id, _)| *id).collect();
    let site =
        Site { room_id: block.room_id, nights, today, rows: &rows, rooms: &rooms, occupancies: &occupancies, blocked: &blocked };
    let plan = match rules::plan(&site, force, Instant::now() + solver::BUDGET) {
        Ok(plan) => plan,
        Err(refusal) => return Err(refused(conn, property_id, &occupancies, refusal).await?),
    };
    let moved = plan.moves.iter().map(|(stay_id, room_id)| (*stay_id, Some(*room_id)));
    let moves = moved.chain(plan.unassigned.iter().map(|stay_id| (*stay_id, None)));
    Moves::new(property_id, &occupancies, moves).carry_out(conn, cause).await?;
    inventory::block_room(conn, property_id, room_type_id, (block.room_id, block.id), nights, &plan.raised, cause.at).await?;
    if !plan.raised.is_empty() {
        outbox::publish(conn, cause, [overbooking_event(place, block, &plan.raised)]).await?;
    }
    effect(conn, property_id, &occupancies, plan, &numbered).await
}

/// Gives nights of a block back to sale.
async fn give_back(conn: &Conn, place: &Place, block: &RoomBlock, nights: &[NaiveDate], cause: &Cause) -> Result<()> {
    if nights.is_empty() || !block.kind.takes_room() {
        return Ok(());
    }
    lock_nights(conn, place).await?;
    inventory::unblock_room(conn, place.property.id, place.room.room_type_id, block.id, nights, cause.at).await
}

/// Describes the effects of a plan for the caller.
async fn effect(
    conn: &Conn,
    property_id: Uuid,
    occupancies: &[Occupancy],
    plan: Plan,
    rooms: &[(Uuid, String)],
) -> Result<Effect> {
    let ids: Vec<Uuid> = plan.moves.iter().map(|(stay_id, _)| *stay_id).chain(plan.unassigned.iter().copied()).collect();
    let guests = bookings::guests_of_stays(conn, property_id, &ids).await?;
    let stay = |stay_id: &Uuid| {
        let stay = occupancies.iter().find(|stay| stay.stay_id == *stay_id)?;
        Some(StayRef::new(stay, guests.get(stay_id)?))
    };
    let moved = |(stay_id, room_id): &(Uuid, Uuid)| {
        let (room_id, room_number) = rooms.iter().find(|(id, _)| id == room_id)?.clone();
        Some(MovedStay { stay: stay(stay_id)?, guest: guests.get(stay_id)?.name.clone(), room_id, room_number })
    };
    Ok(Effect {
        moved: plan.moves.iter().filter_map(moved).collect(),
        unassigned: plan.unassigned.iter().filter_map(stay).collect(),
        overbooked: plan.raised,
    })
}

/// Names the stays in the way.
async fn refused(conn: &Conn, property_id: Uuid, occupancies: &[Occupancy], refusal: InTheWay) -> Result<Error> {
    let InTheWay { nights, stays, proven } = refusal;
    let ids: Vec<Uuid> = stays.iter().map(|(stay_id, _)| *stay_id).collect();
    let guests = bookings::guests_of_stays(conn, property_id, &ids).await?;
    let named = |(stay_id, why): &(Uuid, rules::Why)| {
        let stay = occupancies.iter().find(|stay| stay.stay_id == *stay_id)?;
        Some(StayInTheWay { stay: StayRef::new(stay, guests.get(stay_id)?), why: *why })
    };
    let stays: Vec<StayInTheWay> = stays.iter().filter_map(named).collect();
    Ok(if nights.is_empty() { BlockError::StaysInTheWay { stays, proven } } else { BlockError::NoCapacity { nights, stays } }
        .into())
}

/// Makes the event that a type is sold beyond its allowance on some nights, and for which block.
fn overbooking_event(place: &Place, block: &RoomBlock, nights: &[NaiveDate]) -> Event {
    let room_type = Entity::new(place.room.room_type_id).at(place.property.id);
    let event = Event::about::<RoomType>("inventory.overbooking", room_type);
    event.with("nights", nights).with("raised_by", 1).with("room_block_id", block.id)
}
