use super::import;
use super::plans::child_minors;
use super::{all_valid, lock_property};
use crate::actors::Names;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::domains::rates::dto::{
    CellOut, RateNight, RateQuery, RateSet, RateUpdateIn, RateUpdateOut, UpdateDone, UpdateRates, UpdatesDone, UpdatesQuery,
    Valued, ValuedChildren, minor,
};
use crate::domains::rates::model::{ALL_WEEKDAYS, AgeBand, Cells, Rate, RateChange, RatePlan, RatePlanRoomType, Weekday};
use crate::domains::rates::repository::rates::{self as repository, UpdatesOf};
use crate::domains::rates::repository::{plans, pricing};
use crate::domains::rates::rules::effective::{self, Said, Source};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{RatesRead, RatesWrite};
use crate::sheets::{self, Import, ImportQuery, SILENT};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use bytes::Bytes;
use chrono::{NaiveDate, TimeDelta};
use futures_util::try_join;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Maximum number of nights of types in plans that one request may change.
pub const MAX_CELLS: i64 = 200_000;
/// Nights that one request may ask for, and nights of types in plans that it gets.
const MAX_NIGHTS_SHOWN: i64 = 92;
const MAX_CELLS_SHOWN: usize = 20_000;

/// Time for which it is told who changed the prices of a night that is over.
const UPDATES_KEPT: TimeDelta = TimeDelta::days(400);

/// Forgets updates of nights that are long over.
pub async fn forget_updates(app: &App) -> Result<()> {
    let before = (app.clock.now() - UPDATES_KEPT).date_naive();
    repository::forget_updates(&*app.db.conn().await?, before).await?;
    Ok(())
}

/// Changes many nights at once: all or none.
pub async fn update(app: &App, staff: &Staff<RatesWrite>, key: &IdempotencyKey, request: UpdateRates) -> Result<Answer> {
    let UpdateRates { property_id, updates } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let property = lock_property(conn, &staff.scope, Some(property_id), "property").await?;
        let changes = Sold::load(conn, &property, now).await?.changes(&updates)?;
        let mut written = 0;
        for (cells, change) in &changes {
            written += write(conn, cells, change, &cause).await?;
        }
        if written == 0 {
            let nothing = UpdatesDone { property_id, cells: 0, updates: Vec::new() };
            return Ok(Answer { is_unchanged: true, ..Answer::done(&nothing)? });
        }
        let mut done = Vec::with_capacity(changes.len());
        for ((cells, _), update) in changes.iter().zip(&updates) {
            let set = serde_json::to_value(&update.set).map_err(Error::internal)?;
            done.push(record(conn, Uuid::now_v7(), cells, &set, &cause).await?);
        }
        let cells = done.iter().map(|update| i64::from(update.cells)).sum();
        let ids: Vec<Uuid> = done.iter().map(|update| update.id).collect();
        outbox::publish(conn, &cause, [updated(property_id, ids, cells)]).await?;
        Answer::done(&UpdatesDone { property_id, cells, updates: done })
    })
    .await
}

/// The event of one request, however many updates it has.
pub fn updated(property_id: Uuid, update_ids: Vec<Uuid>, cells: i64) -> Event {
    let event = Event::about::<Property>("rates.updated", Property::entity_of(property_id));
    event.with("rate_update_ids", update_ids).with("cells", cells)
}

/// Changes cells and puts that on record.
pub async fn put(conn: &Conn, cells: &Cells, change: &RateChange, set: &serde_json::Value, cause: &Cause) -> Result<UpdateDone> {
    put_as(conn, Uuid::now_v7(), cells, change, set, cause).await
}

/// Makes an update with the id that it is to have in the history.
pub async fn put_as(
    conn: &Conn,
    id: Uuid,
    cells: &Cells,
    change: &RateChange,
    set: &serde_json::Value,
    cause: &Cause,
) -> Result<UpdateDone> {
    write(conn, cells, change, cause).await?;
    record(conn, id, cells, set, cause).await
}

/// Changes cells, and returns how many of them were not so already.
async fn write(conn: &Conn, cells: &Cells, change: &RateChange, cause: &Cause) -> Result<usize> {
    let written = repository::put(conn, cells, change, cause.at).await?;
    if change.clears() {
        repository::sweep(conn, cells).await?;
    }
    Ok(written)
}

/// Puts a change of cells into the history.
async fn record(conn: &Conn, id: Uuid, cells: &Cells, set: &serde_json::Value, cause: &Cause) -> Result<UpdateDone> {
    let count = i32::try_from(cells.count()).map_err(Error::internal)?;
    repository::record(conn, id, cells, set, count, cause).await?;
    Ok(UpdateDone { id, cells: count })
}

