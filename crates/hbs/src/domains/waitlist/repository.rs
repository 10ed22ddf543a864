use super::dto::WaitlistFilter;
use super::model::{Entry, EntryStatus, Names};
use crate::domains::stays::Status;
use crate::forgetting::{Due, DueRow, Past};
use crate::security::Reach;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, as_indexed, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, properties, room_types, users, waitlist_entries};
use std::collections::HashMap;
use uuid::Uuid;

/// An entry with the time at which its hold ends, if rooms are held.
pub type WithOffer = (Entry, Option<DateTime<Utc>>);

/// The booking that holds the rooms offered.
#[diesel::dsl::auto_type]
fn of_entry() -> _ {
    bookings::property_id.eq(waitlist_entries::property_id).and(bookings::id.nullable().eq(waitlist_entries::booking_id))
}

#[diesel::dsl::auto_type]
fn with_offer() -> _ {
    waitlist_entries::table.left_join(bookings::table.on(of_entry()))
}

/// An entry within reach: one's own, or one of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: Uuid) -> QueryResult<Option<WithOffer>> {
    with_offer()
        .filter(waitlist_entries::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .nullable()
                .or(waitlist_entries::property_id.eq_any(reach.scope.ids()).nullable())
                .or(waitlist_entries::user_id.eq(reach.owner)),
        )
        .select((Entry::as_select(), bookings::hold_expires_at.nullable()))
        .first(&mut conn)
        .await
        .optional()
}

/// Entries within reach, by their place in line.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &WaitlistFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<WithOffer>> {
    let mut query = with_offer()
        .order(waitlist_entries::id)
        .limit(limit)
        .select((Entry::as_select(), bookings::hold_expires_at.nullable()))
        .into_boxed();
    let own = waitlist_entries::user_id.eq(reach.owner);
    if reach.is_own_only() {
        query = query.filter(own);
    } else if !reach.scope.is_all() {
        query = query.filter(waitlist_entries::property_id.nullable().eq_any(reach.scope.ids()).or(own));
    }
    let WaitlistFilter { property_id, room_type_id, status, night } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(waitlist_entries::property_id.eq(property_id));
    }
    if let Some(room_type_id) = room_type_id {
        query = query.filter(waitlist_entries::room_type_id.eq(room_type_id));
    }
    if let Some(status) = status {
        query = query.filter(waitlist_entries::status.eq(status));
    }
    if let Some(night) = night {
        query = query.filter(waitlist_entries::check_in.le(night)).filter(waitlist_entries::check_out.gt(night));
    }
    if let Some(after) = after {
        query = query.filter(waitlist_entries::id.gt(after));
    }
    query.load(&mut conn).await
}

/// The place in line of those of some entries that wait: behind all who came before, want rooms of the type and one of the
/// nights.
pub async fn positions(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    #[derive(QueryableByName)]
    struct Place {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = BigInt)]
        position: i64,
    }
    let statement = constant_sql(
        "SELECT e.id, 1 + count(a.id) AS position FROM waitlist_entries e \
         LEFT JOIN waitlist_entries a ON a.property_id = e.property_id AND a.id < e.id AND a.status = 'waiting' \
              AND a.room_type_id = e.room_type_id AND a.check_in < e.check_out AND e.check_in < a.check_out \
         WHERE e.id = ANY ($1) AND e.status = 'waiting' GROUP BY e.id",
    );
    let places: Vec<Place> = Cached(statement.bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await?;
    Ok(places.into_iter().map(|Place { id, position }| (id, position)).collect())
}

