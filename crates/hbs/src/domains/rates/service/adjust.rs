//! Adjusting prices by a percentage or an amount of what they are.
use super::rates::{Sold, updated};
use super::{all_valid, lock_property};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::rates::dto::{AdjustRates, AdjustedNight, AdjustedPrices, PriceAdjustment, RatesAdjusted, minor};
use crate::domains::rates::model::{Cells, Rate, RateChange, RatePlanRoomType};
use crate::domains::rates::repository::plans;
use crate::domains::rates::repository::rates::{self as repository, NightPrice};
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::domains::rates::rules::adjustment::{Adjustment, Rounding};
use crate::domains::rates::rules::effective::{self, Said};
use crate::domains::rates::rules::engine::Change;
use crate::error::FieldError;
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox;
use crate::security::Staff;
use crate::security::permission::RatesWrite;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// Maximum number of nights of types in plans of one request: each is answered with its old and its new price.
const MAX_CELLS: i64 = 20_000;

/// Changes the prices of many nights by what they are: all or none. Derived plans follow.
pub async fn adjust(app: &App, staff: &Staff<RatesWrite>, key: &IdempotencyKey, request: &AdjustRates) -> Result<Answer> {
    let property_id = request.property_id;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let property = lock_property(conn, &staff.scope, Some(property_id), "property").await?;
        let sold = Sold::load(conn, &property, now).await?;
        let (cells, adjustment) = check(&sold, request, property.currency)?;
        let prices = Prices::load(conn, &sold, &cells).await?.adjusted(&cells, &adjustment);
        check_prices(&prices)?;
        let changed: Vec<NightPrice> =
            prices.iter().filter(|(price, before)| price.price_minor != *before).map(|(price, _)| *price).collect();
        let count = i32::try_from(changed.len()).map_err(Error::internal)?;
        let shown = |update_id| shown(property_id, update_id, count, &prices, property.currency);
        if changed.is_empty() {
            return Ok(Answer { is_unchanged: true, ..Answer::done(&shown(None))? });
        }
        repository::set_prices(conn, property_id, &changed, now).await?;
        let id = Uuid::now_v7();
        let said = serde_json::json!({"adjust": request.adjust});
        repository::record(conn, id, &cells, &said, count, &cause).await?;
        outbox::publish(conn, &cause, [updated(property_id, vec![id], i64::from(count))]).await?;
        Answer::done(&shown(Some(id)))
    })
    .await
}

/// The nights and the change, if both can be.
fn check(sold: &Sold, request: &AdjustRates, currency: Currency) -> Result<(Cells, Adjustment)> {
    let mut errors = Vec::new();
    let nights = request.nights();
    // As an update that sets prices would be checked.
    let prices = RateChange { price_minor: Some(Some(0)), ..RateChange::default() };
    sold.check(&nights, &prices, "", &mut errors);
    let adjustment = adjustment(&request.adjust, currency, &mut errors);
    all_valid(errors)?;
    let cells = sold.cells(&nights);
    let count = cells.count();
    if count > MAX_CELLS {
        let detail = format!("{count} nights of room types in plans; at most {MAX_CELLS} can be adjusted at once");
        return Err(Error::invalid("/to", detail));
    }
    let adjustment = adjustment.ok_or_else(|| Error::invalid("/adjust", "must be exactly one of percent and amount"))?;
    Ok((cells, adjustment))
}

fn adjustment(request: &PriceAdjustment, currency: Currency, errors: &mut Vec<FieldError>) -> Option<Adjustment> {
    let PriceAdjustment { percent, amount, round_to, rounding, minimum } = request;
    let amount = minor(*amount, "/adjust/amount", currency, errors);
    let step = minor(*round_to, "/adjust/round_to", currency, errors);
    if step == Some(0) {
        errors.push(FieldError::body("/adjust/round_to", "must be above 0"));
    }
    if amount.is_some_and(|minor| minor.unsigned_abs() > MAX_PRICE_MINOR.unsigned_abs()) {
        errors.push(FieldError::body("/adjust/amount", "is absurdly large"));
    }
    let minimum = minor(*minimum, "/adjust/minimum", currency, errors);
    let change = match (percent, amount) {
        (Some(percent), None) => Change::Percent(percent.0),
        (None, Some(minor)) => Change::Amount(minor),
        _ => return None,
    };
    Some(Adjustment { change, step: step.unwrap_or(1).max(1), rounding: rounding.unwrap_or(Rounding::Nearest), minimum })
}

