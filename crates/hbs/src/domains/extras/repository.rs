use super::model::{Extra, ExtraChange, ExtraTax, Offered, Service, ShownExtra, StayExtra};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Uuid as SqlUuid};
use futures_util::try_join;
use hbs_schema::{extra_taxes, extras, folio_entries, rate_plan_extras, stay_extras, tax_rules};
use std::collections::HashMap;
use uuid::Uuid;

/// The extras of some hotels, those that are not sold any more included, oldest first. One round trip.
pub async fn of_properties(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<Offered>> {
    let (extras, taxes) = try_join!(extras_of(conn, property_ids), taxes_of(conn, property_ids))?;
    Ok(with_taxes(extras, taxes))
}

async fn extras_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<Extra>> {
    extras::table
        .filter(extras::property_id.eq_any(property_ids))
        .order((extras::property_id, extras::id))
        .select(Extra::as_select())
        .load(&mut conn)
        .await
}

/// Some extras of a hotel. One round trip.
pub async fn offered(conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Offered>> {
    let of_property = [property_id];
    let (extras, taxes) = try_join!(named(conn, property_id, ids), taxes_of(conn, &of_property))?;
    Ok(with_taxes(extras, taxes))
}

async fn named(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Extra>> {
    extras::table
        .filter(extras::property_id.eq(property_id))
        .filter(extras::id.eq_any(ids))
        .select(Extra::as_select())
        .load(&mut conn)
        .await
}

/// The taxes that extras bear, those that have ended left out, in the order of their lines. Each with its extra.
async fn taxes_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, ExtraTax)>> {
    let rows: Vec<(Uuid, Uuid, String, Option<i32>, bool)> = extra_taxes::table
        .inner_join(
            tax_rules::table
                .on(tax_rules::property_id.eq(extra_taxes::property_id).and(tax_rules::id.eq(extra_taxes::tax_rule_id))),
        )
        .filter(extra_taxes::property_id.eq_any(property_ids))
        .filter(not(tax_rules::is_deleted))
        .order((extra_taxes::extra_id, tax_rules::id))
        .select((extra_taxes::extra_id, tax_rules::id, tax_rules::name, tax_rules::rate_ppm, tax_rules::is_included))
        .load(&mut conn)
        .await?;
    let tax = |(extra_id, id, name, rate_ppm, is_included): (Uuid, Uuid, String, Option<i32>, bool)| {
        Some((extra_id, ExtraTax { id, name, rate_ppm: rate_ppm?, is_included }))
    };
    Ok(rows.into_iter().filter_map(tax).collect())
}

fn with_taxes(extras: Vec<Extra>, taxes: Vec<(Uuid, ExtraTax)>) -> Vec<Offered> {
    let mut by_extra: HashMap<Uuid, Vec<ExtraTax>> = HashMap::new();
    for (extra_id, tax) in taxes {
        by_extra.entry(extra_id).or_default().push(tax);
    }
    let offered = |extra: Extra| {
        let taxes = by_extra.remove(&extra.id).unwrap_or_default();
        Offered { extra, taxes }
    };
    extras.into_iter().map(offered).collect()
}

/// The hotel of an extra, whoever asks.
pub async fn property_of(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Uuid>> {
    extras::table.filter(extras::id.eq(id)).select(extras::property_id).first(&mut conn).await.optional()
}

/// An extra within the scope, locked against other changes.
pub async fn lock(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Extra>> {
    extras::table
        .filter(extras::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(extras::property_id.eq_any(scope.ids())))
        .select(Extra::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert(mut conn: &Conn, new: &Extra) -> QueryResult<usize> {
    diesel::insert_into(extras::table).values(new).execute(&mut conn).await
}

pub async fn update(mut conn: &Conn, row: &Extra, change: &ExtraChange, now: DateTime<Utc>) -> QueryResult<Extra> {
    diesel::update(extras::table.find((row.property_id, row.id)))
        .set((change, extras::version.eq(extras::version + 1), extras::updated_at.eq(now)))
        .returning(Extra::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete(mut conn: &Conn, row: &Extra) -> QueryResult<usize> {
    diesel::delete(extras::table.find((row.property_id, row.id))).execute(&mut conn).await
}

/// Replaces the taxes that an extra bears.
pub async fn set_taxes(mut conn: &Conn, extra: &Extra, tax_rule_ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<()> {
    let own =
        extra_taxes::table.filter(extra_taxes::property_id.eq(extra.property_id)).filter(extra_taxes::extra_id.eq(extra.id));
    diesel::delete(own).execute(&mut conn).await?;
    let row = |id: &Uuid| {
        (
            extra_taxes::property_id.eq(extra.property_id),
            extra_taxes::extra_id.eq(extra.id),
            extra_taxes::tax_rule_id.eq(*id),
            extra_taxes::created_at.eq(now),
            extra_taxes::updated_at.eq(now),
        )
    };
    let rows: Vec<_> = tax_rule_ids.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(extra_taxes::table).values(rows).execute(&mut conn).await.map(drop)
}

/// Returns those of some tax rules of a hotel that are percentages and have not ended.
pub async fn percentages(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    tax_rules::table
        .filter(tax_rules::property_id.eq(property_id))
        .filter(tax_rules::id.eq_any(ids))
        .filter(not(tax_rules::is_deleted))
        .filter(tax_rules::rate_ppm.is_not_null())
        .select(tax_rules::id)
        .load(&mut conn)
        .await
}

/// Returns `true` if an extra was ever sold or posted, or is in the price of a plan.
pub async fn is_used(mut conn: &Conn, extra: &Extra) -> QueryResult<bool> {
    let sold =
        stay_extras::table.filter(stay_extras::property_id.eq(extra.property_id)).filter(stay_extras::extra_id.eq(extra.id));
    let posted = folio_entries::table
        .filter(folio_entries::property_id.eq(extra.property_id))
        .filter(folio_entries::extra_id.eq(extra.id));
    let in_plans = rate_plan_extras::table
        .filter(rate_plan_extras::property_id.eq(extra.property_id))
        .filter(rate_plan_extras::extra_id.eq(extra.id));
    diesel::select(exists(sold).or(exists(posted)).or(exists(in_plans))).get_result(&mut conn).await
}

/// Adds what was sold with stays.
pub async fn insert_sold(mut conn: &Conn, rows: &[StayExtra]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    Cached(diesel::insert_into(stay_extras::table).values(rows)).execute(&mut conn).await
}

/// The extras that were sold with the stays of a booking, those that were taken away included, oldest first.
pub async fn sold_of(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<StayExtra>> {
    stay_extras::table
        .filter(stay_extras::property_id.eq(property_id))
        .filter(stay_extras::booking_id.eq(booking_id))
        .order(stay_extras::id)
        .select(StayExtra::as_select())
        .load(&mut conn)
        .await
}

/// Takes an extra away from a stay, from a date on.
pub async fn remove(mut conn: &Conn, sold: &StayExtra, today: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(stay_extras::table.find((sold.property_id, sold.id)))
        .set((stay_extras::removed_on.eq(today), stay_extras::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Hands an extra over to another stay of the booking.
pub async fn hand_over(mut conn: &Conn, sold: &StayExtra, stay_id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(stay_extras::table.find((sold.property_id, sold.id)))
        .set((stay_extras::stay_id.eq(stay_id), stay_extras::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// The extras of the stays of some bookings, each given with its property: what was sold with them, then what is in the price
/// of their nights.
pub async fn shown(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<Vec<ShownExtra>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    let statement = constant_sql(
        "SELECT s.stay_id, s.id, s.extra_id, x.name, x.texts, p.default_locale AS base, x.posted, s.quantity, s.date, s.removed_on, \
                (SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM folio_entries e \
                 WHERE e.property_id = s.property_id AND e.stay_extra_id = s.id) AS total_minor \
         FROM stay_extras s JOIN extras x ON x.property_id = s.property_id AND x.id = s.extra_id JOIN properties p ON p.id = s.property_id \
         WHERE s.property_id = ANY ($1) AND s.booking_id = ANY ($2) \
         UNION ALL \
         SELECT e.stay_id, NULL, e.extra_id, x.name, x.texts, p.default_locale, x.posted, \
                max(e.extra_units) FILTER (WHERE e.kind = 'extra'), NULL, NULL, sum(e.amount_minor)::bigint \
         FROM folio_entries e JOIN extras x ON x.property_id = e.property_id AND x.id = e.extra_id JOIN properties p ON p.id = e.property_id \
         WHERE e.property_id = ANY ($1) AND e.booking_id = ANY ($2) AND e.extra_in_price AND e.stay_id IS NOT NULL \
           AND e.reverses_id IS NULL \
           AND NOT EXISTS (SELECT FROM folio_entries t WHERE t.property_id = e.property_id AND t.reverses_id = e.id) \
         GROUP BY e.stay_id, e.extra_id, x.name, x.texts, p.default_locale, x.posted HAVING bool_or(e.kind = 'extra') \
         ORDER BY 2, 4",
    );
    Cached(statement.bind::<Array<SqlUuid>, _>(properties).bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await
}

/// The extras that are to be served at a hotel on a day, by name and room: those that were charged for it and not taken back.
/// What is in the price of a night is charged with the night, and may be served the morning after.
pub async fn served_on(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<Service>> {
    let statement = constant_sql(
        "SELECT extra_id, name, units, booking_id, reference, stay_id, guest_name, room_number FROM ( \
             SELECT DISTINCT ON (coalesce(e.origin_id, e.id)) e.extra_id, x.name, e.extra_units AS units, e.booking_id, b.reference, \
                    e.stay_id, coalesce(s.guest_name, b.contact_name) AS guest_name, r.number AS room_number \
             FROM folio_entries e \
             JOIN extras x ON x.property_id = e.property_id AND x.id = e.extra_id \
             LEFT JOIN bookings b ON b.property_id = e.property_id AND b.id = e.booking_id \
             LEFT JOIN stays s ON s.property_id = e.property_id AND s.id = e.stay_id \
             LEFT JOIN rooms r ON r.property_id = s.property_id AND r.id = s.room_id \
             WHERE e.property_id = $1 AND e.extra_id IS NOT NULL AND e.kind = 'extra' AND e.reverses_id IS NULL \
               AND e.service_date IN ($2, $2 - 1) \
               AND e.service_date = CASE WHEN e.extra_in_price AND x.day = 'next_day' THEN $2 - 1 ELSE $2 END \
               AND (s.id IS NULL OR s.status IN ('confirmed', 'checked_in', 'checked_out')) \
               AND NOT EXISTS (SELECT FROM folio_entries t WHERE t.property_id = e.property_id AND t.reverses_id = e.id) \
             ORDER BY coalesce(e.origin_id, e.id)) AS served \
         ORDER BY name, extra_id, room_number, guest_name, stay_id",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date)).load(&mut conn).await
}
