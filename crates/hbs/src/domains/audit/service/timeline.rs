//! The history of a booking, in words: all of it for staff, and for guests what they may know.
use super::{away, for_readers, kind_of, name_of};
use crate::Result;
use crate::actors::Names;
use crate::app::App;
use crate::domains::audit::dto::{AuditEntry, TimelineDetail, TimelineEntry};
use crate::domains::audit::repository;
use crate::domains::audit::rules::{Actor, Detail, Happening, Named, Teller, Thing, Told, Writer};
use crate::domains::bookings;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::language::Language;
use crate::money::{Currency, Money};
use crate::outbox::ActorKind;
use crate::page::{Page, PageQuery};
use crate::security::OwnOr;
use crate::security::permission::BookingsRead;
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use diesel::QueryResult;
use futures_util::try_join;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub async fn timeline(
    app: &App,
    who: &OwnOr<BookingsRead>,
    booking_id: Uuid,
    page: &PageQuery,
    reading: &Reading,
) -> Result<Page<TimelineEntry>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let booking = bookings::find(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let property = properties::find(&conn, booking.property_id).await?.or_404("booking")?;
    drop(conn);
    let rows = repository::timeline(&app.mongo, booking_id, after, limit + 1).await.map_err(|error| away(&error))?;
    let Page { mut items, next_cursor } = page.page(rows, |entry| entry.position)?;
    items.iter_mut().for_each(for_readers);
    let conn = app.db.conn().await?;
    let ids = ids(&items);
    let (people, rows) = try_join!(people(&conn, &items), repository::names(&conn, booking.property_id, booking_id, &ids))?;
    drop(conn);
    let language = reading.language(&property.default_locale);
    let mut named = named(&rows, booking.currency, &property, language, reading);
    let is_staff = who.reach.scope.covers(booking.property_id);
    name_people(&mut named, &items, is_staff.then_some(&people), booking.user_id, language);
    let writer = Writer { language, currency: booking.currency, zone: property.time_zone.tz(), named: &named };
    let teller = Teller(writer);
    let items = items.into_iter().filter_map(|entry| match is_staff {
        true => Some(for_staff(&teller, entry, &people, booking.user_id)),
        false => for_guest(&teller, entry, who.caller.id()),
    });
    Ok(Page { items: items.collect(), next_cursor })
}

/// The names of those who acted, and of those whom changes name.
async fn people(conn: &Conn, entries: &[AuditEntry]) -> QueryResult<Names> {
    let actors = entries.iter().map(|entry| (kind_of(entry), entry.actor_id));
    let users = told_ids(entries, Thing::Person).map(|id| (ActorKind::User, Some(id)));
    let keys = told_ids(entries, Thing::ApiKey).map(|id| (ActorKind::ApiKey, Some(id)));
    Names::read(conn, &actors.chain(users).chain(keys).collect::<Vec<_>>()).await
}

/// The ids that the changes of some entries have, each with its field.
fn all_ids(entries: &[AuditEntry]) -> impl Iterator<Item = (&str, Uuid)> {
    let changes = entries.iter().filter_map(|entry| entry.changes.as_object()).flatten();
    let values = changes.flat_map(|(field, change)| [(field, &change["before"]), (field, &change["after"])]);
    values.flat_map(|(field, value)| {
        let many = value.as_array().into_iter().flatten();
        let texts = std::iter::once(value).chain(many).filter_map(Value::as_str);
        texts.filter_map(|text| text.parse().ok()).map(move |id| (field.as_str(), id))
    })
}

fn told_ids(entries: &[AuditEntry], thing: Thing) -> impl Iterator<Item = Uuid> {
    all_ids(entries).filter(move |(field, _)| Thing::of_field(field) == Some(thing)).map(|(_, id)| id)
}

