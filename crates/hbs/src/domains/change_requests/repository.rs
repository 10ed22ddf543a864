use super::dto::ChangeRequestFilter;
use super::model::{Booked, ChangeRequest, NewState, RequestStatus};
use crate::domains::bookings::Booking;
use crate::domains::stays::LIVE;
use crate::security::{Reach, own_beside_scope};
use crate::stores::postgres::{Conn, RunQueryDsl, as_indexed};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{bookings, change_requests, users};
use uuid::Uuid;

/// A request with what is shown of its booking.
pub type OfBooking = (ChangeRequest, Booked);

#[diesel::dsl::auto_type]
fn of_booking() -> _ {
    let on = bookings::property_id.eq(change_requests::property_id).and(bookings::id.eq(change_requests::booking_id));
    change_requests::table.inner_join(bookings::table.on(on))
}

/// A request within reach: about one's own booking, or one of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: Uuid) -> QueryResult<Option<OfBooking>> {
    of_booking()
        .filter(change_requests::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .nullable()
                .or(change_requests::property_id.eq_any(reach.scope.ids()).nullable())
                .or(reach.own_bookings()),
        )
        .select((ChangeRequest::as_select(), Booked::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

/// Requests within reach, the oldest first.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &ChangeRequestFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<OfBooking>> {
    let own = own_beside_scope(conn, reach, filter.property_id).await?;
    let only = reach.scope.only().filter(|_| own.is_empty());
    let mut query = of_booking()
        .order(change_requests::id)
        .limit(limit)
        .select((ChangeRequest::as_select(), Booked::as_select()))
        .into_boxed();
    if reach.guest.is_some() {
        query = query.filter(reach.of_link());
    } else if reach.is_own_only() {
        query = query.filter(bookings::user_id.eq(reach.owner));
    } else if own.is_empty() && !reach.scope.is_all() {
        query = query.filter(change_requests::property_id.eq_any(reach.scope.ids()));
    } else if !own.is_empty() {
        query = query.filter(change_requests::property_id.eq_any(reach.scope.ids()).or(change_requests::booking_id.eq_any(own)));
    }
    let ChangeRequestFilter { property_id, booking_id, status } = filter;
    if let Some(property_id) = property_id.or(only) {
        query = query.filter(change_requests::property_id.eq(property_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(change_requests::booking_id.eq(booking_id));
    }
    if let Some(status) = status {
        query = query.filter(change_requests::status.eq(status));
    }
    if let Some(after) = after {
        query = query.filter(change_requests::id.gt(after));
    }
    query.load(&mut conn).await
}

pub async fn insert(mut conn: &Conn, request: &ChangeRequest) -> QueryResult<usize> {
    diesel::insert_into(change_requests::table).values(request).execute(&mut conn).await
}

/// Makes a request another one, unless somebody else has since it was read.
pub async fn set_state(
    mut conn: &Conn,
    before: &ChangeRequest,
    state: &NewState,
    now: DateTime<Utc>,
) -> QueryResult<Option<ChangeRequest>> {
    let row = change_requests::table.find((before.property_id, before.id)).filter(change_requests::version.eq(before.version));
    diesel::update(row)
        .set((state, change_requests::version.eq(change_requests::version + 1), change_requests::updated_at.eq(now)))
        .returning(ChangeRequest::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Returns the present status of a request.
pub async fn status(mut conn: &Conn, request: &ChangeRequest) -> QueryResult<RequestStatus> {
    let row = change_requests::table.find((request.property_id, request.id));
    row.select(change_requests::status).first(&mut conn).await
}

/// Proposals past their time, the longest first, and what was asked or proposed of bookings that have ended.
pub async fn overdue(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<ChangeRequest>> {
    let has_ended = bookings::status.ne_all(LIVE);
    of_booking()
        .filter(as_indexed("change_requests.status IN ('open', 'proposed')"))
        .filter(change_requests::expires_at.le(now).or(has_ended.nullable()))
        .order((change_requests::expires_at, change_requests::id))
        .limit(limit)
        .select(ChangeRequest::as_select())
        .load(&mut conn)
        .await
}

/// A guest's account: e-mail, since when it is proved, and locale.
pub type Account = (String, Option<DateTime<Utc>>, String);

/// A request with its booking and the account of who owns that, if somebody does.
pub async fn with_guest(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(ChangeRequest, Booking, Option<Account>)>> {
    of_booking()
        .left_join(users::table.on(users::id.nullable().eq(bookings::user_id)))
        .filter(change_requests::id.eq(id))
        .select((
            ChangeRequest::as_select(),
            Booking::as_select(),
            (users::email, users::email_verified_at, users::locale).nullable(),
        ))
        .first(&mut conn)
        .await
        .optional()
}
