//! Lines: read, and added.
use crate::domains::folios::model::{Due, Folio, FolioEntry, FolioKind, NewLine, Revenue, TaxTerms};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, folio_entries, folios};
use std::collections::HashMap;
use uuid::Uuid;

/// The lines that are for a booking, wherever they are paid, as they were posted.
pub async fn entries(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::booking_id.eq(booking_id))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// The posting by which the charges of a stay were last taken back, if there was one.
pub async fn last_settlement(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<Option<Uuid>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::stay_id.eq(stay_id))
        .filter(folio_entries::reverses_id.is_not_null())
        .filter(folio_entries::origin_id.is_null())
        .order(folio_entries::id.desc())
        .select(folio_entries::posting_id)
        .first(&mut conn)
        .await
        .optional()
}

/// A hotel's language, and a name that lines have, with its translations.
#[derive(Debug, QueryableByName)]
pub struct Translated {
    #[diesel(sql_type = Text)]
    pub default_locale: Locale,
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub texts: Option<serde_json::Value>,
}

/// The names of a hotel's taxes and room types that have translations, of those that lines have; one row without a name if there
/// is none.
pub async fn translations(mut conn: &Conn, property_id: Uuid, names: &[&str]) -> QueryResult<Vec<Translated>> {
    let query = constant_sql(
        "SELECT p.default_locale, t.name, t.texts
         FROM properties p LEFT JOIN (
             SELECT property_id, name, texts FROM tax_rules UNION ALL SELECT property_id, name, texts FROM room_types
             UNION ALL SELECT property_id, name, texts FROM extras
         ) t ON t.property_id = p.id AND t.name = ANY($2) AND t.texts <> '{}'
         WHERE p.id = $1",
    );
    Cached(query.bind::<SqlUuid, _>(property_id).bind::<Array<Text>, _>(names)).load(&mut conn).await
}

/// The lines that are for several bookings, each given with its property, in the order in which they were written.
pub async fn entries_of(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<Vec<FolioEntry>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    folio_entries::table
        .filter(folio_entries::property_id.eq_any(properties))
        .filter(folio_entries::booking_id.eq_any(ids))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// The lines on the folios of a booking, whatever they are for.
pub async fn entries_in(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<FolioEntry>> {
    let of_booking =
        folios::table.filter(folios::property_id.eq(property_id)).filter(folios::booking_id.eq(booking_id)).select(folios::id);
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::folio_id.eq_any(of_booking))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// The lines on some folios of a hotel.
pub async fn entries_on(mut conn: &Conn, property_id: Uuid, folio_ids: &[Uuid]) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::folio_id.eq_any(folio_ids))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// Lines on a folio in the order in which they were posted. `after` is when the last line seen was posted, and its id.
pub async fn entries_after(
    mut conn: &Conn,
    folio: &Folio,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<FolioEntry>> {
    let mut query = folio_entries::table
        .filter(folio_entries::property_id.eq(folio.property_id))
        .filter(folio_entries::folio_id.eq(folio.id))
        .order((folio_entries::created_at, folio_entries::id))
        .limit(limit)
        .select(FolioEntry::as_select())
        .into_boxed();
    if let Some((created_at, id)) = after {
        let same_time = folio_entries::created_at.eq(created_at);
        query = query.filter(folio_entries::created_at.gt(created_at).or(same_time.and(folio_entries::id.gt(id))));
    }
    query.load(&mut conn).await
}

/// The lines of a posting, by their ids.
pub async fn posted(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::id.eq_any(ids))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// Returns what the folios of a booking come to by a date, without the lines of some stays.
pub async fn due(
    mut conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    today: NaiveDate,
    without_stays: &[Uuid],
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        due_minor: i64,
    }
    let statement = constant_sql(
        "SELECT coalesce(sum(e.amount_minor), 0)::bigint AS due_minor FROM folio_entries e \
         JOIN folios f ON f.property_id = e.property_id AND f.id = e.folio_id \
         WHERE f.property_id = $1 AND f.booking_id = $2 AND greatest(e.service_date, e.posted_on) <= $3 \
           AND (e.stay_id IS NULL OR e.stay_id <> ALL ($4))",
    );
    let sum: Sum = Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<SqlUuid, _>(booking_id)
            .bind::<Date, _>(today)
            .bind::<Array<SqlUuid>, _>(without_stays),
    )
    .get_result(&mut conn)
    .await?;
    Ok(sum.due_minor)
}