/// Changes the nights that a spreadsheet names.
pub async fn import(
    app: &App,
    staff: &Staff<RatesWrite>,
    key: &IdempotencyKey,
    query: &ImportQuery,
    file: Bytes,
) -> Result<Answer> {
    let property_id = query.property_id;
    staff.at(property_id)?;
    let sheet = sheets::open(app, file, import::COLUMNS).await?;
    let (options, cause) = (query.options(), staff.caller.cause(app.clock.now()));
    app.change(key, async |conn| {
        let wanted = Import { scope: &staff.scope, property_id, options, cause: &cause, progress: SILENT };
        import::import(conn, &wanted, sheet.rows).await?.into_answer(&options)
    })
    .await
}

/// Room types and plans that a hotel sells, for checking updates.
pub struct Sold {
    property_id: Uuid,
    today: NaiveDate,
    currency: Currency,
    pub plans: HashMap<Uuid, RatePlan>,
    room_types: BTreeSet<Uuid>,
    pairs: BTreeSet<(Uuid, Uuid)>,
    bands: Vec<AgeBand>,
}

impl Sold {
    pub async fn load(conn: &Conn, property: &Property, now: chrono::DateTime<chrono::Utc>) -> Result<Self> {
        let of_property = &[property.id];
        let (plans, types, room_types, bands) = try_join!(
            plans::list(conn, property.id),
            plans::types_of_plans(conn, property.id),
            plans::room_types_of(conn, property.id),
            pricing::bands_of(conn, of_property),
        )?;
        Ok(Self {
            property_id: property.id,
            today: property.business_date(now),
            currency: property.currency,
            plans: plans.into_iter().map(|plan| (plan.id, plan)).collect(),
            room_types: room_types.into_iter().map(|(id, ..)| id).collect(),
            pairs: types.into_iter().map(|row| (row.rate_plan_id, row.room_type_id)).collect(),
            bands,
        })
    }

    /// The updates as cells and changes, all of them checked.
    fn changes(&self, updates: &[RateUpdateIn]) -> Result<Vec<(Cells, RateChange)>> {
        let mut errors = Vec::new();
        let mut changes = Vec::with_capacity(updates.len());
        for (n, update) in updates.iter().enumerate() {
            let at = format!("/updates/{n}");
            let change = self.change(&update.set, &format!("{at}/set"), &mut errors);
            self.check(update, &change, &at, &mut errors);
            changes.push((self.cells(update), change));
        }
        all_valid(errors)?;
        let count = changes.iter().fold(0_i64, |count, (cells, _)| count.saturating_add(cells.count()));
        if count > MAX_CELLS {
            let detail = format!("{count} nights of room types in plans; at most {MAX_CELLS} can be changed at once");
            return Err(Error::invalid("/updates", detail));
        }
        Ok(changes)
    }

    pub fn cells(&self, update: &RateUpdateIn) -> Cells {
        let sorted = |ids: &[Uuid]| BTreeSet::from_iter(ids.iter().copied()).into_iter().collect();
        Cells {
            property_id: self.property_id,
            rate_plan_ids: sorted(&update.rate_plan_ids),
            room_type_ids: sorted(&update.room_type_ids),
            from: update.from,
            to: update.to,
            weekdays: update.weekdays.as_deref().map_or(ALL_WEEKDAYS, weekday_mask),
        }
    }

    pub fn check(&self, update: &RateUpdateIn, change: &RateChange, at: &str, errors: &mut Vec<FieldError>) {
        let mut refuse = |pointer: String, detail: String| errors.push(FieldError::body(pointer, detail));
        if update.from < self.today {
            refuse(format!("{at}/from"), format!("must not be before {}, the hotel's business date", self.today));
        }
        if update.to < update.from {
            refuse(format!("{at}/to"), "must not be before from".into());
        } else if update.to - update.from > chrono::TimeDelta::days(MAX_CELLS) {
            refuse(format!("{at}/to"), "is too far away".into());
        }
        if change.is_empty() {
            refuse(format!("{at}/set"), "must name what is to change".into());
        }
        for (m, room_type_id) in update.room_type_ids.iter().enumerate().filter(|(_, id)| !self.room_types.contains(id)) {
            let _ = room_type_id;
            refuse(format!("{at}/room_type_ids/{m}"), "is not a room type of the property".into());
        }
        for (m, plan_id) in update.rate_plan_ids.iter().enumerate() {
            let pointer = format!("{at}/rate_plan_ids/{m}");
            let Some(plan) = self.plans.get(plan_id) else {
                refuse(pointer, "is not a rate plan of the property".into());
                continue;
            };
            if plan.parent_id.is_some() && change.has_prices() {
                refuse(pointer.clone(), format!("{} is a derived plan: it takes its prices from its parent", plan.code));
            }
            let known = update.room_type_ids.iter().enumerate().filter(|(_, id)| self.room_types.contains(id));
            for (k, _) in known.filter(|(_, id)| !self.pairs.contains(&(*plan_id, **id))) {
                refuse(format!("{at}/room_type_ids/{k}"), format!("is not sold by the plan {}", plan.code));
            }
        }
    }

