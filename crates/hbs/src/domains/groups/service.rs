use super::dto::{BlockLine, CreateGroup, GroupFilter, GroupOffer, GroupOut, GroupRate, GroupSummary, UpdateGroup, contact_of};
use super::error::GroupError;
use super::model::{Group, GroupChange, NewGroup};
use super::repository::{self, Totals};
use super::rules;
use crate::answer::Answer;
use crate::app::App;
use crate::contact::Contact;
use crate::domains::accounts;
use crate::domains::guests::{self, Person};
use crate::domains::inventory::{self, Allotment, Counts, NightRow};
use crate::domains::properties::{self, Property};
use crate::domains::rooms;
use crate::error::{OnConstraint, Or404};
use crate::failures::Failures;
use crate::guesses::{self, Guesser};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{GroupsRead, GroupsWrite};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use futures_util::try_join;
use std::collections::BTreeMap;
use uuid::Uuid;

pub async fn list(app: &App, staff: &Staff<GroupsRead>, filter: &GroupFilter, page: &PageQuery) -> Result<Page<GroupSummary>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let groups = repository::list(&conn, &staff.scope, filter, after, limit + 1).await?;
    let page = page.page(groups, |group| (group.cut_off, group.id))?;
    let ids: Vec<Uuid> = page.items.iter().map(|group| group.id).collect();
    let totals = repository::totals(&conn, &ids).await?;
    Ok(page.map(|group| {
        let totals = totals.get(&group.id).copied().unwrap_or_default();
        summary(group, totals)
    }))
}

fn summary(group: Group, totals: Totals) -> GroupSummary {
    let Totals { first_night, last_night, blocked, picked_up, remaining } = totals;
    GroupSummary {
        id: group.id,
        property_id: group.property_id,
        status: group.status(),
        contact: contact_of(group.contact_name, group.contact_email, group.contact_phone),
        name: group.name,
        code: group.code,
        cut_off: group.cut_off,
        from: first_night,
        to: last_night.map(|night| night + Days::new(1)),
        blocked: blocked.unwrap_or(0),
        picked_up: picked_up.unwrap_or(0),
        remaining: remaining.unwrap_or(0),
        version: group.version,
    }
}

pub async fn get(app: &App, staff: &Staff<GroupsRead>, id: Uuid) -> Result<GroupOut> {
    let conn = app.db.conn().await?;
    let group = repository::find(&conn, &staff.scope, id).await?.or_404("group")?;
    shown(&conn, group).await
}

async fn shown(conn: &Conn, group: Group) -> Result<GroupOut> {
    let (property, rates, allotment) = read(conn, &group).await?;
    Ok(GroupOut::new(group, &rates, allotment.nights(), property.currency))
}

async fn read(conn: &Conn, group: &Group) -> Result<(Property, BTreeMap<Uuid, i64>, Allotment)> {
    let (property, rates, allotment) = try_join!(
        properties::find(conn, group.property_id),
        repository::agreed_rates(conn, group.property_id, group.id),
        Allotment::read(conn, group.property_id, group.id),
    )?;
    Ok((property.or_404("group")?, rates, allotment))
}

/// The group of a hotel with this code, which is a guess unless there is one.
pub async fn by_code(app: &App, guesser: Guesser, property_id: Uuid, code: &str) -> Result<Option<Group>> {
    guesses::guess(app, guesser, async || {
        let Some(code) = rules::code(code) else { return Ok(None) };
        let conn = app.db.conn().await?;
        Ok(repository::find_by_code(&conn, property_id, &code).await?)
    })
    .await
}

/// Returns the offer to guests who know the code.
pub async fn offer(app: &App, guesser: Guesser, property_id: Uuid, code: &str) -> Result<GroupOffer> {
    let group = by_code(app, guesser, property_id, code).await?.or_404("group")?;
    let conn = app.db.conn().await?;
    let (property, rates, allotment) = read(&conn, &group).await?;
    Ok(GroupOffer::new(group, &rates, allotment.nights(), property.currency))
}

