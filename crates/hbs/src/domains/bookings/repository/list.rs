//! Bookings by a filter.
use crate::domains::bookings::dto::BookingFilter;
use crate::domains::bookings::model::{Booking, tags};
use crate::domains::folios;
use crate::security::Reach;
use crate::stores::postgres::{Conn, as_indexed, mentions};
use chrono::{Days, NaiveTime};
use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use hbs_schema::{bookings, guests, stays};
use uuid::Uuid;

type Query<'q> = bookings::BoxedQuery<'q, Pg>;

/// Bookings within reach, newest first. `after` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &BookingFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Booking>> {
    let mut query = filtered(within(reach), reach, filter).order(bookings::id.desc()).limit(limit);
    if let Some(after) = after {
        query = query.filter(bookings::id.lt(after));
    }
    query.select(Booking::as_select()).load(&mut conn).await
}

fn within(reach: &Reach) -> Query<'_> {
    let query = bookings::table.into_boxed();
    if let (Some(booking_id), email) = reach.guest_booking() {
        return query
            .filter(bookings::id.eq(booking_id))
            .filter(bookings::user_id.is_null())
            .filter(bookings::contact_email.eq(email));
    }
    let own = bookings::user_id.eq(reach.owner);
    if reach.is_own_only() {
        query.filter(own)
    } else if reach.scope.is_all() {
        query
    } else {
        query.filter(bookings::property_id.nullable().eq_any(reach.scope.ids()).or(own))
    }
}

fn filtered<'q>(mut query: Query<'q>, reach: &'q Reach, filter: &'q BookingFilter) -> Query<'q> {
    let BookingFilter {
        property_id,
        status,
        reference,
        channel,
        external_reference,
        check_in_from: _,
        check_in_to: _,
        check_out_from: _,
        check_out_to: _,
        created_from: _,
        created_to: _,
        night: _,
        contact,
        guest,
        has_balance,
        group_id,
        guest_id,
        account_id,
        tag,
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
    if let Some(contact) = contact {
        query = query.filter(contact_has(contact));
    }
    if let Some(guest) = guest {
        query = query.filter(contact_has(guest).or(exists(stays_of_guest(guest)).nullable()));
    }
    if let Some(has_balance) = has_balance {
        query = if *has_balance { query.filter(folios::has_balance()) } else { query.filter(not(folios::has_balance())) };
    }
    if let Some(group_id) = group_id {
        query = query.filter(bookings::group_id.eq(group_id));
    }
    if let Some(guest_id) = guest_id {
        let merged = guests::table.filter(guests::survivor_id.eq(guest_id)).select(guests::id.nullable());
        query = query.filter(bookings::guest_id.eq_any(merged));
    }
    if let Some(account_id) = account_id {
        query = query.filter(bookings::account_id.eq(account_id));
    }
    if let Some(tag) = tag {
        // Guests are not shown tags, and do not find by them.
        let is_read_by_staff = bookings::property_id.eq_any(reach.scope.ids()).or(reach.scope.is_all().into_sql::<Bool>());
        query = query.filter(as_indexed("bookings.tags <> '{}'")).filter(has_tag(bookings::tags, tags::wanted(tag)));
        query = query.filter(is_read_by_staff);
    }
    within_dates(query, filter)
}

fn within_dates<'q>(mut query: Query<'q>, filter: &BookingFilter) -> Query<'q> {
    let BookingFilter { check_in_from, check_in_to, check_out_from, check_out_to, created_from, created_to, night, .. } = *filter;
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
        query = query.filter(bookings::created_at.lt((to + Days::new(1)).and_time(NaiveTime::MIN).and_utc()));
    }
    if let Some(night) = night {
        query = query.filter(bookings::check_in.le(night)).filter(bookings::check_out.gt(night));
    }
    query
}

#[diesel::dsl::auto_type]
fn stays_of_guest(name: &str) -> _ {
    let name: String = name.to_owned();
    stays::table
        .filter(stays::property_id.eq(bookings::property_id))
        .filter(stays::booking_id.eq(bookings::id))
        .filter(mentions(stays::guest_name, name))
}

#[diesel::dsl::auto_type]
fn contact_has(text: &str) -> _ {
    let (name, email, phone): (String, String, String) = (text.to_owned(), text.to_owned(), text.to_owned());
    mentions(bookings::contact_name.nullable(), name)
        .or(mentions(bookings::contact_email, email))
        .or(mentions(bookings::contact_phone, phone))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Says that a tag is among some: its name, or the whole of it. A function of the migrations.
    fn has_tag(tags: Array<Nullable<Text>>, tag: Text) -> Bool;
}