    pub fn change(&self, set: &RateSet, at: &str, errors: &mut Vec<FieldError>) -> RateChange {
        let RateSet {
            price,
            extra_adult,
            extra_children,
            min_stay,
            max_stay,
            closed_to_arrival,
            closed_to_departure,
            stop_sell,
            min_advance_days,
            max_advance_days,
            min_stay_through,
        } = set;
        for (pointer, low, high, name) in [
            ("max_stay", min_stay, max_stay, "min_stay"),
            ("max_advance_days", min_advance_days, max_advance_days, "min_advance_days"),
        ] {
            if low.flatten().zip(high.flatten()).is_some_and(|(low, high)| low > high) {
                errors.push(FieldError::body(format!("{at}/{pointer}"), format!("must be at least {name}")));
            }
        }
        RateChange {
            price_minor: price.map(|price| minor(price, &format!("{at}/price"), self.currency, errors)),
            extra_adult_minor: extra_adult.map(|price| minor(price, &format!("{at}/extra_adult"), self.currency, errors)),
            extra_children: extra_children.as_ref().map(|prices| {
                let prices = prices.as_ref()?;
                Some(child_minors(prices, &format!("{at}/extra_children"), &self.bands, self.currency, errors))
            }),
            min_stay: *min_stay,
            max_stay: *max_stay,
            closed_to_arrival: *closed_to_arrival,
            closed_to_departure: *closed_to_departure,
            stop_sell: *stop_sell,
            min_advance_days: *min_advance_days,
            max_advance_days: *max_advance_days,
            min_stay_through: *min_stay_through,
        }
    }
}

fn weekday_mask(days: &[Weekday]) -> i16 {
    Weekday::ALL.iter().zip(0..).filter(|(day, _)| days.contains(day)).map(|(_, bit)| 1_i16 << bit).sum()
}

/// Returns the values that hold night by night, with their sources.
pub async fn show(app: &App, staff: &Staff<RatesRead>, query: &RateQuery) -> Result<Vec<CellOut>> {
    staff.at(query.property_id)?;
    check_nights(query)?;
    let conn = app.db.conn().await?;
    let property_id = query.property_id;
    let (property, plans, types, room_types) = try_join!(
        properties::find(&conn, property_id),
        plans::list(&conn, property_id),
        plans::types_of_plans(&conn, property_id),
        plans::room_types_of(&conn, property_id),
    )?;
    let property = property.or_404("property")?;
    let shown: Vec<&RatePlanRoomType> = types
        .iter()
        .filter(|row| query.rate_plan_id.is_none_or(|id| row.rate_plan_id == id))
        .filter(|row| query.room_type_id.is_none_or(|id| row.room_type_id == id))
        .collect();
    let nights = usize::try_from((query.to - query.from).num_days() + 1).map_err(Error::internal)?;
    if shown.len().saturating_mul(nights) > MAX_CELLS_SHOWN {
        let detail = format!("asks for more than {MAX_CELLS_SHOWN} values; ask for fewer nights, one plan or one room type");
        return Err(Error::invalid_fields(vec![FieldError::query("to", detail)]));
    }
    // Also of the plans from which these are derived.
    let plan_ids: Vec<Uuid> = plans.iter().map(|plan| plan.id).collect();
    let type_ids: Vec<Uuid> = BTreeSet::from_iter(shown.iter().map(|row| row.room_type_id)).into_iter().collect();
    let rates = repository::nights_of(&conn, property_id, &plan_ids, &type_ids, query.from, query.to).await?;
    let table = Table {
        currency: property.currency,
        plans: plans.iter().map(|plan| (plan.id, plan)).collect(),
        types: types.iter().map(|row| ((row.rate_plan_id, row.room_type_id), row)).collect(),
        rates: rates.iter().map(|rate| ((rate.rate_plan_id, rate.room_type_id, rate.night), rate)).collect(),
        room_types: room_types.into_iter().map(|(id, price, adults)| (id, (price, adults))).collect(),
    };
    Ok(shown.into_iter().filter_map(|row| table.cell(row, query)).collect())
}

