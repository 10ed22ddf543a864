//! Bookings by a filter.
use crate::domains::bookings::dto::{BookingFilter, BookingSort, Place, SortKey};
use crate::domains::bookings::model::{Booking, tags};
use crate::domains::folios;
use crate::plain_text;
use crate::security::Reach;
use crate::stores::postgres::{Conn, RunQueryDsl, as_indexed, folded, mentions, mentions_all, trigrams, trigrams_of};
use chrono::{DateTime, Days, NaiveTime, Utc};
use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};
use hbs_schema::{booking_texts, bookings, guests, stays};
use uuid::Uuid;

diesel::alias!(guests as asked: Asked);

type Query<'q> = bookings::BoxedQuery<'q, Pg>;

/// Length of the words that the index of texts finds.
const INDEXED_LENGTH: usize = 3;

/// Bookings that are asked for: within reach, by a filter, perhaps only among some.
pub struct Wanted<'a> {
    pub reach: &'a Reach,
    pub filter: &'a BookingFilter,
    /// The only bookings to look at; none for all.
    pub among: Option<&'a [Uuid]>,
}

/// Bookings in the order that the filter asks for. `after` is the place of the last one seen.
pub async fn list(mut conn: &Conn, wanted: &Wanted<'_>, after: Option<Place>, limit: i64) -> QueryResult<Vec<Booking>> {
    sorted(wanted.query(), wanted.filter.sort, after).limit(limit).select(Booking::as_select()).load(&mut conn).await
}

/// Returns which bookings are asked for, at most so many.
pub async fn matching(mut conn: &Conn, wanted: &Wanted<'_>, limit: i64) -> QueryResult<Vec<Uuid>> {
    wanted.query().limit(limit).select(bookings::id).load(&mut conn).await
}

/// Returns the bookings of a hotel that were changed at a time or later, at most so many.
pub async fn changed_from(mut conn: &Conn, property_id: Uuid, from: DateTime<Utc>, limit: i64) -> QueryResult<Vec<Uuid>> {
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::updated_at.ge(from))
        .limit(limit)
        .select(bookings::id)
        .load(&mut conn)
        .await
}

impl<'a> Wanted<'a> {
    fn query(&self) -> Query<'a> {
        let query = filtered(within(self.reach), self.reach, self.filter);
        match self.among {
            Some(ids) => query.filter(bookings::id.eq_any(ids)),
            None => query,
        }
    }
}

