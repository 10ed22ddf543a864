use super::dto::BookingFilter;
use super::model::{Booking, BookingChange, FolioEntry, NewBooking, NewFolioEntry, NewStay, Owner, Stay, StayGuestRow};
use super::rules::Status;
use crate::domains::inventory::Nights;
use crate::domains::stays::are_in_house;
use crate::security::Reach;
use crate::stores::postgres::{Cached, Conn, constant_sql, containing};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use hbs_schema::{bookings, folio_entries, rooms, stay_guests, stays, users};
use std::collections::HashMap;
use uuid::Uuid;

/// A booking within reach: one's own, or one of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: Uuid) -> QueryResult<Option<Booking>> {
    bookings::table
        .filter(bookings::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .or(bookings::property_id.eq_any(reach.scope.ids()))
                .or(bookings::user_id.eq(reach.owner)),
        )
        .select(Booking::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The property of a booking, if the booking exists and is within reach.
pub async fn property_within_reach(conn: &Conn, reach: &Reach, id: Uuid) -> QueryResult<Option<Uuid>> {
    Ok(find(conn, reach, id).await?.map(|booking| booking.property_id))
}

/// Bookings within reach, newest first. `after` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &BookingFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Booking>> {
    let mut query = bookings::table.order(bookings::id.desc()).limit(limit).select(Booking::as_select()).into_boxed();
    let own = bookings::user_id.eq(reach.owner);
    if reach.is_own_only() {
        query = query.filter(own);
    } else if !reach.scope.is_all() {
        query = query.filter(bookings::property_id.nullable().eq_any(reach.scope.ids()).or(own));
    }
    let BookingFilter {
        property_id,
        status,
        reference,
        channel,
        external_reference,
        check_in_from,
        check_in_to,
        check_out_from,
        check_out_to,
        created_from,
        created_to,
        night,
        contact,
        guest,
        has_balance,
        group_id,
    } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(bookings::property_id.eq(property_id));
    }
    if let Some(status) = status {
        query = query.filter(bookings::status.eq(status));
    }
    if let Some(reference) = reference {
        query = query.filter(bookings::reference.eq(reference.to_uppercase()));
    }
    if let Some(channel) = channel {
        query = query.filter(bookings::channel.eq(channel));
    }
    if let Some(external_reference) = external_reference {
        query = query.filter(bookings::external_reference.eq(external_reference));
    }
    if let Some(from) = check_in_from {
        query = query.filter(bookings::check_in.ge(from));
    }
    if let Some(to) = check_in_to {
        query = query.filter(bookings::check_in.le(to));
    }
    if let Some(from) = check_out_from {
        query = query.filter(bookings::check_out.ge(from));
    }
    if let Some(to) = check_out_to {
        query = query.filter(bookings::check_out.le(to));
    }
    if let Some(from) = created_from {
        query = query.filter(bookings::created_at.ge(from.and_time(NaiveTime::MIN).and_utc()));
    }
    if let Some(to) = created_to {
        query = query.filter(bookings::created_at.lt((*to + Days::new(1)).and_time(NaiveTime::MIN).and_utc()));
    }
    if let Some(night) = night {
        query = query.filter(bookings::check_in.le(night)).filter(bookings::check_out.gt(night));
    }
    if let Some(contact) = contact {
        query = query.filter(contact_has(contact));
    }
    if let Some(guest) = guest {
        let of_booking = stays::table
            .filter(stays::property_id.eq(bookings::property_id))
            .filter(stays::booking_id.eq(bookings::id))
            .filter(stays::guest_name.ilike(containing(guest)));
        query = query.filter(contact_has(guest).or(exists(of_booking).nullable()));
    }
    if let Some(has_balance) = has_balance {
        let owes = bookings::total_minor.ne(0);
        query = query.filter(owes.eq(has_balance));
    }
    if let Some(group_id) = group_id {
        query = query.filter(bookings::group_id.eq(group_id));
    }
    if let Some(after) = after {
        query = query.filter(bookings::id.lt(after));
    }
    query.load(&mut conn).await
}

