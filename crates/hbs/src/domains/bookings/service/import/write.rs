//! Many bookings at once: a few statements for each some hundred.
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{NewBooking, NewStay, Terms};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::booking_status;
use crate::domains::bookings::rules::import::Draft;
use crate::domains::bookings::rules::import::rooming::counts;
use crate::domains::bookings::rules::reference;
use crate::domains::bookings::service::events;
use crate::domains::folios::{self, Posted};
use crate::domains::guests::{self, Person, Profile};
use crate::domains::inventory::{self, Allotment};
use crate::domains::payments::{self, PaidBefore};
use crate::domains::properties::Property;
use crate::domains::stays::Status;
use crate::error::OnConstraint;
use crate::outbox::{self, Cause, Event};
use crate::sheets::{Import, Step};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Stays that are written at once: the limit is PostgreSQL's 65,535 parameters of a statement, of which a
/// stay takes 20 and a booking 30, and a booking has at most 50 stays.
const BATCH: usize = 1_000;

/// Maximum number of draws of references that others have not taken.
const DRAWS: usize = 8;

/// Group of bookings, with the rooms that are set aside for it.
pub type OfGroup<'a> = Option<(Uuid, &'a Allotment)>;

/// Writes the bookings of the drafts, which the caller has checked while holding their nights.
pub async fn write(conn: &Conn, import: &Import<'_>, property: &Property, group: OfGroup<'_>, drafts: Vec<Draft>) -> Result<()> {
    let Import { cause, progress, .. } = *import;
    if drafts.is_empty() {
        return Ok(());
    }
    match group {
        Some((_, set_aside)) => inventory::count_pick_up(conn, set_aside, &counts(&drafts), cause.at).await?,
        None => inventory::take_each(conn, property.id, &sold(&drafts), cause.at).await.map(drop)?,
    }
    let group_id = group.map(|(id, _)| id);
    let stays = drafts.len();
    let bookings = bookings(drafts);
    if stays > BATCH {
        // At once, and not batch by batch: so they are locked in their order, like those of a sale.
        let everybody: Vec<Person<'_>> = bookings.iter().flat_map(|drafts| people_of(drafts)).collect();
        guests::lock_names(conn, property.id, &everybody).await?;
    }
    let names = draw(conn, bookings.len()).await?;
    let (mut written, mut batch, mut size) = (0, Vec::new(), 0);
    for (drafts, name) in bookings.into_iter().zip(names) {
        if size + drafts.len() > BATCH {
            write_batch(conn, property, group_id, std::mem::take(&mut batch), cause).await?;
            written += std::mem::take(&mut size);
            progress(Step::Written(written, stays));
        }
        size += drafts.len();
        batch.push((name, drafts));
    }
    write_batch(conn, property, group_id, batch, cause).await?;
    progress(Step::Written(stays, stays));
    Ok(())
}

/// Rooms sold by night and type.
fn sold(drafts: &[Draft]) -> Vec<(NaiveDate, Uuid, i32)> {
    counts(drafts).into_iter().map(|((night, kind), rooms)| (night, kind, rooms)).collect()
}

/// The drafts of each booking, in the order of their first ones.
fn bookings(drafts: Vec<Draft>) -> Vec<Vec<Draft>> {
    let mut bookings: Vec<Vec<Draft>> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    for draft in drafts {
        let place = *places.entry(draft.booking_id).or_insert(bookings.len());
        if place == bookings.len() {
            bookings.push(Vec::new());
        }
        bookings[place].push(draft);
    }
    bookings
}

/// References that no booking has. Among many, one that is taken is likely enough to look.
async fn draw(conn: &Conn, count: usize) -> Result<Vec<String>> {
    let mut drawn = HashSet::with_capacity(count);
    for _ in 0..DRAWS {
        while drawn.len() < count {
            drawn.insert(reference::draw());
        }
        let references: Vec<String> = drawn.iter().cloned().collect();
        let taken = repository::references_taken(conn, &references).await?;
        if taken.is_empty() {
            return Ok(references);
        }
        drawn.retain(|reference| !taken.contains(reference));
    }
    Err(BookingError::Busy.into())
}