/// The ids of what the entries are about, and of what they name.
fn ids(entries: &[AuditEntry]) -> Vec<Uuid> {
    let about = entries.iter().map(|entry| entry.entity_id);
    let mut ids: Vec<Uuid> = about.chain(all_ids(entries).map(|(_, id)| id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The names of things in the language of the reader.
fn named(rows: &[repository::NameRow], currency: Currency, property: &Property, language: Language, reading: &Reading) -> Named {
    let mut named = Named::default();
    for row in rows {
        let Some(thing) = Thing::of_entity(&row.entity) else {
            named.put_certain_room(row.id);
            continue;
        };
        let name = match &row.texts {
            Some(texts) => reading.name(&row.name, texts, &property.default_locale),
            None => row.name.clone(),
        };
        let amount = row.amount_minor.map(|minor| Money::new(minor, currency));
        named.put(thing, row.id, thing.named(language, &name, amount));
    }
    named
}

/// Adds the names of people and keys that changes name; without them, for guests, whoever is not the guest is the hotel.
fn name_people(named: &mut Named, entries: &[AuditEntry], people: Option<&Names>, owner: Option<Uuid>, language: Language) {
    for id in told_ids(entries, Thing::Person) {
        let actor = match people {
            Some(people) => actor(ActorKind::User, Some(id), people, owner),
            None if Some(id) == owner => Actor::Guest,
            None => Actor::Hotel,
        };
        named.put(Thing::Person, id, actor.name(language));
    }
    for id in told_ids(entries, Thing::ApiKey) {
        if let Some(Actor::ApiKey(Some(name))) = people.map(|people| actor(ActorKind::ApiKey, Some(id), people, None)) {
            named.put(Thing::ApiKey, id, name);
        }
    }
}

/// Returns who acted, as staff may know it: whose booking it is, is a guest.
fn actor(kind: ActorKind, id: Option<Uuid>, people: &Names, owner: Option<Uuid>) -> Actor {
    match (kind, id) {
        (ActorKind::User, None) => Actor::Unknown,
        (ActorKind::User, id) if id == owner => Actor::Guest,
        (ActorKind::User, Some(id)) if people.has_no_role(id) => Actor::GuestOrFormerStaff,
        (ActorKind::User, id) => Actor::Person(people.of(kind, id)),
        (ActorKind::ApiKey, id) => Actor::ApiKey(people.of(kind, id).strip_prefix("API key ").map(str::to_owned)),
        (ActorKind::GuestLink, _) => Actor::Guest,
        (ActorKind::Anonymous, _) => Actor::Anonymous,
        (ActorKind::System, _) => Actor::System,
    }
}

fn in_words(teller: &Teller<'_>, entry: AuditEntry, changes: &Map<String, Value>, actor: &Actor) -> TimelineEntry {
    let AuditEntry { kind, entity, entity_id, .. } = &entry;
    let Told { summary, details } = teller.tell(&Happening { kind, entity, entity_id: *entity_id, changes, actor });
    let shown = |Detail { field, label, before, after, is_withheld }| TimelineDetail { field, label, before, after, is_withheld };
    TimelineEntry { summary, details: details.into_iter().map(shown).collect(), entry }
}

fn for_staff(teller: &Teller<'_>, mut entry: AuditEntry, people: &Names, owner: Option<Uuid>) -> TimelineEntry {
    entry.actor_name = name_of(&entry, people, owner);
    let actor = actor(kind_of(&entry), entry.actor_id, people, owner);
    let changes = entry.changes.as_object().cloned().unwrap_or_default();
    in_words(teller, entry, &changes, &actor)
}

/// Facts of a booking that its guests may know. Whatever else is recorded is for the hotel: its notes and tags, who took a
/// signature, how folios are kept, and which room is meant before it is certain.
const FOR_GUESTS: [&str; 62] = [
    "adults",
    "amount_minor",
    "arrival_time",
    "awaits_payment",
    "awaits_proof",
    "booked_check_out",
    "booked_room_type_id",
    "booking_id",
    "cancellation_terms",
    "captured_minor",
    "channel",
    "check_in",
    "check_out",
    "children_ages",
    "closed_at",
    "contact_email",
    "contact_name",
    "contact_phone",
    "contact_proved_at",
    "currency",
    "expires_at",
    "fee",
    "first_night",
    "group_id",
    "guest_name",
    "hold_expires_at",
    "id",
    "is_hold_extended",
    "kind",
    "late_on",
    "lines",
    "locale",
    "method",
    "moved_on",
    "nightly_price",
    "position",
    "posting_id",
    "property_id",
    "proposed_difference_minor",
    "proposed_total_minor",
    "quote_expires_at",
    "rate_plan_id",
    "reason",
    "reference",
    "refunded_minor",
    "registered_guests",
    "room_type_id",
    "rooms",
    "signed_at",
    "special_requests",
    "split_from",
    "split_into",
    "status",
    "status_on",
    "stay_id",
    "total",
    "total_minor",
    "unpaid_balance",
    "user_id",
    "value_date",
    "wait_until",
    "waived_fee",
];

/// Hides from guests which member of staff acted, why, and what is for the hotel alone. Returns nothing for what was
/// about such things only.
fn for_guest(teller: &Teller<'_>, mut entry: AuditEntry, guest: Uuid) -> Option<TimelineEntry> {
    let is_own = entry.actor_id == Some(guest);
    let actor = match kind_of(&entry) {
        ActorKind::User | ActorKind::ApiKey if is_own => Actor::Guest,
        ActorKind::User | ActorKind::ApiKey => Actor::Hotel,
        ActorKind::GuestLink => Actor::Guest,
        ActorKind::Anonymous => Actor::Anonymous,
        ActorKind::System => Actor::System,
    };
    entry.actor_name = match actor {
        Actor::Guest => "guest".to_owned(),
        Actor::Hotel => "hotel".to_owned(),
        _ => entry.actor_kind.clone(),
    };
    entry.is_revealable = false;
    if !is_own {
        entry.actor_id = None;
        entry.request_id = None;
    }
    let room = certain_room(teller, &entry.changes["room_id"]);
    if let Some(changes) = entry.changes.as_object_mut() {
        let was_empty = changes.is_empty();
        changes.retain(|name, _| FOR_GUESTS.contains(&name.as_str()));
        if entry.actor_id.is_none() {
            // Of old, reasons were told in clear.
            changes.remove("reason");
        }
        if changes.is_empty() && !was_empty {
            return None;
        }
    }
    let mut changes = entry.changes.as_object().cloned().unwrap_or_default();
    changes.extend(room.map(|room| ("room_id".to_owned(), room)));
    Some(in_words(teller, entry, &changes, &actor))
}

/// The change of a room as far as guests may know of it: they are told rooms that they certainly have, or had.
fn certain_room(teller: &Teller<'_>, change: &Value) -> Option<Value> {
    let known = |room: &Value| room.as_str()?.parse().ok().filter(|id| teller.0.named.is_certain(*id)).map(|id: Uuid| json!(id));
    let after = known(&change["after"])?;
    Some(json!({"before": known(&change["before"]), "after": after}))
}