#[diesel::dsl::auto_type]
fn contact_has(text: &str) -> _ {
    let pattern: String = containing(text);
    let (name, email, phone): (String, String, String) = (pattern.clone(), pattern.clone(), pattern);
    bookings::contact_name
        .nullable()
        .ilike(name)
        .or(bookings::contact_email.nullable().ilike(email))
        .or(bookings::contact_phone.ilike(phone))
}

/// Those of some rooms that guests are in, with their numbers.
pub async fn rooms_with_guests(mut conn: &Conn, property_id: Uuid, rooms: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    stays::table
        .inner_join(rooms::table.on(rooms::property_id.eq(stays::property_id).and(rooms::id.nullable().eq(stays::room_id))))
        .filter(stays::property_id.eq(property_id))
        .filter(are_in_house())
        .filter(stays::room_id.eq_any(rooms))
        .order(rooms::number)
        .select((rooms::id, rooms::number))
        .load(&mut conn)
        .await
}

/// Who stays in some stays, in their order.
pub async fn guests_of(mut conn: &Conn, property_id: Uuid, stays: &[Uuid]) -> QueryResult<Vec<StayGuestRow>> {
    stay_guests::table
        .filter(stay_guests::property_id.eq(property_id))
        .filter(stay_guests::stay_id.eq_any(stays))
        .order((stay_guests::stay_id, stay_guests::position))
        .select(StayGuestRow::as_select())
        .load(&mut conn)
        .await
}

/// Of some stays, those in which nobody is on record with birth date, nationality and document.
pub async fn unidentified(mut conn: &Conn, property_id: Uuid, stays: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let identified: Vec<Uuid> = stay_guests::table
        .filter(stay_guests::property_id.eq(property_id))
        .filter(stay_guests::stay_id.eq_any(stays))
        .filter(stay_guests::birth_date.is_not_null())
        .filter(stay_guests::nationality.is_not_null())
        .filter(stay_guests::document_number.is_not_null())
        .select(stay_guests::stay_id)
        .distinct()
        .load(&mut conn)
        .await?;
    Ok(stays.iter().filter(|id| !identified.contains(id)).copied().collect())
}

pub async fn insert_guests(mut conn: &Conn, guests: &[StayGuestRow]) -> QueryResult<usize> {
    if guests.is_empty() {
        return Ok(0);
    }
    diesel::insert_into(stay_guests::table).values(guests).execute(&mut conn).await
}