async fn write_batch(
    conn: &Conn,
    property: &Property,
    group_id: Option<Uuid>,
    batch: Vec<(String, Vec<Draft>)>,
    cause: &Cause,
) -> Result<()> {
    let profiles = guests::find_or_make_each(conn, cause, property.id, &people(&batch)).await?;
    let (mut bookings, mut stays, mut folio, mut nights, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut named: Vec<(Uuid, Option<Uuid>)> = Vec::new();
    let mut paid: Vec<PaidBefore> = Vec::new();
    let mut routings = match group_id {
        Some(group_id) => folios::routings_of_group(conn, property.id, group_id).await?,
        None => Vec::new(),
    };
    for ((reference, drafts), profiles) in batch.iter().zip(profiles) {
        let mut profiles = profiles.into_iter();
        let contact = profiles.next();
        let booking = NewBooking { group_id, ..new_booking(property, reference, drafts, contact, cause)? };
        let (place, mut charges) = (told.len(), Vec::new());
        for (draft, position) in drafts.iter().zip(0..) {
            let stay = new_stay(&booking, draft, position, property.business_date(cause.at));
            charges.extend(draft.sold.charges(stay.id, &draft.kind_name));
            nights.extend(stay.room_id.map(|room| (stay.id, room, draft.nights)));
            told.push(Event::created(&stay).with("row", draft.row));
            let guest = draft.guest_name.as_ref().and_then(|_| profiles.next()).filter(|guest| Some(*guest) != contact);
            named.extend(guest.map(|guest| (stay.id, Some(guest.id))));
            stays.push(stay);
        }
        paid.extend(paid_before(booking.id, drafts));
        let lines = folios::draft(booking.id, &charges, &mut routings);
        told.insert(place, created(&booking, &lines.told()));
        folio.push(lines);
        bookings.push(booking);
    }
    let of_db = |error: diesel::result::Error| Error::from(error);
    let insert = async {
        repository::insert_bookings(conn, &bookings)
            .await
            .on_constraint("bookings_external_reference_key", || BookingError::ExternalReferenceTaken)
    };
    let written = try_join!(
        insert,
        async { repository::insert_many_stays(conn, &stays).await.map_err(of_db) },
        async { repository::set_stay_guests(conn, property.id, &named).await.map_err(of_db) },
        async { inventory::occupy(conn, property.id, &nights, cause.at).await.map_err(of_db) },
        async {
            folios::append_brought_in(conn, property.id, folio, property.business_date(cause.at), cause.at).await.map_err(of_db)
        },
        async { outbox::publish_many(conn, cause, told).await.map_err(of_db) },
    );
    match written {
        Ok(_) => payments::bring_in(conn, property, &paid, cause).await,
        Err(error) if error.violates("bookings_reference_key") => Err(BookingError::Busy.into()),
        // One should have left, and another has come.
        Err(error) if error.violates("stays_one_in_a_room") => {
            Err(BookingError::RoomOccupied("that two rows name".into()).into())
        }
        Err(error) => Err(error),
    }
}

/// Everybody whom the bookings name: of each the contact, then who stays.
fn people(batch: &[(String, Vec<Draft>)]) -> Vec<Vec<Person<'_>>> {
    batch.iter().map(|(_, drafts)| people_of(drafts)).collect()
}

fn people_of(drafts: &[Draft]) -> Vec<Person<'_>> {
    let contact = drafts.first().and_then(|draft| draft.contact.as_ref()).map(Person::of_contact);
    let named = drafts.iter().filter_map(|draft| draft.guest_name.as_deref()).map(Person::named);
    contact.into_iter().chain(named).collect()
}

fn new_booking<'a>(
    property: &Property,
    reference: &'a str,
    drafts: &'a [Draft],
    guest: Option<Profile>,
    cause: &Cause,
) -> Result<NewBooking<'a>> {
    let missing = || Error::internal("an imported booking has no contact");
    let first = drafts.first().ok_or_else(missing)?;
    let contact = first.contact.as_ref().ok_or_else(missing)?;
    let statuses: Vec<Status> = drafts.iter().map(|draft| draft.status).collect();
    Ok(NewBooking {
        property_id: property.id,
        id: first.booking_id,
        reference,
        status: booking_status(&statuses),
        channel: &first.channel,
        external_reference: Some(&first.reference),
        user_id: None,
        created_by: cause.user_id(),
        created_by_key: cause.api_key_id(),
        contact_name: &contact.full_name,
        contact_email: contact.email.as_deref(),
        awaits_proof: false,
        awaits_payment: false,
        contact_phone: contact.phone.as_deref(),
        special_requests: first.special_requests.as_deref(),
        arrival_time: first.arrival_time,
        notes: first.notes.as_deref(),
        tags: &first.tags,
        check_in: drafts.iter().map(|draft| draft.nights.from).min().ok_or_else(missing)?,
        check_out: drafts.iter().map(|draft| draft.nights.to).max().ok_or_else(missing)?,
        currency: property.currency,
        total_minor: drafts.iter().map(|draft| draft.sold.total()).sum(),
        hold_expires_at: None,
        group_id: None,
        locale: None,
        guest_id: guest.map(|guest| guest.id),
        account_id: None,
        created_at: cause.at,
        updated_at: cause.at,
    })
}

fn new_stay(booking: &NewBooking<'_>, draft: &Draft, position: i32, today: NaiveDate) -> NewStay {
    NewStay {
        property_id: booking.property_id,
        id: Uuid::now_v7(),
        booking_id: booking.id,
        position,
        status: draft.status,
        room_type_id: draft.kind,
        room_id: draft.room,
        is_pinned: draft.is_named,
        check_in: draft.nights.from,
        check_out: draft.nights.to,
        adults: draft.adults,
        children_ages: draft.children_ages.clone(),
        guest_name: draft.guest_name.clone(),
        total_minor: draft.sold.total(),
        rate_plan_id: draft.sold.rate_plan_id,
        cancellation_terms: Terms(draft.sold.terms.clone()),
        booked_room_type_id: draft.kind,
        status_on: today,
        is_day_use: false,
        created_at: booking.created_at,
        updated_at: booking.updated_at,
    }
}

/// What was paid of a booking at the other system: a deposit, as long as nobody of it has come.
fn paid_before(booking_id: Uuid, drafts: &[Draft]) -> impl Iterator<Item = PaidBefore> {
    let is_deposit = drafts.iter().all(|draft| draft.status == Status::Confirmed);
    let paid = drafts.iter().filter_map(|draft| draft.paid);
    paid.map(move |paid| PaidBefore { booking_id, method: paid.method, amount_minor: paid.amount_minor, is_deposit })
}

/// Makes the event of an imported booking, marked as imported: the senders of mails look at that.
fn created(booking: &NewBooking<'_>, lines: &Posted) -> Event {
    events::booking_created(booking, lines).with("imported", true)
}