/// Sets rooms aside for a new group.
pub async fn create(app: &App, staff: &Staff<GroupsWrite>, key: &IdempotencyKey, request: CreateGroup) -> Result<Answer> {
    let CreateGroup { property_id, name, code, contact, notes, rate_plan_id, account_id, cut_off, block, rates } = request;
    staff.at(property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = hold(conn, property_id).await?;
        let types = types(conn, property_id).await?;
        let today = property.business_date(cause.at);
        let rooms = rules::nights(&block, &types, today).map_err(Error::invalid_fields)?;
        rules::check_cut_off(cut_off, first_night(&rooms), today).map_err(|error| Error::invalid_fields(vec![error]))?;
        rules::check_rates(&rates, &types, property.currency).map_err(Error::invalid_fields)?;
        check_plan(conn, property_id, rate_plan_id).await?;
        check_account(conn, property_id, account_id, None).await?;

        let id = Uuid::now_v7();
        let code = code.as_ref().map_or_else(rules::draw_code, |code| code.to_uppercase());
        let rows = lock_nights(conn, property_id, &rooms, None).await?;
        inventory::open_allotment(conn, property_id, id, None, cause.at).await?;
        let contact = contact.as_ref();
        let guest_id = profile_of(conn, &cause, property_id, contact).await?;
        let new = NewGroup {
            property_id,
            id,
            name: &name,
            code: &code,
            contact_name: contact.map(|contact| contact.full_name.as_str()),
            contact_email: contact.and_then(|contact| contact.email.as_deref()),
            contact_phone: contact.and_then(|contact| contact.phone.as_deref()),
            notes: notes.as_deref(),
            rate_plan_id,
            cut_off,
            guest_id,
            account_id,
            created_at: cause.at,
            updated_at: cause.at,
        };
        let group = repository::insert(conn, &new).await.on_constraint("groups_code_key", || GroupError::CodeTaken)?;
        repository::set_rates(conn, &group, &by_type(&rates), cause.at).await?;
        block_rooms(conn, &group, &rooms, &rows, &cause).await?;
        let event = Event::created(&group).with("block", &block).with("rates", &rates);
        outbox::publish(conn, &cause, [event]).await?;
        let (location, version) = (format!("/v1/groups/{id}"), group.version);
        Answer::created(location, version, &shown(conn, group).await?)
    })
    .await
}

/// Opens a group of the demo, for which no rooms are set aside yet.
pub async fn open_for_demo(
    conn: &Conn,
    property_id: Uuid,
    id: Uuid,
    (name, code): (&str, &str),
    cut_off: NaiveDate,
    cause: &Cause,
) -> Result<()> {
    inventory::open_allotment(conn, property_id, id, None, cause.at).await?;
    let new = NewGroup {
        property_id,
        id,
        name,
        code,
        contact_name: None,
        contact_email: None,
        contact_phone: None,
        notes: None,
        rate_plan_id: None,
        cut_off,
        guest_id: None,
        account_id: None,
        created_at: cause.at,
        updated_at: cause.at,
    };
    let group = repository::insert(conn, &new).await?;
    outbox::publish(conn, cause, [Event::created(&group)]).await?;
    Ok(())
}

/// Changes what was agreed but for the rooms.
pub async fn update(
    app: &App,
    staff: &Staff<GroupsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateGroup,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let UpdateGroup { name, contact, notes, rate_plan_id, account_id, cut_off, rates } = patch;
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("group")?;
        let property = hold(conn, found.property_id).await?;
        let before = lock(conn, &found).await?;
        seen.check(before.version)?;
        let allotment = Allotment::read(conn, before.property_id, id).await?;
        if let Some(cut_off) = cut_off {
            check_open(&before)?;
            let first = allotment.span().map(|span| span.from);
            let today = property.business_date(cause.at);
            rules::check_cut_off(cut_off, first, today).map_err(|error| Error::invalid_fields(vec![error]))?;
        }
        check_plan(conn, before.property_id, rate_plan_id.flatten()).await?;
        check_account(conn, before.property_id, account_id.flatten(), before.account_id).await?;
        let guest_id = match &contact {
            Some(contact) => Some(profile_of(conn, &cause, before.property_id, contact.as_ref()).await?),
            None => None,
        };
        let agreed = repository::agreed_rates(conn, before.property_id, id).await?;
        if let Some(rates) = &rates {
            let types = types(conn, before.property_id).await?;
            rules::check_rates(rates, &types, property.currency).map_err(Error::invalid_fields)?;
            repository::set_rates(conn, &before, &by_type(rates), cause.at).await?;
        }
        let change = GroupChange {
            name,
            contact_name: contact.as_ref().map(|contact| contact.as_ref().map(|contact| contact.full_name.clone())),
            contact_email: contact.as_ref().map(|contact| contact.as_ref().and_then(|contact| contact.email.clone())),
            contact_phone: contact.map(|contact| contact.and_then(|Contact { phone, .. }| phone)),
            notes,
            rate_plan_id,
            cut_off,
            guest_id,
            account_id,
        };
        let after = repository::update(conn, &before, change, cause.at).await?;
        let event = Event::changed(&before, &after);
        let event = match rates.map(|rates| by_type(&rates)).filter(|rates| *rates != agreed) {
            Some(rates) => event.and("rates", agreed, rates),
            None => event,
        };
        if event.is_empty() {
            let version = before.version;
            return Answer::unchanged(version, &shown(conn, before).await?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        let version = after.version;
        Answer::ok(version, &shown(conn, after).await?)
    })
    .await
}