/// Returns what is due by a date on each open folio of a booking, stay by stay.
pub async fn dues(mut conn: &Conn, property_id: Uuid, booking_id: Uuid, today: NaiveDate) -> QueryResult<Vec<Due>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        folio_id: Uuid,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        stay_id: Option<Uuid>,
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT e.folio_id, e.stay_id, sum(e.amount_minor)::bigint AS amount_minor FROM folio_entries e \
         JOIN folios f ON f.property_id = e.property_id AND f.id = e.folio_id \
         WHERE f.property_id = $1 AND f.booking_id = $2 AND f.closed_at IS NULL AND greatest(e.service_date, e.posted_on) <= $3 \
         GROUP BY 1, 2 ORDER BY 1, 2",
    );
    let rows: Vec<Row> = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id).bind::<Date, _>(today))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(|Row { folio_id, stay_id, amount_minor }| Due { folio_id, stay_id, amount_minor }).collect())
}

/// Returns what is due on a folio by a date.
pub async fn due_on(mut conn: &Conn, folio: &Folio, today: NaiveDate) -> QueryResult<i64> {
    let amounts: Vec<i64> = folio_entries::table
        .filter(folio_entries::property_id.eq(folio.property_id))
        .filter(folio_entries::folio_id.eq(folio.id))
        .filter(folio_entries::service_date.le(today))
        .filter(folio_entries::posted_on.le(today))
        .select(folio_entries::amount_minor)
        .load(&mut conn)
        .await?;
    Ok(amounts.iter().sum())
}

/// The lines of transfers to accounts, and those that take them back, each named by its line on an account's folio.
pub async fn transfers(mut conn: &Conn, property_id: Uuid, roots: &[Uuid]) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::origin_id.eq_any(roots))
        .filter(folio_entries::kind.eq(FolioKind::Transfer))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// Returns the revenue of a date, by the lines that count on it, including lines that reverse others.
