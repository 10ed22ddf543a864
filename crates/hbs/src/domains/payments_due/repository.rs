use super::dto::DueFilter;
use super::model::{DueBooking, DueKind, DueStay, PaymentDue, PaymentDueId};
use super::rules::{MOST_CHARGES, Wanted};
use crate::domains::payments::PaymentId;
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, folio_entries, payments_due, stays};
use uuid::Uuid;

#[derive(QueryableByName)]
struct Of {
    #[diesel(sql_type = SqlUuid)]
    property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    booking_id: Uuid,
}

/// The bookings among these of which something is due, was due, or was sold to be due.
pub async fn with_dues(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    let statement = constant_sql(
        "SELECT s.property_id, s.booking_id FROM unnest($1, $2) AS asked (property_id, booking_id) \
         JOIN stays s USING (property_id, booking_id) WHERE s.cancellation_terms ? 'payment' \
         UNION SELECT d.property_id, d.booking_id FROM unnest($1, $2) AS asked (property_id, booking_id) \
         JOIN payments_due d USING (property_id, booking_id)",
    );
    let bound = statement.bind::<Array<SqlUuid>, _>(properties).bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<Of> = Cached(bound).load(&mut conn).await?;
    Ok(rows.into_iter().map(|of| (of.property_id, of.booking_id)).collect())
}

pub async fn booking(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<DueBooking>> {
    bookings::table.find((property_id, id)).select(DueBooking::as_select()).first(&mut conn).await.optional()
}

/// The stays of a booking, in their order.
pub async fn stays_of(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<DueStay>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::booking_id.eq(booking_id))
        .order((stays::position, stays::id))
        .select(DueStay::as_select())
        .load(&mut conn)
        .await
}

/// The fee that a stay was left with when it was given up: what was posted beside its charges that the posting took back.
pub async fn fee_of(mut conn: &Conn, property_id: Uuid, stay_id: Uuid, posting_id: Uuid) -> QueryResult<i64> {
    let amounts: Vec<i64> = folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::posting_id.eq(posting_id))
        .filter(folio_entries::stay_id.eq(stay_id))
        .filter(folio_entries::reverses_id.is_null())
        .select(folio_entries::amount_minor)
        .load(&mut conn)
        .await?;
    Ok(amounts.into_iter().sum())
}