/// Sets other rooms aside. What its guests have booked stays theirs.
pub async fn set_block(
    app: &App,
    staff: &Staff<GroupsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    block: &[BlockLine],
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("group")?;
        let property = hold(conn, found.property_id).await?;
        let today = property.business_date(cause.at);
        let agreed = Allotment::read(conn, found.property_id, id).await?;
        let types = types(conn, found.property_id).await?;
        let rooms = rules::nights(block, &types, today).map_err(Error::invalid_fields)?;
        let rows = lock_nights(conn, found.property_id, &rooms, Some(&agreed)).await?;
        let before = lock(conn, &found).await?;
        seen.check(before.version)?;
        check_open(&before)?;
        rules::check_cut_off(before.cut_off, first_night(&rooms), today).map_err(|_| cut_off_is_later(&before))?;
        // Nights that were agreed on and are not named have none any more.
        let given_up = agreed.nights().filter(|night| night.rooms > 0).map(|night| ((night.night, night.room_type_id), 0));
        let mut all: Counts = given_up.collect();
        all.extend(rooms);
        let is_agreed = |(key, rooms): (&(NaiveDate, Uuid), &i32)| {
            agreed.nights().any(|night| (night.night, night.room_type_id) == *key && night.rooms == *rooms)
        };
        if all.iter().all(is_agreed) {
            let version = before.version;
            return Answer::unchanged(version, &shown(conn, before).await?);
        }
        block_rooms(conn, &before, &all, &rows, &cause).await?;
        let after = repository::update(conn, &before, GroupChange::default(), cause.at).await?;
        outbox::publish(conn, &cause, [Event::of("group.block_changed", &after).with("block", block)]).await?;
        let version = after.version;
        Answer::ok(version, &shown(conn, after).await?)
    })
    .await
}

fn cut_off_is_later(group: &Group) -> Error {
    Error::invalid("/block", format!("no night may be before the cut-off date, {}", group.cut_off))
}

/// Puts the remaining rooms back on sale.
pub async fn release(app: &App, staff: &Staff<GroupsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("group")?;
        seen.check(found.version)?;
        let after = release_rooms(conn, &found, &cause).await?.ok_or(GroupError::Released)?;
        let version = after.version;
        Answer::ok(version, &shown(conn, after).await?)
    })
    .await
}

/// Releases the groups whose cut-off has come. Returns how many, or the last failure: it keeps no other group from its release.
pub async fn release_due(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    // Nowhere is the date more than a day ahead.
    let open = repository::open_until(&conn, now.date_naive() + Days::new(1)).await?;
    drop(conn);
    let (mut released, mut failures) = (0, Failures::default());
    for group in open {
        let done = release_if_due(app, &group, now).await;
        let is_released = failures.note("the rooms of a group could not be released", group.id, done)?;
        released += usize::from(is_released.unwrap_or(false));
    }
    if released > 0 {
        app.relay.wake();
    }
    failures.result(released)
}

/// Releases the rooms of a group whose date has come at its hotel. Returns `true` if there were any to release.
async fn release_if_due(app: &App, group: &Group, now: DateTime<Utc>) -> Result<bool> {
    let mut conn = app.db.conn().await?;
    let property = properties::find(&conn, group.property_id).await?;
    if property.is_none_or(|property| property.business_date(now) < group.cut_off) {
        return Ok(false);
    }
    let after = conn.transaction(async |conn| release_rooms(conn, group, &Cause::system(now)).await).await?;
    Ok(after.is_some())
}

