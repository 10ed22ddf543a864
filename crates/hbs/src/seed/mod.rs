//! Demo data: two hotels with staff, accounts and the guests of these days, and as many more hotels as wanted. The same
//! every time, the hotels' ids included, so that it can be loaded again and documents can name it.
mod data;
mod days;
mod folios;
mod issues;
mod logins;
mod offers;
mod online;
mod payments;
mod pictures;
mod prices;
mod reviews;
mod site;

pub use data::{DEMO_PASSWORD, GUESTS, STAFF, StaffMember};

use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::{self, NewAccount};
use crate::domains::images::{self, NewImage};
use crate::domains::inventory::{self, Nights};
use crate::domains::properties::{self, ArrivalDecision, NewProperty, Property, SettingsPatch};
use crate::domains::rates::TaxRuleFields;
use crate::domains::rooms::{self, NewRoom, NewRoomType};
use crate::domains::{authorization, blocks, content, notifications, rates};
use crate::error::Or404;
use crate::media::{Purpose, Received};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::{Error, Result};
use chrono::{Days, NaiveTime, TimeDelta};
use data::{BlockSpec, Hotel, TypeSpec};
use diesel_async::AsyncConnection;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// Time at which demo data claims to have been made: 2026-01-01T00:00:00Z, in milliseconds.
const EPOCH_MILLIS: u64 = 1_767_225_600_000;

/// Number of hotels that are loaded side by side.
const AT_ONCE: usize = 4;

/// A UUIDv7 that depends on its name only.
fn named_id(name: &str) -> Uuid {
    let digest = Sha256::digest(name.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    uuid::Builder::from_unix_timestamp_millis(EPOCH_MILLIS, &random).into_uuid()
}

/// Loads the two demo hotels with their people, and what they lack of today. False if the hotels were there already.
pub async fn demo(app: &App) -> Result<bool> {
    let mut new = Vec::new();
    // One has never closed a date, with guests who should have left; the others close theirs.
    for (place, hotel) in data::demo_hotels().iter().enumerate() {
        let (id, extras) = (named_id(&hotel.name), if place == 0 { &DEMO } else { &CLOSING });
        let is_new = hotel_once(app, hotel, extras).await?;
        match extras.opened_days_ago {
            0 => days::load(app, id).await?,
            days => days::load_closing(app, id, days).await?,
        }
        // Their stays are over: no date that is closed has anything of them.
        if is_new {
            issues::load_answers(app, id).await?;
            reviews::load(app, id, place).await?;
            new.push(id);
        }
    }
    let people = people(app).await?;
    if let Some(first) = data::demo_hotels().first() {
        let id = named_id(&first.name);
        content::load_demo(app, id, site::pages()).await?;
        if new.contains(&id) {
            folios::load_on_account(app, id).await?;
            logins::load(app, id, &people).await?;
            online::load(app, id).await?;
        }
    }
    app.relay.wake();
    Ok(!new.is_empty())
}

/// Loads hotels 1 to `count`, telling of each. Those that are there are left alone.
pub async fn hotels(app: &App, count: u32, mut tell: impl FnMut()) -> Result<u32> {
    let load = async |number| hotel_once(app, &data::numbered_hotel(number), &PLAIN).await;
    let mut loaded = stream::iter((1..=count).map(load)).buffer_unordered(AT_ONCE);
    let mut added = 0;
    while let Some(is_new) = loaded.try_next().await? {
        added += u32::from(is_new);
        tell();
    }
    app.relay.wake();
    Ok(added)
}

/// Roles of the demo whose people hear of every booking.
const DESK: &[&str] = &["front_desk", "property_manager"];

/// Further things of hotels, beside their rooms.
struct Extras {
    /// Nights from today on that have seasonal prices; the others go at base prices.
    priced_nights: u64,
    blocks: &'static [BlockSpec],
    has_images: bool,
    /// Days since it was opened, whose dates it has closed.
    opened_days_ago: i64,
}

const DEMO: Extras = Extras { priced_nights: 730, blocks: data::DEMO_BLOCKS, has_images: true, opened_days_ago: 0 };
const CLOSING: Extras = Extras { opened_days_ago: 2, ..DEMO };
const PLAIN: Extras = Extras { blocks: &[], has_images: false, ..DEMO };

async fn hotel_once(app: &App, hotel: &Hotel, extras: &Extras) -> Result<bool> {
    let id = named_id(&hotel.name);
    let mut conn = app.db.conn().await?;
    if properties::find(&conn, id).await?.is_some() {
        return Ok(false);
    }
    let images = if extras.has_images { draw(app, id, hotel).await? } else { Vec::new() };
    conn.transaction(async |conn| {
        write_hotel(app, conn, id, hotel, extras).await?;
        write_blocks(app, conn, id, extras.blocks).await?;
        write_images(app, conn, &images).await
    })
    .await?;
    Ok(true)
}

/// Rooms that are not for sale these days.
async fn write_blocks(app: &App, conn: &Conn, property_id: Uuid, specs: &[BlockSpec]) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let property = properties::find(conn, property_id).await?.or_404("property")?;
    let today = property.business_date(cause.at);
    for BlockSpec { room, kind, reason, from_today, nights } in specs {
        let from = today + Days::new(*from_today);
        let id = named_id(&format!("{property_id}/block of {room}"));
        let room_id = named_id(&format!("{property_id}/room {room}"));
        let nights = Nights::new(from, from + Days::new(*nights));
        blocks::block_for_demo(conn, id, room_id, *kind, reason, nights, &cause).await?;
    }
    Ok(())
}

