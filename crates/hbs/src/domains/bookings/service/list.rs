//! The list of bookings: pages, counts, and what has changed since an earlier answer.
use super::read::show;
use crate::app::App;
use crate::changes::{self, Asked, Known, Mark, Tell};
use crate::domains::bookings::dto::{BookingFilter, BookingListQuery, BookingPage, Place};
use crate::domains::bookings::repository::{self, Wanted};
use crate::error::FieldError;
use crate::page::{Page, PageQuery};
use crate::security::permission::BookingsRead;
use crate::security::{OwnOr, Reach};
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most that is counted.
const MAX_COUNT: i64 = 1_000;

/// Most changed bookings that are told as a delta.
const MAX_CHANGED: i64 = 2_000;

/// How long before a time transactions may have begun that were not over then: bookings bear the time at which theirs began.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// What a list is asked for.
#[derive(Clone, Copy)]
pub struct ListOf<'a> {
    pub filter: &'a BookingFilter,
    pub query: &'a BookingListQuery,
    pub page: &'a PageQuery,
    pub reading: &'a Reading,
}

/// Start of a delta.
enum Since {
    Mark(Known),
    Time(DateTime<Utc>),
}

/// Bookings that have changed, if only these are asked for.
type Changed = Option<Vec<Uuid>>;

/// A page of bookings with its mark; none if the reader's copy is right. The number of round trips is fixed.
pub async fn list(
    app: &App,
    who: &OwnOr<BookingsRead>,
    wanted: &ListOf<'_>,
    copy: Option<Mark>,
) -> Result<(Option<Mark>, Option<BookingPage>)> {
    let ListOf { filter, query, page, reading } = *wanted;
    let (limit, after) = (page.limit()?, page.after::<Place>()?);
    if after.as_ref().is_some_and(|place| place.sort != filter.sort) {
        return Err(wrong("cursor", "is not a next_cursor of this list"));
    }
    let is_first = after.is_none();
    // Pages begin where others end: each is a list of its own.
    let (property_id, since) = (at_hotel(&who.reach, filter), since(query, copy.filter(|_| is_first))?);
    if query.updated_since.is_some() && property_id.is_none() {
        return Err(wrong("property_id", "is needed with updated_since, of a hotel whose bookings you read as staff"));
    }
    let conn = app.db.conn().await?;
    let (mark, tell) = match property_id {
        Some(property_id) => news(&conn, property_id, asked(filter, reading), &since).await?,
        None => (None, Some(None)),
    };
    let Some(changed) = tell else { return Ok((mark, None)) };
    let those = Wanted { reach: &who.reach, filter, among: changed.as_deref() };
    // An answer without rows is in a language, too.
    reading.own_language();
    let sync = mark.as_ref().map(Mark::to_text);
    let mut out = BookingPage { is_delta: changed.is_some(), sync, ..BookingPage::default() };
    if query.count {
        let whole = Wanted { among: None, ..those };
        let count = repository::matching(&conn, &whole, MAX_COUNT).await?.len();
        out.count = i64::try_from(count).ok();
    }
    if changed.as_ref().is_none_or(|changed| !changed.is_empty()) {
        let rows = repository::list(&conn, &those, after, limit + 1).await?;
        let Page { items, next_cursor } = page.page(rows, |booking| Place::of(filter.sort, booking))?;
        out.items = show(&conn, &who.reach, items, reading).await?;
        out.next_cursor = next_cursor;
    }
    if let Some(changed) = changed.as_ref().filter(|_| is_first) {
        let found: BTreeSet<Uuid> = repository::matching(&conn, &those, MAX_CHANGED).await?.into_iter().collect();
        out.removed = changed.iter().copied().filter(|id| !found.contains(id)).collect();
    }
    Ok((mark, Some(out)))
}

fn asked(filter: &BookingFilter, reading: &Reading) -> Asked {
    Asked::new(&format!("bookings {filter:?} {:?}", reading.wanted()))
}

/// Returns the hotel that is asked about, if the caller is staff there.
fn at_hotel(reach: &Reach, filter: &BookingFilter) -> Option<Uuid> {
    filter.property_id.filter(|id| reach.scope.covers(*id))
}

fn since(query: &BookingListQuery, copy: Option<Mark>) -> Result<Since> {
    let Some(text) = &query.updated_since else { return Ok(Since::Mark(Known { copy, since: None })) };
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Since::Time(time.to_utc()));
    }
    match Mark::parse(text) {
        Some(mark) => Ok(Since::Mark(Known { copy: None, since: Some(mark) })),
        None => Err(wrong("updated_since", "is neither the sync of an earlier answer nor a time such as 2026-12-24T10:00:00Z")),
    }
}

/// Returns the mark of the answer, and the bookings that are to be told: none if the reader's copy is right.
async fn news(conn: &Conn, property_id: Uuid, asked: Asked, since: &Since) -> Result<(Option<Mark>, Option<Changed>)> {
    let nothing = Known::default();
    let known = if let Since::Mark(known) = since { known } else { &nothing };
    let (mark, news) = changes::since(conn, &[property_id], known.mark(), asked).await?;
    let changed = match since {
        Since::Time(time) => {
            let changed = repository::changed_from(conn, property_id, *time - OVERLAP, MAX_CHANGED).await?;
            // Too many to tell one by one.
            let is_full = i64::try_from(changed.len()).is_ok_and(|count| count == MAX_CHANGED);
            Some(Some(changed).filter(|_| !is_full))
        }
        Since::Mark(known) => match known.tell(news, |changed| !changed.bookings.is_empty()) {
            Tell::Nothing => None,
            Tell::Whole => Some(None),
            Tell::Delta(changed) => Some(Some(changed.bookings.into_iter().collect())),
        },
    };
    Ok((Some(mark), changed))
}

fn wrong(parameter: &'static str, detail: &str) -> Error {
    Error::invalid_fields(vec![FieldError::query(parameter, detail)])
}