/// Puts bookings in order, and begins after a place of that order. Those that are alike are in the order in which they were made.
fn sorted(query: Query<'_>, sort: BookingSort, after: Option<Place>) -> Query<'_> {
    let (name, id) = (folded(bookings::contact_name), bookings::id);
    let query = match sort {
        BookingSort::Created => query.order(id.asc()),
        BookingSort::CreatedLast => query.order(id.desc()),
        BookingSort::CheckIn => query.order((bookings::check_in.asc(), id.asc())),
        BookingSort::CheckInLast => query.order((bookings::check_in.desc(), id.desc())),
        BookingSort::CheckOut => query.order((bookings::check_out.asc(), id.asc())),
        BookingSort::CheckOutLast => query.order((bookings::check_out.desc(), id.desc())),
        BookingSort::Name => query.order((name.asc(), id.asc())),
        BookingSort::NameLast => query.order((name.desc(), id.desc())),
        BookingSort::Total => query.order((bookings::total_minor.asc(), id.asc())),
        BookingSort::TotalLast => query.order((bookings::total_minor.desc(), id.desc())),
    };
    match after {
        Some(Place { key, id, .. }) => beyond(query, sort, key, id),
        None => query,
    }
}

fn beyond(query: Query<'_>, sort: BookingSort, key: SortKey, id: Uuid) -> Query<'_> {
    let name = folded(bookings::contact_name);
    let (later, earlier) = (bookings::id.gt(id), bookings::id.lt(id));
    match (sort, key) {
        (BookingSort::CheckIn, SortKey::Date(at)) => {
            query.filter(bookings::check_in.gt(at).or(bookings::check_in.eq(at).and(later)))
        }
        (BookingSort::CheckInLast, SortKey::Date(at)) => {
            query.filter(bookings::check_in.lt(at).or(bookings::check_in.eq(at).and(earlier)))
        }
        (BookingSort::CheckOut, SortKey::Date(at)) => {
            query.filter(bookings::check_out.gt(at).or(bookings::check_out.eq(at).and(later)))
        }
        (BookingSort::CheckOutLast, SortKey::Date(at)) => {
            query.filter(bookings::check_out.lt(at).or(bookings::check_out.eq(at).and(earlier)))
        }
        (BookingSort::Name, SortKey::Name(at)) => query.filter(name.gt(folded(at.clone())).or(name.eq(folded(at)).and(later))),
        (BookingSort::NameLast, SortKey::Name(at)) => {
            query.filter(name.lt(folded(at.clone())).or(name.eq(folded(at)).and(earlier)))
        }
        (BookingSort::Total, SortKey::Total(at)) => {
            query.filter(bookings::total_minor.gt(at).or(bookings::total_minor.eq(at).and(later)))
        }
        (BookingSort::TotalLast, SortKey::Total(at)) => {
            query.filter(bookings::total_minor.lt(at).or(bookings::total_minor.eq(at).and(earlier)))
        }
        (BookingSort::Created, _) => query.filter(later),
        // A place is of its order: the others have their keys.
        _ => query.filter(earlier),
    }
}

fn within(reach: &Reach) -> Query<'_> {
    let query = bookings::table.into_boxed();
    if reach.guest.is_some() {
        return query.filter(reach.of_link());
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
        q,
        contact,
        guest,
        has_balance,
        group_id,
        guest_id,
        account_id,
        tag,
        sort: _,
    } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(bookings::property_id.eq(property_id));
    }
    if let Some(statuses) = status {
        query = query.filter(bookings::status.eq_any(&statuses.0));
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
    if let Some(q) = q {
        query = with_words(query, reach, plain_text::words(q));
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
        // The profile that is asked for may have been merged itself.
        let same = asked
            .filter(asked.field(guests::id).eq(guest_id))
            .filter(asked.field(guests::property_id).eq(guests::property_id))
            .filter(asked.field(guests::survivor_id).eq(guests::survivor_id));
        let same = guests::table.filter(exists(same)).select(guests::id.nullable());
        query = query.filter(bookings::guest_id.eq_any(same));
    }
    if let Some(account_id) = account_id {
        query = query.filter(bookings::account_id.eq(account_id));
    }
    if let Some(tag) = tag {
        query = query.filter(as_indexed("bookings.tags <> '{}'")).filter(has_tag(bookings::tags, tags::wanted(tag)));
        query = read_by_staff(query, reach);
    }
    within_dates(query, filter)
}

/// Leaves those that the caller reads as staff: guests are not shown notes and tags, and do not find by them.
fn read_by_staff<'q>(query: Query<'q>, reach: &'q Reach) -> Query<'q> {
    if reach.scope.is_all() { query } else { query.filter(bookings::property_id.eq_any(reach.scope.ids())) }
}

/// Leaves those that have all of the words: staff by all that a booking is found by, guests by what they are shown.
fn with_words<'q>(mut query: Query<'q>, reach: &'q Reach, words: Vec<String>) -> Query<'q> {
    if !reach.is_own_only() {
        // Without the fence it would be asked of each booking, from the newest on, until enough are found.
        let mut texts = booking_texts::table.select(booking_texts::booking_id).offset(0).into_boxed();
        if !reach.scope.is_all() {
            texts = texts.filter(booking_texts::property_id.eq_any(reach.scope.ids()));
        }
        if words.iter().any(|word| word.chars().count() >= INDEXED_LENGTH) {
            texts = texts.filter(trigrams(booking_texts::content).contains(trigrams_of(words.clone())));
        }
        let texts = texts.filter(mentions_all(booking_texts::content, words));
        return read_by_staff(query, reach).filter(bookings::id.eq_any(texts));
    }
    for word in words {
        let is_shown = contact_has(&word).or(mentions(bookings::reference.nullable(), word.clone()));
        query = query.filter(is_shown.or(exists(stays_of_guest(&word)).nullable()));
    }
    query
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