pub async fn revenue(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Revenue> {
    // What counts on a date is of that date, or was posted on it for one before.
    let of_date = folio_entries::service_date.eq(date).and(folio_entries::posted_on.le(date));
    let of_before = folio_entries::posted_on.eq(date).and(folio_entries::service_date.lt(date));
    let lines: Vec<(FolioKind, i64)> = folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(of_date.or(of_before))
        .filter(not(folio_entries::is_brought_in))
        .select((folio_entries::kind, folio_entries::amount_minor))
        .load(&mut conn)
        .await?;
    Ok(Revenue {
        room_minor: lines
            .iter()
            .filter(|(kind, _)| matches!(kind, FolioKind::Room | FolioKind::Discount))
            .map(|(_, amount)| amount)
            .sum(),
        total_minor: lines.iter().filter(|(kind, _)| !kind.is_money()).map(|(_, amount)| amount).sum(),
    })
}

/// Adds lines, as one posting, on the business date. The caller holds the folios, and the property for as long.
pub async fn insert_lines(conn: &Conn, property_id: Uuid, lines: &[NewLine], now: DateTime<Utc>) -> QueryResult<usize> {
    insert(conn, property_id, lines, None, now).await
}

/// Adds lines like `insert_lines`, of which those for services before a date were another system's.
pub async fn insert_brought_in(
    conn: &Conn,
    property_id: Uuid,
    lines: &[NewLine],
    before: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    insert(conn, property_id, lines, Some(before), now).await
}

async fn insert(
    mut conn: &Conn,
    property_id: Uuid,
    lines: &[NewLine],
    brought_in_before: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if lines.is_empty() {
        return Ok(0);
    }
    let terms: Vec<Option<TaxTerms>> = lines.iter().map(|line| line.tax_terms).collect();
    let statement = constant_sql(
        "INSERT INTO folio_entries (property_id, id, folio_id, booking_id, stay_id, kind, service_date, amount_minor, description, \
                                    tax_rule_id, tax_included, tax_rate_ppm, reverses_id, origin_id, price_id, routing_id, reason, ledger, \
                                    extra_id, stay_extra_id, extra_units, extra_in_price, payment_id, method, restores_id, posted_on, \
                                    created_at, updated_at, posting_id, is_brought_in) \
         SELECT $1, new.*, (SELECT coalesce(p.business_date, ($24 AT TIME ZONE p.time_zone)::date) FROM properties p WHERE p.id = $1), \
                $24, $24, $25, coalesce(new.service_date < $26, false) \
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $27, $28) \
              AS new (id, folio_id, booking_id, stay_id, kind, service_date, amount_minor, description, tax_rule_id, tax_included, \
                      tax_rate_ppm, reverses_id, origin_id, price_id, routing_id, reason, ledger, extra_id, stay_extra_id, \
                      extra_units, extra_in_price, payment_id, method, restores_id)",
    );
    let each = |id: fn(&NewLine) -> Option<Uuid>| lines.iter().map(id).collect::<Vec<_>>();
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| line.id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| line.folio_id).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.booking_id))
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.stay_id))
            .bind::<Array<Text>, _>(lines.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(lines.iter().map(|line| line.service_date).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(lines.iter().map(|line| line.amount_minor).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(lines.iter().map(|line| line.description.as_str()).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.tax_rule_id))
            .bind::<Array<Nullable<Bool>>, _>(terms.iter().map(|terms| terms.map(|terms| terms.is_included)).collect::<Vec<_>>())
            .bind::<Array<Nullable<Integer>>, _>(
                terms.iter().map(|terms| terms.and_then(|terms| terms.rate_ppm)).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.reverses_id))
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.origin_id))
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.price_id))
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.routing_id))
            .bind::<Array<Nullable<Text>>, _>(lines.iter().map(|line| line.reason.as_deref()).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(lines.iter().map(|line| line.ledger.as_str()).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.extra.map(|extra| extra.extra_id)))
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.extra.and_then(|extra| extra.stay_extra_id)))
            .bind::<Array<Nullable<Integer>>, _>(lines.iter().map(|line| line.extra.map(|extra| extra.units)).collect::<Vec<_>>())
            .bind::<Array<Bool>, _>(lines.iter().map(|line| line.extra.is_some_and(|extra| extra.in_price)).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.payment_id))
            .bind::<Timestamptz, _>(now)
            .bind::<SqlUuid, _>(Uuid::now_v7())
            .bind::<Nullable<Date>, _>(brought_in_before)
            .bind::<Array<Nullable<Text>>, _>(lines.iter().map(|line| line.method).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(each(|line| line.restores_id)),
    )
    .execute(&mut conn)
    .await
}

/// Counts what was posted by hand into what a booking comes to, which makes a new version of it. It locks the booking.
pub async fn add_to_total(
    mut conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    amount_minor: i64,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    Cached(diesel::update(bookings::table.find((property_id, booking_id))).set((
        bookings::total_minor.eq(bookings::total_minor + amount_minor),
        bookings::version.eq(bookings::version + 1),
        bookings::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await
}

/// Locks a booking against others who count into its total.
pub async fn lock_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<()> {
    bookings::table
        .find((property_id, booking_id))
        .select(bookings::id)
        .for_no_key_update()
        .first::<Uuid>(&mut conn)
        .await
        .map(drop)
}

/// Returns what is due on each of some folios, given with their properties, on its business date. Those without lines are
/// left out.
pub async fn standings(mut conn: &Conn, folios: &[(Uuid, Uuid)], now: DateTime<Utc>) -> QueryResult<HashMap<Uuid, i64>> {
    #[derive(QueryableByName)]
    struct Standing {
        #[diesel(sql_type = SqlUuid)]
        folio_id: Uuid,
        #[diesel(sql_type = BigInt)]
        due_minor: i64,
    }
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = folios.iter().copied().unzip();
    let statement = constant_sql(
        "SELECT e.folio_id, coalesce(sum(e.amount_minor) FILTER ( \
                    WHERE greatest(e.service_date, e.posted_on) <= coalesce(p.business_date, ($3 AT TIME ZONE p.time_zone)::date)), 0)::bigint \
                AS due_minor \
         FROM folio_entries e JOIN properties p ON p.id = e.property_id \
         WHERE e.property_id = ANY ($1) AND e.folio_id = ANY ($2) GROUP BY 1",
    );
    let rows: Vec<Standing> =
        Cached(statement.bind::<Array<SqlUuid>, _>(properties).bind::<Array<SqlUuid>, _>(ids).bind::<Timestamptz, _>(now))
            .load(&mut conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.folio_id, row.due_minor)).collect())
}