/// The pictures of a hotel and of its types, with their files written.
async fn draw(app: &App, property_id: Uuid, hotel: &Hotel) -> Result<Vec<NewImage>> {
    let now = app.clock.now();
    let mut drawn = vec![
        (None, 0, "The house by day", pictures::house(pictures::DAY)?),
        (None, 1, "The house in the evening", pictures::house(pictures::EVENING)?),
    ];
    for spec in &hotel.types {
        let beds = spec.beds.iter().map(|bed| bed.count).sum::<i32>();
        let picture = pictures::room(spec.colour, u32::try_from(beds).unwrap_or(1))?;
        drawn.push((Some(type_id(property_id, spec)), 0, spec.name, picture));
    }
    let mut images = Vec::with_capacity(drawn.len());
    for (room_type_id, position, alt, file) in drawn {
        let id = named_id(&format!("{property_id}/image {alt}"));
        let turn = app.media.turn(property_id).await?;
        let picture = app.media.prepare(id, Received { turn, file }, Purpose::Photo).await?;
        picture.store(&app.objects).await?;
        images.push(NewImage {
            property_id,
            id,
            room_type_id,
            position,
            is_primary: position == 0,
            alt: alt.into(),
            key: picture.key.clone(),
            format: picture.format,
            sizes: serde_json::json!(picture.sizes()),
            created_at: now,
            updated_at: now,
            offer_id: None,
        });
    }
    Ok(images)
}

async fn write_images(app: &App, conn: &Conn, new: &[NewImage]) -> Result<()> {
    let mut events = Vec::with_capacity(new.len());
    for image in new {
        let image = images::insert(conn, image).await?;
        events.push(Event::created(&image).named("image.added"));
    }
    outbox::publish(conn, &Cause::system(app.clock.now()), events).await?;
    Ok(())
}

fn type_id(property_id: Uuid, spec: &TypeSpec) -> Uuid {
    named_id(&format!("{property_id}/{}", spec.code))
}

/// Returns the features that the first and the last room of a type have beyond the others.
fn features_of(room: u32, rooms: u32) -> &'static [&'static str] {
    if room == 0 {
        &["near_lift"]
    } else if room + 1 == rooms {
        &["corner", "quiet"]
    } else {
        &[]
    }
}

async fn write_hotel(app: &App, conn: &Conn, id: Uuid, hotel: &Hotel, extras: &Extras) -> Result<()> {
    let cause = Cause::system(app.clock.now() - TimeDelta::days(extras.opened_days_ago));
    let property = properties::insert(conn, &new_property(id, hotel, extras, &cause)?).await?;
    let mut events = vec![Event::created(&property)];
    for (code, name) in data::AMENITIES {
        let amenity = rooms::insert_amenity(conn, id, code, name, cause.at).await?;
        events.push(Event::created(&amenity));
    }
    for (name, rate_ppm) in hotel.taxes {
        let rule = rates::insert_tax_rule(conn, id, &TaxRuleFields::percent(name, *rate_ppm, property.prices), cause.at).await?;
        events.push(Event::created(&rule));
    }
    let mut first_number = 101;
    for spec in &hotel.types {
        events.extend(write_type(conn, &property, spec, first_number, &cause).await?);
        first_number += 100;
    }
    let kinds: Vec<Uuid> = hotel.types.iter().map(|spec| type_id(id, spec)).collect();
    inventory::open_types(conn, id, &kinds, property.business_date(cause.at), property.settings.horizon_nights, cause.at).await?;
    events.extend(prices::write(conn, &property, hotel, extras.priced_nights, &cause).await?);
    outbox::publish(conn, &cause, events).await?;
    offers::write(conn, &property, hotel, &cause).await
}

/// A type with its rooms. Its nights come later: they count the rooms.
async fn write_type(conn: &Conn, property: &Property, spec: &TypeSpec, first_number: u32, cause: &Cause) -> Result<Vec<Event>> {
    let id = type_id(property.id, spec);
    let row = rooms::insert_room_type(conn, &new_type(property.id, id, spec, cause)).await?;
    let codes: Vec<String> = spec.amenities.iter().map(ToString::to_string).collect();
    rooms::set_amenities(conn, property.id, id, &codes, cause.at).await?;
    let new_rooms: Vec<NewRoom> = (0..spec.rooms)
        .map(|n| {
            let number = (first_number + n).to_string();
            NewRoom {
                property_id: property.id,
                id: named_id(&format!("{}/room {number}", property.id)),
                room_type_id: id,
                floor: Some((first_number / 100).to_string()),
                features: serde_json::json!(features_of(n, spec.rooms)),
                number,
                created_at: cause.at,
                updated_at: cause.at,
            }
        })
        .collect();
    let added = rooms::insert_rooms(conn, &new_rooms).await?;
    let mut events = vec![Event::created(&row)];
    events.extend(added.iter().map(Event::created));
    Ok(events)
}