/// Refuses prices that nobody means.
fn check_prices(prices: &[(NightPrice, i64)]) -> Result<()> {
    let below: Vec<NaiveDate> = prices.iter().filter(|(price, _)| price.price_minor < 0).map(|(price, _)| price.night).collect();
    if let Some(first) = below.iter().min() {
        let detail = format!("would make {} prices negative, the first on {first}; send a minimum", below.len());
        return Err(Error::invalid("/adjust", detail));
    }
    match prices.iter().find(|(price, _)| price.price_minor > MAX_PRICE_MINOR) {
        Some((price, _)) => Err(Error::invalid("/adjust", format!("makes the price on {} absurdly large", price.night))),
        None => Ok(()),
    }
}

/// Sources of prices, to look up.
struct Prices<'a> {
    sold: &'a Sold,
    types: HashMap<(Uuid, Uuid), RatePlanRoomType>,
    rates: HashMap<(Uuid, Uuid, NaiveDate), Rate>,
    /// Base price of each room type.
    base: HashMap<Uuid, i64>,
}

impl<'a> Prices<'a> {
    async fn load(conn: &Conn, sold: &'a Sold, cells: &Cells) -> Result<Self> {
        let Cells { property_id, rate_plan_ids, room_type_ids, from, to, .. } = cells;
        let (types, room_types, rates) = try_join!(
            plans::types_of_plans(conn, *property_id),
            plans::room_types_of(conn, *property_id),
            repository::nights_of(conn, *property_id, rate_plan_ids, room_type_ids, *from, *to),
        )?;
        Ok(Self {
            sold,
            types: types.into_iter().map(|row| ((row.rate_plan_id, row.room_type_id), row)).collect(),
            rates: rates.into_iter().map(|rate| ((rate.rate_plan_id, rate.room_type_id, rate.night), rate)).collect(),
            base: room_types.into_iter().map(|(id, price, _)| (id, price)).collect(),
        })
    }

    /// The new price of each cell and the one before, plan by plan, type by type, night by night.
    fn adjusted(&self, cells: &Cells, adjustment: &Adjustment) -> Vec<(NightPrice, i64)> {
        let pairs = cells.rate_plan_ids.iter().flat_map(|plan| cells.room_type_ids.iter().map(move |kind| (*plan, *kind)));
        let of_night = |(rate_plan_id, room_type_id), night| {
            let before = self.price(rate_plan_id, room_type_id, night)?;
            Some((NightPrice { night, room_type_id, rate_plan_id, price_minor: adjustment.of(before) }, before))
        };
        pairs.flat_map(|pair| cells.nights().filter_map(move |night| of_night(pair, night))).collect()
    }

    fn price(&self, plan_id: Uuid, room_type_id: Uuid, night: NaiveDate) -> Option<i64> {
        let own = Said {
            plan: self.sold.plans.get(&plan_id)?,
            of_type: self.types.get(&(plan_id, room_type_id)),
            night: self.rates.get(&(plan_id, room_type_id, night)),
        };
        Some(effective::prices(own, None, *self.base.get(&room_type_id)?).price.0)
    }
}

fn shown(
    property_id: Uuid,
    update_id: Option<Uuid>,
    cells: i32,
    prices: &[(NightPrice, i64)],
    currency: Currency,
) -> RatesAdjusted {
    let of_pair =
        prices.chunk_by(|(one, _), (next, _)| (one.rate_plan_id, one.room_type_id) == (next.rate_plan_id, next.room_type_id));
    let night = |(price, before): &(NightPrice, i64)| AdjustedNight {
        night: price.night,
        before: Money::new(*before, currency),
        after: Money::new(price.price_minor, currency),
    };
    let shown = of_pair.filter_map(|nights| {
        let (NightPrice { rate_plan_id, room_type_id, .. }, _) = *nights.first()?;
        Some(AdjustedPrices { rate_plan_id, room_type_id, nights: nights.iter().map(night).collect() })
    });
    RatesAdjusted { property_id, update_id, cells, prices: shown.collect() }
}