/// The due of a kind that something has caused, if there is one.
pub async fn due_of(mut conn: &Conn, property_id: Uuid, kind: DueKind, cause_id: Uuid) -> QueryResult<Option<PaymentDue>> {
    payments_due::table
        .filter(payments_due::property_id.eq(property_id))
        .filter(payments_due::kind.eq(kind))
        .filter(payments_due::cause_id.eq(cause_id))
        .select(PaymentDue::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The dues of a booking, in the order of dates.
pub async fn of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<PaymentDue>> {
    payments_due::table
        .filter(payments_due::property_id.eq(property_id))
        .filter(payments_due::booking_id.eq(booking_id))
        .order((payments_due::due_on, payments_due::id))
        .select(PaymentDue::as_select())
        .load(&mut conn)
        .await
}

/// The dues of a booking, in the order of dates, locked. Its folios are locked before.
pub async fn lock_of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<PaymentDue>> {
    let mut rows: Vec<PaymentDue> = payments_due::table
        .filter(payments_due::property_id.eq(property_id))
        .filter(payments_due::booking_id.eq(booking_id))
        .order(payments_due::id)
        .select(PaymentDue::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await?;
    rows.sort_by_key(|row| (row.due_on, row.id));
    Ok(rows)
}

/// Writes something that is due, or is due no more: once for each cause.
pub async fn put(
    mut conn: &Conn,
    (property_id, booking_id): (Uuid, Uuid),
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> QueryResult<PaymentDue> {
    let new = PaymentDue {
        property_id,
        id: PaymentDueId::now_v7(),
        booking_id,
        stay_id: wanted.stay_id,
        kind: wanted.kind,
        cause_id: wanted.cause_id,
        due_on: wanted.due_on,
        amount_minor: wanted.amount_minor,
        outstanding_minor: 0,
        payment_id: None,
        charged_on: None,
        charges: 0,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(payments_due::table)
        .values(&new)
        .on_conflict((payments_due::property_id, payments_due::kind, payments_due::cause_id))
        .do_update()
        .set((
            payments_due::due_on.eq(wanted.due_on),
            payments_due::amount_minor.eq(wanted.amount_minor),
            payments_due::outstanding_minor.eq(0),
            payments_due::updated_at.eq(now),
        ))
        .returning(PaymentDue::as_returning())
        .get_result(&mut conn)
        .await
}

/// Notes what is not paid of something that is due.
pub async fn set_outstanding(mut conn: &Conn, row: &PaymentDue, minor: i64, now: DateTime<Utc>) -> QueryResult<PaymentDue> {
    diesel::update(payments_due::table.find((row.property_id, row.id)))
        .set((payments_due::outstanding_minor.eq(minor), payments_due::updated_at.eq(now)))
        .returning(PaymentDue::as_returning())
        .get_result(&mut conn)
        .await
}

/// Notes that the guarantee was charged for some things that are due.
pub async fn note_charge(
    mut conn: &Conn,
    property_id: Uuid,
    ids: &[PaymentDueId],
    (payment_id, today): (PaymentId, NaiveDate),
    now: DateTime<Utc>,
) -> QueryResult<Vec<PaymentDue>> {
    diesel::update(payments_due::table.filter(payments_due::property_id.eq(property_id)).filter(payments_due::id.eq_any(ids)))
        .set((
            payments_due::payment_id.eq(Some(payment_id)),
            payments_due::charged_on.eq(Some(today)),
            payments_due::charges.eq(payments_due::charges + 1),
            payments_due::updated_at.eq(now),
        ))
        .returning(PaymentDue::as_returning())
        .get_results(&mut conn)
        .await
}

/// Dues within the scope with their currencies, by date. `after` is the last place seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &DueFilter,
    chargeable: Option<&[PaymentDueId]>,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<(PaymentDue, Currency)>> {
    let of_due = bookings::property_id.eq(payments_due::property_id).and(bookings::id.eq(payments_due::booking_id));
    let mut query = payments_due::table
        .inner_join(bookings::table.on(of_due))
        .filter(payments_due::amount_minor.gt(0))
        .order((payments_due::due_on, payments_due::id))
        .limit(limit)
        .select((PaymentDue::as_select(), bookings::currency))
        .into_boxed();
    if !scope.is_all() {
        query = query.filter(payments_due::property_id.eq_any(scope.ids()));
    }
    let DueFilter { property_id, booking_id, kind, is_outstanding, is_chargeable, from, to } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(payments_due::property_id.eq(property_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(payments_due::booking_id.eq(booking_id));
    }
    if let Some(kind) = kind {
        query = query.filter(payments_due::kind.eq(kind));
    }
    match is_outstanding {
        Some(true) => query = query.filter(payments_due::outstanding_minor.gt(0)),
        Some(false) => query = query.filter(payments_due::outstanding_minor.eq(0)),
        None => {}
    }
    match (is_chargeable, chargeable) {
        (Some(true), Some(ids)) => query = query.filter(payments_due::id.eq_any(ids)),
        (Some(false), Some(ids)) => query = query.filter(not(payments_due::id.eq_any(ids))),
        _ => {}
    }
    if let Some(from) = from {
        query = query.filter(payments_due::due_on.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(payments_due::due_on.le(to));
    }
    if let Some((due_on, id)) = after {
        let later = payments_due::due_on.gt(due_on);
        query = query.filter(later.or(payments_due::due_on.eq(due_on).and(payments_due::id.gt(id))));
    }
    query.load(&mut conn).await
}

/// A due that can be charged.
#[derive(QueryableByName)]
pub struct Chargeable {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub booking_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub id: PaymentDueId,
    #[diesel(sql_type = Date)]
    pub due_on: NaiveDate,
}

/// Dues that can be charged to guarantees now, the earliest first: due by the business date and not paid, a guarantee is stored,
/// and it was not charged on this date, nor too often. At some hotels, or (None) at all; `only_wanted`: at those that charge by
/// themselves. `after` is the last one seen.
pub async fn chargeable(
    mut conn: &Conn,
    hotels: Option<&[Uuid]>,
    only_wanted: bool,
    after: Option<(NaiveDate, PaymentDueId)>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Chargeable>> {
    let statement = constant_sql(
        "SELECT d.property_id, d.booking_id, d.id, d.due_on FROM payments_due d JOIN properties p ON p.id = d.property_id \
         JOIN guarantees g ON g.property_id = d.property_id AND g.booking_id = d.booking_id AND g.status = 'stored' \
         LEFT JOIN payment_settings s ON s.property_id = d.property_id \
         CROSS JOIN LATERAL (SELECT coalesce(p.business_date, ($1 AT TIME ZONE p.time_zone)::date) AS today) t \
         WHERE d.outstanding_minor > 0 AND d.due_on <= t.today AND d.charges < $2 \
           AND (d.charged_on IS NULL OR d.charged_on < t.today) AND NOT p.is_deleted \
           AND (NOT $3 OR coalesce(s.charges_guarantees, false)) AND ($5 IS NULL OR d.property_id = ANY ($5)) \
           AND ($6 IS NULL OR (d.due_on, d.id) > ($6, $7)) \
         ORDER BY d.due_on, d.id LIMIT $4",
    );
    let bound = statement
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(MOST_CHARGES)
        .bind::<Bool, _>(only_wanted)
        .bind::<BigInt, _>(limit)
        .bind::<Nullable<Array<SqlUuid>>, _>(hotels)
        .bind::<Nullable<Date>, _>(after.map(|(due_on, _)| due_on))
        .bind::<Nullable<SqlUuid>, _>(after.map(|(_, id)| Uuid::from(id)));
    Cached(bound).load(&mut conn).await
}