/// The names with which entries are shown.
pub async fn names(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Names>> {
    let of_type =
        room_types::property_id.eq(waitlist_entries::property_id).and(room_types::id.eq(waitlist_entries::room_type_id));
    let rows: Vec<(Uuid, Names)> = waitlist_entries::table
        .inner_join(properties::table.on(properties::id.eq(waitlist_entries::property_id)))
        .inner_join(room_types::table.on(of_type))
        .left_join(bookings::table.on(of_entry()))
        .filter(waitlist_entries::id.eq_any(ids))
        .select((waitlist_entries::id, (properties::name, room_types::name, bookings::reference.nullable())))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Locks a user, whose entries are counted, and counts those that are live.
pub async fn lock_and_count(mut conn: &Conn, user_id: Uuid) -> QueryResult<i64> {
    users::table.find(user_id).select(users::id).for_no_key_update().first::<Uuid>(&mut conn).await?;
    waitlist_entries::table
        .filter(waitlist_entries::user_id.eq(user_id))
        .filter(as_indexed("waitlist_entries.status IN ('waiting', 'offered')"))
        .select(count_star())
        .first(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, entry: &Entry) -> QueryResult<usize> {
    diesel::insert_into(waitlist_entries::table).values(entry).execute(&mut conn).await
}

/// The first in line after an entry for whom there are rooms on every night, as far as numbers tell, whose time is not over. At
/// some hotels, or (None) at all.
pub async fn next_fitting(
    mut conn: &Conn,
    hotels: Option<&[Uuid]>,
    after: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Entry>> {
    let statement = constant_sql(
        "SELECT e.* FROM waitlist_entries e JOIN properties p ON p.id = e.property_id \
         WHERE e.status = 'waiting' AND NOT p.is_deleted AND ($1 IS NULL OR e.property_id = ANY ($1)) AND ($2 IS NULL OR e.id > $2) \
           AND e.wait_until >= coalesce(p.business_date, ($3 AT TIME ZONE p.time_zone)::date) \
           AND e.check_out - e.check_in = (SELECT count(*) FROM inventory i \
                WHERE i.property_id = e.property_id AND i.room_type_id = e.room_type_id AND i.night >= e.check_in AND i.night < e.check_out \
                  AND i.capacity + i.overbooking - i.sold - i.allotted >= e.rooms) \
         ORDER BY e.id LIMIT 1",
    );
    Cached(statement.bind::<Nullable<Array<SqlUuid>>, _>(hotels).bind::<Nullable<SqlUuid>, _>(after).bind::<Timestamptz, _>(now))
        .get_result(&mut conn)
        .await
        .optional()
}

/// Returns the entries that wait although their time is over, in the order of their ids, after one of them.
pub async fn overdue(
    mut conn: &Conn,
    hotels: Option<&[Uuid]>,
    after: Option<Uuid>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Entry>> {
    let statement = constant_sql(
        "SELECT e.* FROM waitlist_entries e JOIN properties p ON p.id = e.property_id \
         WHERE e.status = 'waiting' AND ($1 IS NULL OR e.property_id = ANY ($1)) AND ($2 IS NULL OR e.id > $2) \
           AND e.wait_until < coalesce(p.business_date, ($3 AT TIME ZONE p.time_zone)::date) ORDER BY e.id LIMIT $4",
    );
    let statement = statement.bind::<Nullable<Array<SqlUuid>>, _>(hotels).bind::<Nullable<SqlUuid>, _>(after);
    Cached(statement.bind::<Timestamptz, _>(now).bind::<BigInt, _>(limit)).load(&mut conn).await
}

/// Returns the entries whose offer has ended, with the status of its booking, in the order of their ids, after one of them.
pub async fn decided(
    mut conn: &Conn,
    hotels: Option<&[Uuid]>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<(Entry, Status)>> {
    let mut query = waitlist_entries::table
        .inner_join(bookings::table.on(of_entry()))
        .filter(as_indexed("waitlist_entries.status = 'offered'"))
        .filter(bookings::status.ne(Status::Held))
        .order(waitlist_entries::id)
        .limit(limit)
        .select((Entry::as_select(), bookings::status))
        .into_boxed();
    if let Some(hotels) = hotels {
        query = query.filter(waitlist_entries::property_id.eq_any(hotels));
    }
    if let Some(after) = after {
        query = query.filter(waitlist_entries::id.gt(after));
    }
    query.load(&mut conn).await
}

/// Makes an entry another one, unless somebody else has since it was read.
pub async fn set_status(
    mut conn: &Conn,
    entry: &Entry,
    status: EntryStatus,
    booking_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Entry>> {
    let row = waitlist_entries::table.find((entry.property_id, entry.id)).filter(waitlist_entries::version.eq(entry.version));
    diesel::update(row)
        .set((
            waitlist_entries::status.eq(status),
            waitlist_entries::booking_id.eq(booking_id),
            waitlist_entries::version.eq(waitlist_entries::version + 1),
            waitlist_entries::updated_at.eq(now),
        ))
        .returning(Entry::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Data of a mail about an offer.
#[derive(Debug, Queryable)]
pub struct Offer {
    pub entry: Entry,
    /// Name of the room type, with its translations.
    pub room_type: (String, serde_json::Value),
    pub reference: String,
    pub booking_status: Status,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub total_minor: i64,
    /// E-mail, whether it is proved, and locale of who waits, where they have an account.
    pub account: Option<(String, Option<DateTime<Utc>>, String)>,
}

pub async fn offer(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Offer>> {
    let of_type =
        room_types::property_id.eq(waitlist_entries::property_id).and(room_types::id.eq(waitlist_entries::room_type_id));
    waitlist_entries::table
        .inner_join(bookings::table.on(of_entry()))
        .inner_join(room_types::table.on(of_type))
        .inner_join(properties::table.on(properties::id.eq(waitlist_entries::property_id)))
        .left_join(users::table.on(users::id.nullable().eq(waitlist_entries::user_id)))
        .filter(waitlist_entries::id.eq(id))
        .select((
            Entry::as_select(),
            (room_types::name, room_types::texts),
            bookings::reference,
            bookings::status,
            bookings::hold_expires_at,
            bookings::total_minor,
            (users::email, users::email_verified_at, users::locale).nullable(),
        ))
        .first(&mut conn)
        .await
        .optional()
}

/// The entries that are over, one way or the other, for arrivals before a date.
pub async fn due_entries(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH due AS ( \
             SELECT id, check_in AS since FROM waitlist_entries \
             WHERE property_id = $1 AND status NOT IN ('waiting', 'offered') \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// Removes entries that are over.
pub async fn delete(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<usize> {
    let those = waitlist_entries::table
        .filter(waitlist_entries::property_id.eq(property_id))
        .filter(waitlist_entries::id.eq_any(ids))
        .filter(waitlist_entries::status.ne_all([EntryStatus::Waiting, EntryStatus::Offered]));
    diesel::delete(those).execute(&mut conn).await
}
