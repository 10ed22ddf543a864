//! Offers, with what they are for.
use crate::domains::extras::Offered;
use crate::domains::offers::model::{Full, Offer, OfferCode, OfferTerms, OnSale, ReportRow};
use crate::domains::rates::engine::{Included, IncludedTax};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Timestamptz, Uuid as SqlUuid};
use futures_util::try_join;
use hbs_schema::{
    offer_codes, offer_counters, offer_extras, offer_rate_plans, offer_redemptions, offer_room_types, offers, properties,
    wishlist_items,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The links of offers: each with the offer, what it is for, and how many of it.
pub type RoomTypeLink = (Uuid, Uuid, Option<i32>);
type PlanLink = (Uuid, Uuid);
pub type ExtraLink = (Uuid, Uuid, i32);

/// Offers with what belongs to them.
#[derive(Debug, Default)]
pub struct OfferRows {
    pub offers: Vec<Offer>,
    pub room_types: Vec<RoomTypeLink>,
    pub rate_plans: Vec<PlanLink>,
    pub extras: Vec<ExtraLink>,
    pub codes: Vec<OfferCode>,
    pub full: Vec<Full>,
}

impl OfferRows {
    /// Returns the offers as they are sold. `extras` are those of their hotels.
    pub fn on_sale(self, extras: &[Offered]) -> Vec<OnSale> {
        let Self { offers, room_types, rate_plans, extras: links, codes, full } = self;
        let mut codes: HashMap<Uuid, OfferCode> = codes.into_iter().map(|code| (code.offer_id, code)).collect();
        let full: HashMap<Uuid, Full> = full.into_iter().map(|full| (full.offer_id, full)).collect();
        let on_sale = |offer: Offer| {
            let of_types: Vec<(Uuid, Option<i32>)> =
                room_types.iter().filter(|(of, ..)| *of == offer.id).map(|(_, id, rooms)| (*id, *rooms)).collect();
            let of_plans = rate_plans.iter().filter(|(of, _)| *of == offer.id).map(|(_, id)| *id).collect();
            let of_extras = links.iter().filter(|(of, ..)| *of == offer.id);
            let included = of_extras.filter_map(|(_, id, quantity)| included(extras, *id, *quantity)).collect();
            let full = full.get(&offer.id);
            OnSale {
                terms: OfferTerms::new(&offer, &of_types, of_plans, included),
                code: codes.remove(&offer.id),
                is_full: full.is_some_and(|full| full.is_full),
                full_on: full.and_then(|full| full.full_on),
                offer,
            }
        };
        offers.into_iter().map(on_sale).collect()
    }
}

/// An extra that comes with nights, with its taxes.
fn included(extras: &[Offered], extra_id: Uuid, quantity: i32) -> Option<Included> {
    let Offered { extra, taxes } = extras.iter().find(|offered| offered.extra.id == extra_id)?;
    let tax = |tax: &crate::domains::extras::ExtraTax| IncludedTax {
        tax_rule_id: tax.id,
        rate_ppm: tax.rate_ppm,
        is_included: tax.is_included,
    };
    Some(Included {
        extra_id,
        name: extra.name.clone(),
        price_minor: extra.price_minor,
        quantity,
        is_personal: extra.posted.is_personal(),
        child_prices: extra.child_prices.0.clone(),
        taxes: taxes.iter().map(tax).collect(),
    })
}

/// The offers of some hotels that are not archived, oldest first. One round trip.
pub async fn of_properties(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<OfferRows> {
    let live = || offers::table.filter(offers::property_id.eq_any(property_ids)).filter(not(offers::is_archived));
    let offers = async {
        let mut conn = conn;
        live().order((offers::property_id, offers::id)).select(Offer::as_select()).load(&mut conn).await
    };
    let (offers, room_types, rate_plans, extras, codes, full) = try_join!(
        offers,
        room_types_of(conn, property_ids),
        rate_plans_of(conn, property_ids),
        extras_of(conn, property_ids),
        reusable_codes_of(conn, property_ids),
        full_of(conn, property_ids),
    )?;
    Ok(OfferRows { offers, room_types, rate_plans, extras, codes, full })
}

async fn room_types_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<RoomTypeLink>> {
    offer_room_types::table
        .filter(offer_room_types::property_id.eq_any(property_ids))
        .order((offer_room_types::offer_id, offer_room_types::room_type_id))
        .select((offer_room_types::offer_id, offer_room_types::room_type_id, offer_room_types::rooms))
        .load(&mut conn)
        .await
}

async fn rate_plans_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<PlanLink>> {
    offer_rate_plans::table
        .filter(offer_rate_plans::property_id.eq_any(property_ids))
        .order((offer_rate_plans::offer_id, offer_rate_plans::rate_plan_id))
        .select((offer_rate_plans::offer_id, offer_rate_plans::rate_plan_id))
        .load(&mut conn)
        .await
}

async fn extras_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<ExtraLink>> {
    offer_extras::table
        .filter(offer_extras::property_id.eq_any(property_ids))
        .order((offer_extras::offer_id, offer_extras::extra_id))
        .select((offer_extras::offer_id, offer_extras::extra_id, offer_extras::quantity))
        .load(&mut conn)
        .await
}

async fn reusable_codes_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<OfferCode>> {
    offer_codes::table
        .filter(offer_codes::property_id.eq_any(property_ids))
        .filter(offer_codes::batch_id.is_null())
        .select(OfferCode::as_select())
        .load(&mut conn)
        .await
}

async fn full_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<Full>> {
    offer_counters::table
        .filter(offer_counters::property_id.eq_any(property_ids))
        .filter(offer_counters::is_full.or(offer_counters::full_on.is_not_null()))
        .select(Full::as_select())
        .load(&mut conn)
        .await
}

/// One offer with what belongs to it, archived or not. One round trip.
pub async fn one(conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<OfferRows> {
    let of_property = [property_id];
    let (offers, room_types, rate_plans, extras, codes, full) = try_join!(
        by_id(conn, property_id, id),
        room_types_of(conn, &of_property),
        rate_plans_of(conn, &of_property),
        extras_of(conn, &of_property),
        reusable_codes_of(conn, &of_property),
        full_of(conn, &of_property),
    )?;
    Ok(OfferRows { offers, room_types, rate_plans, extras, codes, full })
}

async fn by_id(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Vec<Offer>> {
    offers::table.find((property_id, id)).select(Offer::as_select()).load(&mut conn).await
}

/// All offers of a hotel with what belongs to them, archived ones too. One round trip.
pub async fn all(conn: &Conn, property_id: Uuid) -> QueryResult<OfferRows> {
    let of_property = [property_id];
    let offers = async {
        let mut conn = conn;
        let own = offers::table.filter(offers::property_id.eq(property_id)).order(offers::id);
        own.select(Offer::as_select()).load(&mut conn).await
    };
    let (offers, room_types, rate_plans, extras, codes, full) = try_join!(
        offers,
        room_types_of(conn, &of_property),
        rate_plans_of(conn, &of_property),
        extras_of(conn, &of_property),
        reusable_codes_of(conn, &of_property),
        full_of(conn, &of_property),
    )?;
    Ok(OfferRows { offers, room_types, rate_plans, extras, codes, full })
}

/// Number of offers of a hotel, archived ones too.
pub async fn count(mut conn: &Conn, property_id: Uuid) -> QueryResult<i64> {
    offers::table.filter(offers::property_id.eq(property_id)).count().get_result(&mut conn).await
}

/// The hotel of an offer, if both are there.
pub async fn property_of(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Uuid>> {
    offers::table
        .inner_join(properties::table)
        .filter(offers::id.eq(id))
        .filter(not(properties::is_deleted))
        .select(offers::property_id)
        .first(&mut conn)
        .await
        .optional()
}

/// Locks an offer within the scope: its counter first, which whoever books with it holds.
pub async fn lock(conn: &Conn, scope: &Scope, property_id: Uuid, id: Uuid) -> QueryResult<Option<Offer>> {
    let ((), offer) = try_join!(lock_counter(conn, property_id, id), lock_row(conn, scope, property_id, id))?;
    Ok(offer)
}

async fn lock_counter(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<()> {
    let found: Option<Uuid> = offer_counters::table
        .find((property_id, id))
        .select(offer_counters::offer_id)
        .for_update()
        .first(&mut conn)
        .await
        .optional()?;
    let _ = found;
    Ok(())
}

async fn lock_row(mut conn: &Conn, scope: &Scope, property_id: Uuid, id: Uuid) -> QueryResult<Option<Offer>> {
    offers::table
        .find((property_id, id))
        .filter(scope.is_all().into_sql::<Bool>().or(offers::property_id.eq_any(scope.ids())))
        .select(Offer::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Adds an offer with its counter.
pub async fn insert(mut conn: &Conn, offer: &Offer) -> QueryResult<()> {
    diesel::insert_into(offers::table).values(offer).execute(&mut conn).await?;
    diesel::insert_into(offer_counters::table)
        .values((
            offer_counters::property_id.eq(offer.property_id),
            offer_counters::offer_id.eq(offer.id),
            offer_counters::created_at.eq(offer.created_at),
            offer_counters::updated_at.eq(offer.created_at),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Writes an offer as it is to be.
pub async fn update(mut conn: &Conn, offer: &Offer) -> QueryResult<usize> {
    diesel::update(offers::table.find((offer.property_id, offer.id))).set(offer).execute(&mut conn).await
}

/// Removes an offer that nothing was sold with, and its codes.
pub async fn delete(mut conn: &Conn, offer: &Offer) -> QueryResult<usize> {
    diesel::delete(offers::table.find((offer.property_id, offer.id))).execute(&mut conn).await
}

/// Returns `true` if anything was sold with an offer, or somebody wishes for it.
pub async fn is_used(mut conn: &Conn, offer: &Offer) -> QueryResult<bool> {
    let redeemed = offer_redemptions::table
        .filter(offer_redemptions::property_id.eq(offer.property_id))
        .filter(offer_redemptions::offer_id.eq(offer.id));
    let wished = wishlist_items::table
        .filter(wishlist_items::property_id.eq(offer.property_id))
        .filter(wishlist_items::offer_id.eq(offer.id));
    diesel::select(exists(redeemed).or(exists(wished))).get_result(&mut conn).await
}

/// Makes these what an offer is for: room types with the rooms of a bundle, rate plans, and extras with how many.
pub async fn set_links(
    conn: &Conn,
    offer: &Offer,
    room_types: &[(Uuid, Option<i32>)],
    rate_plans: &[Uuid],
    extras: &[(Uuid, i32)],
) -> QueryResult<()> {
    set_room_types(conn, offer, room_types).await?;
    set_rate_plans(conn, offer, rate_plans).await?;
    set_extras(conn, offer, extras).await
}

async fn set_room_types(mut conn: &Conn, offer: &Offer, links: &[(Uuid, Option<i32>)]) -> QueryResult<()> {
    let own = offer_room_types::table
        .filter(offer_room_types::property_id.eq(offer.property_id))
        .filter(offer_room_types::offer_id.eq(offer.id));
    diesel::delete(own).execute(&mut conn).await?;
    let rows: Vec<_> = links
        .iter()
        .map(|(room_type_id, rooms)| {
            (
                offer_room_types::property_id.eq(offer.property_id),
                offer_room_types::offer_id.eq(offer.id),
                offer_room_types::room_type_id.eq(*room_type_id),
                offer_room_types::rooms.eq(*rooms),
                offer_room_types::created_at.eq(offer.updated_at),
                offer_room_types::updated_at.eq(offer.updated_at),
            )
        })
        .collect();
    diesel::insert_into(offer_room_types::table).values(rows).execute(&mut conn).await.map(drop)
}

async fn set_rate_plans(mut conn: &Conn, offer: &Offer, links: &[Uuid]) -> QueryResult<()> {
    let own = offer_rate_plans::table
        .filter(offer_rate_plans::property_id.eq(offer.property_id))
        .filter(offer_rate_plans::offer_id.eq(offer.id));
    diesel::delete(own).execute(&mut conn).await?;
    let rows: Vec<_> = links
        .iter()
        .map(|rate_plan_id| {
            (
                offer_rate_plans::property_id.eq(offer.property_id),
                offer_rate_plans::offer_id.eq(offer.id),
                offer_rate_plans::rate_plan_id.eq(*rate_plan_id),
                offer_rate_plans::created_at.eq(offer.updated_at),
                offer_rate_plans::updated_at.eq(offer.updated_at),
            )
        })
        .collect();
    diesel::insert_into(offer_rate_plans::table).values(rows).execute(&mut conn).await.map(drop)
}

async fn set_extras(mut conn: &Conn, offer: &Offer, links: &[(Uuid, i32)]) -> QueryResult<()> {
    let own =
        offer_extras::table.filter(offer_extras::property_id.eq(offer.property_id)).filter(offer_extras::offer_id.eq(offer.id));
    diesel::delete(own).execute(&mut conn).await?;
    let rows: Vec<_> = links
        .iter()
        .map(|(extra_id, quantity)| {
            (
                offer_extras::property_id.eq(offer.property_id),
                offer_extras::offer_id.eq(offer.id),
                offer_extras::extra_id.eq(*extra_id),
                offer_extras::quantity.eq(*quantity),
                offer_extras::created_at.eq(offer.updated_at),
                offer_extras::updated_at.eq(offer.updated_at),
            )
        })
        .collect();
    diesel::insert_into(offer_extras::table).values(rows).execute(&mut conn).await.map(drop)
}

/// Offers that are over by the calendar of their hotel and are not archived: the time to book has passed, or the nights have.
pub async fn over(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<(Uuid, Uuid)>> {
    let is_over = offers::book_until
        .lt(local_date(offers::property_id, now))
        .or(offers::stay_until.lt(local_date(offers::property_id, now)));
    offers::table
        .filter(not(offers::is_archived))
        .filter(is_over)
        .order((offers::property_id, offers::id))
        .limit(limit)
        .select((offers::property_id, offers::id))
        .load(&mut conn)
        .await
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The date at a hotel at an instant. A function of the migrations.
    fn local_date(property_id: SqlUuid, at: Timestamptz) -> Nullable<Date>;
}

/// Rows about a hotel's offers and each of their codes, by bookings made on business dates of a period, both included.
pub async fn report(mut conn: &Conn, property_id: Uuid, from: NaiveDate, to: NaiveDate) -> QueryResult<Vec<ReportRow>> {
    let statement = constant_sql(
        "SELECT r.offer_id, o.name, c.code, count(*) FILTER (WHERE r.is_live) AS bookings, \
                count(*) FILTER (WHERE NOT r.is_live) AS given_back, \
                coalesce(sum(s.nights) FILTER (WHERE r.is_live), 0)::bigint AS nights, \
                coalesce(sum(s.revenue_minor) FILTER (WHERE r.is_live), 0)::bigint AS revenue_minor, \
                coalesce(sum(r.discount_minor) FILTER (WHERE r.is_live), 0)::bigint AS discount_minor \
         FROM offer_redemptions r \
         JOIN offers o ON o.property_id = r.property_id AND o.id = r.offer_id \
         LEFT JOIN offer_codes c ON c.property_id = r.property_id AND c.id = r.code_id \
         CROSS JOIN LATERAL ( \
             SELECT sum(stays.check_out - stays.check_in) AS nights, sum(stays.total_minor) AS revenue_minor \
             FROM stay_offers held JOIN stays ON stays.property_id = held.property_id AND stays.id = held.stay_id \
             WHERE held.property_id = r.property_id AND held.booking_id = r.booking_id AND held.offer_id = r.offer_id \
               AND stays.status NOT IN ('cancelled', 'expired')) s \
         WHERE r.property_id = $1 AND r.sold_on BETWEEN $2 AND $3 \
         GROUP BY r.offer_id, o.name, c.code ORDER BY o.name, r.offer_id, c.code",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to)).load(&mut conn).await
}