fn check_nights(query: &RateQuery) -> Result<()> {
    let nights = (query.to - query.from).num_days() + 1;
    let detail = match nights {
        ..=0 => "must not be before from".to_owned(),
        1..=MAX_NIGHTS_SHOWN => return Ok(()),
        _ => format!("must be at most {MAX_NIGHTS_SHOWN} nights from the first one"),
    };
    Err(Error::invalid_fields(vec![FieldError::query("to", detail)]))
}

/// Values of some nights, to look up.
struct Table<'a> {
    currency: Currency,
    plans: HashMap<Uuid, &'a RatePlan>,
    types: HashMap<(Uuid, Uuid), &'a RatePlanRoomType>,
    rates: HashMap<(Uuid, Uuid, NaiveDate), &'a Rate>,
    /// Base price of each room type, and the adults that it takes.
    room_types: HashMap<Uuid, (i64, i32)>,
}

impl Table<'_> {
    fn said(&self, plan_id: Uuid, room_type_id: Uuid, night: NaiveDate) -> Option<Said<'_>> {
        Some(Said {
            plan: self.plans.get(&plan_id)?,
            of_type: self.types.get(&(plan_id, room_type_id)).copied(),
            night: self.rates.get(&(plan_id, room_type_id, night)).copied(),
        })
    }

    fn cell(&self, row: &RatePlanRoomType, query: &RateQuery) -> Option<CellOut> {
        let RatePlanRoomType { rate_plan_id, room_type_id, .. } = *row;
        let parent_id = self.plans.get(&rate_plan_id)?.parent_id;
        let priced_by = self.types.get(&(parent_id.unwrap_or(rate_plan_id), room_type_id))?;
        let (base_price, max_adults) = *self.room_types.get(&room_type_id)?;
        let night = |night| {
            let own = self.said(rate_plan_id, room_type_id, night)?;
            let parent = parent_id.and_then(|parent_id| self.said(parent_id, room_type_id, night));
            Some(self.night(night, own, parent, base_price))
        };
        Some(CellOut {
            rate_plan_id,
            room_type_id,
            included_adults: priced_by.included_adults.unwrap_or(max_adults),
            nights: query.from.iter_days().take_while(|date| *date <= query.to).filter_map(night).collect(),
        })
    }

    fn night(&self, night: NaiveDate, own: Said<'_>, parent: Option<Said<'_>>, base_price: i64) -> RateNight {
        let money = |minor| Money::new(minor, self.currency);
        let effective::Prices { price, extra_adult, extra_children } = effective::prices(own, parent, base_price);
        let flag = |of_night: fn(&Rate) -> Option<bool>| effective::restriction(own, parent, of_night, |_| None).map(valued);
        let number = |of_night: fn(&Rate) -> Option<i32>, of_plan: fn(&RatePlan) -> Option<i32>| {
            effective::restriction(own, parent, of_night, of_plan).map(valued)
        };
        RateNight {
            night,
            price: valued((money(price.0), price.1)),
            extra_adult: valued((money(extra_adult.0), extra_adult.1)),
            extra_children: ValuedChildren {
                value: extra_children.0.0.into_iter().map(|(code, minor)| (code, money(minor))).collect(),
                source: extra_children.1,
            },
            min_stay: number(|night| night.min_stay, |plan| plan.min_stay),
            max_stay: number(|night| night.max_stay, |plan| plan.max_stay),
            closed_to_arrival: flag(|night| night.closed_to_arrival),
            closed_to_departure: flag(|night| night.closed_to_departure),
            stop_sell: flag(|night| night.stop_sell),
            min_advance_days: number(|night| night.min_advance_days, |plan| plan.min_advance_days),
            max_advance_days: number(|night| night.max_advance_days, |plan| plan.max_advance_days),
            min_stay_through: number(|night| night.min_stay_through, |_| None),
        }
    }
}

fn valued<T>((value, source): (T, Source)) -> Valued<T> {
    Valued { value, source }
}

/// Returns the updates of rates, newest first.
pub async fn history(app: &App, staff: &Staff<RatesRead>, query: &UpdatesQuery, page: &PageQuery) -> Result<Page<RateUpdateOut>> {
    let UpdatesQuery { property_id, rate_plan_id, room_type_id, night } = *query;
    staff.at(property_id)?;
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let of = UpdatesOf { property_id, rate_plan_id, room_type_id, night };
    let rows = repository::history(&conn, of, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |row| row.id)?;
    let actors: Vec<_> = items.iter().map(|row| (row.actor_kind, row.actor_id)).collect();
    let names = Names::read(&conn, &actors).await?;
    let items = items.into_iter().map(|row| RateUpdateOut::new(row, &names)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor })
}