/// Releases the rooms of a group; none if they have been released before.
async fn release_rooms(conn: &Conn, found: &Group, cause: &Cause) -> Result<Option<Group>> {
    hold(conn, found.property_id).await?;
    let agreed = Allotment::read(conn, found.property_id, found.id).await?;
    lock_nights(conn, found.property_id, &Counts::new(), Some(&agreed)).await?;
    let before = lock(conn, found).await?;
    if before.released_at.is_some() {
        return Ok(None);
    }
    // Read again: until the rows were locked its guests could book.
    let allotment = Allotment::read(conn, before.property_id, before.id).await?;
    inventory::release_allotment(conn, &allotment, cause.at).await?;
    let after = repository::release(conn, &before, cause.at).await?;
    let left: i32 = allotment.nights().map(inventory::AllottedNight::remaining).sum();
    let event = Event::changed(&before, &after).named("group.released").and("remaining", left, 0);
    outbox::publish(conn, cause, [event]).await?;
    Ok(Some(after))
}

/// Sets the rooms of some nights aside, if there are as many. The caller holds the rows of all nights concerned.
async fn block_rooms(conn: &Conn, group: &Group, rooms: &Counts, rows: &[NightRow], cause: &Cause) -> Result<()> {
    let allotment = Allotment::read(conn, group.property_id, group.id).await?;
    let mut more = allotment.more_for(rooms);
    more.retain(|_, rooms| *rooms > 0);
    let short = inventory::shortages_of(rows, &more);
    if !short.is_empty() {
        return Err(GroupError::NoAvailability(short).into());
    }
    Ok(inventory::block_rooms(conn, &allotment, rooms, cause.at).await?)
}

/// Locks the nights of the rooms and those of what was agreed before.
async fn lock_nights(conn: &Conn, property_id: Uuid, rooms: &Counts, agreed: Option<&Allotment>) -> Result<Vec<NightRow>> {
    let before = agreed.into_iter().flat_map(Allotment::nights).map(|night| (night.night, night.room_type_id));
    Ok(inventory::lock_around(conn, property_id, rooms.keys().copied().chain(before)).await?)
}

async fn hold(conn: &Conn, property_id: Uuid) -> Result<Property> {
    properties::hold(conn, property_id).await?.or_404("property")
}

async fn lock(conn: &Conn, group: &Group) -> Result<Group> {
    repository::lock(conn, group.property_id, group.id).await?.or_404("group")
}

fn check_open(group: &Group) -> Result<()> {
    if group.released_at.is_some() { Err(GroupError::Released.into()) } else { Ok(()) }
}

/// Returns the profile of a contact: the one with the same name and the same address or number, or a new one.
async fn profile_of(conn: &Conn, cause: &Cause, property_id: Uuid, contact: Option<&Contact>) -> Result<Option<Uuid>> {
    let persons: Vec<Person<'_>> = contact.into_iter().map(Person::of_contact).collect();
    let profiles = guests::find_or_make(conn, cause, property_id, None, &persons).await?;
    Ok(profiles.first().map(|profile| profile.id))
}

async fn check_account(conn: &Conn, property_id: Uuid, account_id: Option<Uuid>, known: Option<Uuid>) -> Result<()> {
    let Some(id) = account_id else { return Ok(()) };
    accounts::check(conn, property_id, id, known, "/account_id").await
}

async fn check_plan(conn: &Conn, property_id: Uuid, plan: Option<Uuid>) -> Result<()> {
    match plan {
        Some(id) if !repository::plan_exists(conn, property_id, id).await? => {
            Err(Error::invalid("/rate_plan_id", "is not a rate plan of the property"))
        }
        _ => Ok(()),
    }
}

async fn types(conn: &Conn, property_id: Uuid) -> Result<Vec<Uuid>> {
    Ok(rooms::types_of(conn, &[property_id]).await?.into_iter().map(|kind| kind.id).collect())
}

fn first_night(rooms: &Counts) -> Option<NaiveDate> {
    rooms.keys().next().map(|(night, _)| *night)
}

fn by_type(rates: &[GroupRate]) -> BTreeMap<Uuid, i64> {
    rates.iter().map(|rate| (rate.room_type_id, rate.nightly_price.minor)).collect()
}