fn new_property(id: Uuid, hotel: &Hotel, extras: &Extras, cause: &Cause) -> Result<NewProperty> {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    Ok(NewProperty {
        id,
        name: hotel.name.clone(),
        description: hotel.description.into(),
        street: hotel.street.clone(),
        city: hotel.city.into(),
        postal_code: hotel.postal_code.into(),
        country: hotel.country.into(),
        latitude: Some(hotel.location.0),
        longitude: Some(hotel.location.1),
        email: Some(format!("hello@{}.example", hotel.name.to_lowercase().replace(' ', "-"))),
        phone: None,
        time_zone: hotel.time_zone.parse().map_err(Error::internal)?,
        currency: hotel.currency.parse().map_err(Error::internal)?,
        prices: hotel.prices,
        check_in_time: time(15),
        check_out_time: time(11),
        // Whoever does not come must not be in the way of closing dates.
        settings: SettingsPatch {
            open_arrivals: (extras.opened_days_ago > 0).then_some(Some(ArrivalDecision::NoShow)),
            ..SettingsPatch::default()
        }
        .into(),
        default_locale: Locale::default(),
        texts: serde_json::json!({"pt": {"description": hotel.description_pt}}),
        created_at: cause.at,
        updated_at: cause.at,
    })
}

fn new_type(property_id: Uuid, id: Uuid, spec: &TypeSpec, cause: &Cause) -> NewRoomType {
    NewRoomType {
        property_id,
        id,
        code: spec.code.into(),
        name: spec.name.into(),
        description: spec.description.into(),
        max_adults: spec.max_adults,
        max_children: spec.max_children,
        max_guests: spec.max_guests,
        beds: serde_json::json!(spec.beds),
        size_sqm: Some(spec.size_sqm),
        base_price_minor: spec.price_minor,
        overbooking: 0,
        texts: serde_json::json!({"pt": {"name": spec.name_pt, "description": spec.description_pt}}),
        created_at: cause.at,
        updated_at: cause.at,
    }
}

/// The accounts of the demo logins, by their addresses.
type People = HashMap<&'static str, Uuid>;

/// The demo logins, each with its role.
async fn people(app: &App) -> Result<People> {
    let first_hotel = data::demo_hotels().first().map(|hotel| named_id(&hotel.name));
    let mut people = People::new();
    for StaffMember { email, full_name, role, everywhere } in STAFF {
        let property_id = first_hotel.filter(|_| !everywhere);
        people.insert(*email, person(app, email, full_name, Some((*role, property_id))).await?);
    }
    for (email, full_name) in GUESTS {
        people.insert(*email, person(app, email, full_name, None).await?);
    }
    Ok(people)
}

async fn person(app: &App, email: &str, full_name: &str, role: Option<(&str, Option<Uuid>)>) -> Result<Uuid> {
    let mut conn = app.db.conn().await?;
    if let Some(id) = authentication::account_of(&conn, email).await? {
        return Ok(id);
    }
    let account = NewAccount { email: email.into(), password: DEMO_PASSWORD.into(), full_name: full_name.into(), phone: None };
    let cause = Cause::system(Clock::real_now());
    conn.transaction(async |conn| {
        let user_id = authentication::create_account(app, conn, &account, &cause).await?;
        if let Some((code, property_id)) = role {
            authorization::assign_by_code(app, conn, user_id, code, property_id).await?;
            if DESK.contains(&code) {
                notifications::follow_bookings(conn, user_id, cause.at).await?;
            }
        }
        Ok::<_, Error>(user_id)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::authorization::DEFAULT_ROLES;

    #[test]
    fn ids_hang_on_names() {
        assert_eq!(named_id("a"), named_id("a"));
        assert_ne!(named_id("a"), named_id("b"));
        assert_eq!(named_id("a").get_version_num(), 7);
    }

    #[test]
    fn there_is_a_login_for_each_role_and_40_to_60_rooms_a_hotel() {
        let mut roles: Vec<_> = STAFF.iter().map(|member| member.role).collect();
        let mut all: Vec<_> = DEFAULT_ROLES.iter().map(|role| role.code).collect();
        roles.sort_unstable();
        all.sort_unstable();
        assert_eq!(roles, all);
        for hotel in data::demo_hotels() {
            assert_eq!(hotel.types.len(), 5);
            assert!((40..=60).contains(&hotel.types.iter().map(|spec| spec.rooms).sum::<u32>()), "{}", hotel.name);
        }
    }
}