/// Forgets who stays.
pub async fn delete_guests(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<usize> {
    let rows = stay_guests::table.filter(stay_guests::property_id.eq(property_id)).filter(stay_guests::stay_id.eq(stay_id));
    diesel::delete(rows).execute(&mut conn).await
}

/// The references of some bookings of a property.
pub async fn references(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> = bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::id.eq_any(ids))
        .select((bookings::id, bookings::reference))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The stays of some bookings, in their order.
pub async fn stays_of(mut conn: &Conn, bookings: &[&Booking]) -> QueryResult<Vec<Stay>> {
    let (properties, ids): (Vec<_>, Vec<_>) = bookings.iter().map(|booking| (booking.property_id, booking.id)).unzip();
    stays::table
        .filter(stays::property_id.eq_any(properties))
        .filter(stays::booking_id.eq_any(ids))
        .order((stays::booking_id, stays::position))
        .select(Stay::as_select())
        .load(&mut conn)
        .await
}

/// The numbers of rooms, those that are gone as well.
pub async fn room_numbers(mut conn: &Conn, rooms: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> =
        rooms::table.filter(rooms::id.eq_any(rooms)).select((rooms::id, rooms::number)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

/// The account that a booking belongs to, if it is still there.
pub async fn owner(mut conn: &Conn, user_id: Option<Uuid>) -> QueryResult<Option<Owner>> {
    users::table
        .filter(users::id.nullable().eq(user_id))
        .filter(not(users::is_deleted))
        .select(Owner::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert_booking(mut conn: &Conn, new: &NewBooking<'_>) -> QueryResult<usize> {
    diesel::insert_into(bookings::table).values(new).execute(&mut conn).await
}

pub async fn insert_stays(mut conn: &Conn, new: &[NewStay]) -> QueryResult<usize> {
    Cached(diesel::insert_into(stays::table).values(new)).execute(&mut conn).await
}

/// Many bookings at once.
pub async fn insert_bookings(mut conn: &Conn, new: &[NewBooking<'_>]) -> QueryResult<usize> {
    diesel::insert_into(bookings::table).values(new).execute(&mut conn).await
}

/// Many stays at once: other than [`insert_stays`] keeps no statement for their number.
pub async fn insert_many_stays(mut conn: &Conn, new: &[NewStay]) -> QueryResult<usize> {
    diesel::insert_into(stays::table).values(new).execute(&mut conn).await
}

/// Appends lines to a folio.
pub async fn insert_folio(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    lines: &[NewFolioEntry],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let lines: Vec<(Uuid, &NewFolioEntry)> = lines.iter().map(|line| (booking_id, line)).collect();
    insert_folios(conn, property_id, &lines, now).await
}

/// Appends lines to the folios of several bookings, as one posting.
pub async fn insert_folios(
    mut conn: &Conn,
    property_id: Uuid,
    lines: &[(Uuid, &NewFolioEntry)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if lines.is_empty() {
        return Ok(0);
    }
    let statement = constant_sql(
        "INSERT INTO folio_entries (property_id, booking_id, id, stay_id, kind, service_date, amount_minor, description, \
                                    tax_rule_id, reverses_id, created_at, updated_at, posting_id) \
         SELECT $1, new.*, $11, $11, $12 FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS new",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|(booking_id, _)| *booking_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|(_, line)| line.stay_id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(lines.iter().map(|(_, line)| line.kind.as_str()).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(lines.iter().map(|(_, line)| line.service_date).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(lines.iter().map(|(_, line)| line.amount_minor).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(lines.iter().map(|(_, line)| line.description.as_str()).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|(_, line)| line.tax_rule_id).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|(_, line)| line.reverses_id).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(now)
            .bind::<SqlUuid, _>(Uuid::now_v7()),
    )
    .execute(&mut conn)
    .await
}

/// Those of these external references that bookings have, with their channels.
pub async fn external_references(mut conn: &Conn, property_id: Uuid, wanted: &[&str]) -> QueryResult<Vec<(String, String)>> {
    let rows: Vec<(String, Option<String>)> = bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::external_reference.eq_any(wanted))
        .select((bookings::channel, bookings::external_reference))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(channel, reference)| Some((channel, reference?))).collect())
}

/// Those of these references that bookings have, at any hotel.
pub async fn references_taken(mut conn: &Conn, wanted: &[String]) -> QueryResult<Vec<String>> {
    bookings::table.filter(bookings::reference.eq_any(wanted)).select(bookings::reference).load(&mut conn).await
}

/// A folio, by night and as it grew.
pub async fn folio(mut conn: &Conn, booking: &Booking) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(booking.property_id))
        .filter(folio_entries::booking_id.eq(booking.id))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// Stays, with their bookings, whose guests have not come by the cut-off at hotels that record that by itself.
pub async fn missing(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<(Uuid, Uuid)>> {
    #[derive(QueryableByName)]
    struct Missing {
        #[diesel(sql_type = SqlUuid)]
        booking_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let statement = constant_sql(
        "SELECT s.booking_id, s.id FROM properties p JOIN stays s ON s.property_id = p.id \
         WHERE p.auto_no_show AND NOT p.is_deleted AND s.status = 'confirmed' \
           AND s.check_in + p.no_show_cutoff <= $1 AT TIME ZONE p.time_zone \
           AND s.check_in <= coalesce(p.business_date, ($1 AT TIME ZONE p.time_zone)::date) \
         ORDER BY s.check_in, s.id LIMIT $2",
    );
    let rows: Vec<Missing> = statement.bind::<Timestamptz, _>(now).bind::<BigInt, _>(limit).load(&mut conn).await?;
    Ok(rows.into_iter().map(|Missing { booking_id, id }| (booking_id, id)).collect())
}

/// What a booking is after its stays have moved.
pub struct NewState {
    pub status: Status,
    pub total_minor: i64,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub nights: Nights,
}

/// What a stay is after it has moved.
#[derive(AsChangeset)]
#[diesel(table_name = stays, treat_none_as_null = true)]
pub struct StayState {
    pub status: Status,
    pub status_on: NaiveDate,
    pub total_minor: i64,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_out: NaiveDate,
    pub booked_check_out: Option<NaiveDate>,
}

/// Whether nobody has changed a booking since it was read. With the inventory rows of its nights locked, nobody can who
/// changes what it occupies.
pub async fn is_current(mut conn: &Conn, booking: &Booking) -> QueryResult<bool> {
    let row = bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version));
    diesel::select(exists(row)).get_result(&mut conn).await
}

/// Locks bookings in the order of their ids.
pub async fn lock_bookings(mut conn: &Conn, property_id: Uuid, ids: Vec<Uuid>) -> QueryResult<()> {
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::id.eq_any(ids))
        .order(bookings::id)
        .select(bookings::id)
        .for_no_key_update()
        .load::<Uuid>(&mut conn)
        .await
        .map(drop)
}

/// Changes a booking unless somebody else has since it was read. False if they have.
pub async fn move_booking(mut conn: &Conn, booking: &Booking, state: &NewState, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version));
    let changed = Cached(diesel::update(row).set((
        bookings::status.eq(state.status),
        bookings::total_minor.eq(state.total_minor),
        bookings::hold_expires_at.eq(state.hold_expires_at),
        bookings::check_in.eq(state.nights.from),
        bookings::check_out.eq(state.nights.to),
        bookings::version.eq(bookings::version + 1),
        bookings::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await?;
    Ok(changed == 1)
}

/// Moves a stay from one state to another. False if it is not in the first any more.
pub async fn move_stay(mut conn: &Conn, stay: &Stay, state: &StayState, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = stays::table.find((stay.property_id, stay.id)).filter(stays::status.eq(stay.status));
    let changed = Cached(diesel::update(row).set((state, stays::updated_at.eq(now)))).execute(&mut conn).await?;
    Ok(changed == 1)
}

/// Makes a stay another one, but for its status. False if that has changed.
pub async fn amend_stay(mut conn: &Conn, before: &Stay, after: &Stay, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = stays::table.find((before.property_id, before.id)).filter(stays::status.eq(before.status));
    let changed = Cached(diesel::update(row).set((
        stays::room_type_id.eq(after.room_type_id),
        stays::booked_room_type_id.eq(after.booked_room_type_id),
        stays::room_id.eq(after.room_id),
        stays::is_pinned.eq(after.is_pinned),
        stays::check_in.eq(after.check_in),
        stays::check_out.eq(after.check_out),
        stays::adults.eq(after.adults),
        stays::children_ages.eq(&after.children_ages),
        stays::guest_name.eq(&after.guest_name),
        stays::total_minor.eq(after.total_minor),
        stays::rate_plan_id.eq(after.rate_plan_id),
        stays::cancellation_terms.eq(&after.cancellation_terms),
        stays::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await?;
    Ok(changed == 1)
}

/// Lets a hold last longer, unless somebody else has changed the booking since it was read.
pub async fn extend_hold(
    mut conn: &Conn,
    booking: &Booking,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Booking>> {
    let row = bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version));
    diesel::update(row.filter(bookings::status.eq(Status::Held)))
        .set((
            bookings::hold_expires_at.eq(expires_at),
            bookings::is_hold_extended.eq(true),
            bookings::version.eq(bookings::version + 1),
            bookings::updated_at.eq(now),
        ))
        .returning(Booking::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Gives a stay another room, or none, and says whether it is pinned to it.
pub async fn set_room(
    mut conn: &Conn,
    property_id: Uuid,
    stay_id: Uuid,
    room_id: Option<Uuid>,
    is_pinned: bool,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let row = stays::table.find((property_id, stay_id));
    Cached(diesel::update(row).set((stays::room_id.eq(room_id), stays::is_pinned.eq(is_pinned), stays::updated_at.eq(now))))
        .execute(&mut conn)
        .await
}

/// Notes of a stay that has another room of which type that is, and since when the guests are in it if they are in the house.
pub async fn note_move(
    mut conn: &Conn,
    property_id: Uuid,
    stay_id: Uuid,
    room_type_id: Uuid,
    moved_on: Option<NaiveDate>,
) -> QueryResult<usize> {
    diesel::update(stays::table.find((property_id, stay_id)))
        .set((stays::room_type_id.eq(room_type_id), stays::moved_on.eq(moved_on)))
        .execute(&mut conn)
        .await
}

/// A stay of a hotel, with its booking.
pub async fn find_stay(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<Option<(Stay, Booking)>> {
    stays::table
        .inner_join(bookings::table.on(bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id))))
        .filter(stays::property_id.eq(property_id))
        .filter(stays::id.eq(stay_id))
        .select((Stay::as_select(), Booking::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

/// Tells those who saw these bookings that they have changed.
pub async fn bump_versions(mut conn: &Conn, property_id: Uuid, ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    lock_bookings(conn, property_id, ids.to_vec()).await?;
    diesel::update(bookings::table.filter(bookings::property_id.eq(property_id)).filter(bookings::id.eq_any(ids)))
        .set((bookings::version.eq(bookings::version + 1), bookings::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Changes whom to write to, unless somebody else has changed the booking since it was read.
pub async fn update(
    mut conn: &Conn,
    booking: &Booking,
    change: &BookingChange,
    now: DateTime<Utc>,
) -> QueryResult<Option<Booking>> {
    diesel::update(bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version)))
        .set((change, bookings::version.eq(bookings::version + 1), bookings::updated_at.eq(now)))
        .returning(Booking::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Locks a user while their holds are counted. False if there is no such user.
pub async fn lock_user(mut conn: &Conn, user_id: Uuid) -> QueryResult<bool> {
    let found = users::table
        .find(user_id)
        .filter(not(users::is_deleted))
        .select(users::id)
        .for_no_key_update()
        .first::<Uuid>(&mut conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// Whether there is such a user.
pub async fn user_exists(mut conn: &Conn, user_id: Uuid) -> QueryResult<bool> {
    let user = users::table.find(user_id).filter(not(users::is_deleted));
    diesel::select(exists(user)).get_result(&mut conn).await
}

pub async fn live_holds(mut conn: &Conn, property_id: Uuid, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<i64> {
    bookings::table
        .filter(bookings::user_id.eq(user_id))
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::status.eq(Status::Held))
        .filter(bookings::hold_expires_at.gt(now))
        .select(count_star())
        .get_result(&mut conn)
        .await
}

/// Holds past their time, the longest first. With a property and dates only those that stand in the way.
pub async fn overdue_holds(
    mut conn: &Conn,
    at: Option<(Uuid, NaiveDate, NaiveDate)>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Booking>> {
    let mut query = bookings::table
        .filter(bookings::status.eq(Status::Held))
        .filter(bookings::hold_expires_at.le(now))
        .order((bookings::hold_expires_at, bookings::id))
        .limit(limit)
        .select(Booking::as_select())
        .into_boxed();
    if let Some((property_id, check_in, check_out)) = at {
        query = query
            .filter(bookings::property_id.eq(property_id))
            .filter(bookings::check_in.lt(check_out))
            .filter(bookings::check_out.gt(check_in));
    }
    query.load(&mut conn).await
}
