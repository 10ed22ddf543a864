//! Rates of the demo hotels: three plans, dearer in summer and at weekends, a city tax.
use super::data::{Hotel, TypeSpec};
use super::type_id;
use crate::domains::extras::{self, Extra, ExtraDay, PostedPer};
use crate::domains::properties::Property;
use crate::domains::rates::{
    self, AgeBand, Board, CancellationPolicyFields, Cells, DerivationKind, ExtraChildren, FeeKind, FeeTaxColumns, PaymentPolicy,
    RatePlan, RatePlanFields, RatePlanRoomType, TaxKind, TaxRuleFields,
};
use crate::money::Money;
use crate::outbox::{Cause, Event};
use crate::stores::postgres::Conn;
use crate::texts::Texts;
use crate::{Error, Result};
use chrono::{Datelike, Days, NaiveDate};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const WHOLE_PPM: i64 = 1_000_000;
/// Bits of Friday and Saturday; bit 0 is Monday.
const WEEKEND: i16 = 0b011_0000;
const ALL_WEEKDAYS: i16 = 0b111_1111;

/// Writes plans, rates, age bands and what taxes there are besides percentages. `nights` from today
/// on have seasonal prices.
pub async fn write(conn: &Conn, property: &Property, hotel: &Hotel, nights: u64, cause: &Cause) -> Result<Vec<Event>> {
    let mut events = vec![write_bands(conn, property, cause).await?];
    if let Some(minor) = hotel.city_tax_minor {
        events.push(write_city_tax(conn, property.id, minor, cause).await?);
    }
    let plans = write_plans(conn, property, hotel, cause, &mut events).await?;
    let dinner = write_extras(conn, property, hotel, cause, &mut events).await?;
    if let Some(half_board) = plans.last() {
        rates::set_included_extras(conn, half_board, &[(dinner, 1)], cause.at).await?;
        let included = json!([{"extra_id": dinner, "quantity": 1}]);
        events.push(Event::of("rate_plan.updated", half_board).and("included_extras", [(); 0], included));
    }
    if let Some(flexible) = plans.first() {
        events.push(write_rates(conn, property, hotel, flexible, nights, cause).await?);
    }
    Ok(events)
}

async fn write_bands(conn: &Conn, property: &Property, cause: &Cause) -> Result<Event> {
    let band = |code: &str, min_age, max_age| AgeBand { property_id: property.id, code: code.into(), min_age, max_age };
    let bands = [band("infant", 0, 2), band("child", 3, 11), band("teen", 12, 17)];
    rates::replace_age_bands(conn, property.id, &bands, cause.at).await?;
    Ok(Event::of("age_bands.updated", property).and("age_bands", [(); 0], &bands))
}

async fn write_city_tax(conn: &Conn, property_id: Uuid, minor: i64, cause: &Cause) -> Result<Event> {
    let fields = TaxRuleFields {
        min_age: Some(13),
        max_nights: Some(7),
        ..TaxRuleFields::added("City tax", TaxKind::PerPersonNight, minor)
    };
    let rule = rates::insert_tax_rule(conn, property_id, &fields, cause.at).await?;
    Ok(Event::created(&rule))
}

/// Writes the plans: flexible with breakfast, which is the default, and two that are derived from it.
async fn write_plans(
    conn: &Conn,
    property: &Property,
    hotel: &Hotel,
    cause: &Cause,
    events: &mut Vec<Event>,
) -> Result<Vec<RatePlan>> {
    let free = write_policy(conn, property.id, false, cause, events).await?;
    let strict = write_policy(conn, property.id, true, cause, events).await?;
    let flexible =
        RatePlanFields { board: Board::Breakfast, is_default: true, ..rates::room_only("FLEX", "Flexible with breakfast", free) };
    let flexible = rates::insert_plan(conn, property.id, &flexible, cause.at).await?;
    let derived = |kind, value, fields| RatePlanFields {
        parent_id: Some(flexible.id),
        derivation_kind: Some(kind),
        derivation_value: Some(value),
        ..fields
    };
    let saver = RatePlanFields {
        board: Board::Breakfast,
        payment_policy: PaymentPolicy::PayNow,
        ..rates::room_only("SAVER", "Non-refundable with breakfast", strict)
    };
    let half_board = RatePlanFields { board: Board::HalfBoard, ..rates::room_only("HALF", "Flexible with half board", free) };
    let saver = derived(DerivationKind::Percent, -WHOLE_PPM / 10, saver);
    let half_board = derived(DerivationKind::Amount, hotel.units(50), half_board);
    let saver = rates::insert_plan(conn, property.id, &saver, cause.at).await?;
    let half_board = rates::insert_plan(conn, property.id, &half_board, cause.at).await?;
    let plans = vec![flexible, saver, half_board];
    for plan in &plans {
        let types: Vec<RatePlanRoomType> = hotel.types.iter().map(|spec| plan_type(plan, hotel, spec)).collect();
        rates::put_plan_types(conn, &types, cause.at).await?;
        events.push(Event::created(plan).with("room_types", &types));
    }
    Ok(plans)
}

/// Writes what is sold beside the room, with the taxes of nights, and returns the dinner, which half board has in its price.
async fn write_extras(conn: &Conn, property: &Property, hotel: &Hotel, cause: &Cause, events: &mut Vec<Event>) -> Result<Uuid> {
    let taxes = rates::vat_rules(conn, property.id).await?;
    let extra = |name: &str, units: i64, posted: PostedPer, day: ExtraDay| Extra {
        property_id: property.id,
        id: Uuid::now_v7(),
        name: name.into(),
        description: String::new(),
        texts: Texts::default().to_json(),
        price_minor: hotel.units(units),
        posted,
        day,
        min_quantity: 1,
        max_quantity: None,
        is_archived: false,
        version: 1,
        created_at: cause.at,
        updated_at: cause.at,
        child_prices: ExtraChildren::default(),
    };
    let dinner = extra("Dinner", 25, PostedPer::PersonNight, ExtraDay::Night);
    let id = dinner.id;
    let all = [
        extra("Breakfast in the room", 18, PostedPer::PersonNight, ExtraDay::NextDay),
        extra("Parking", 12, PostedPer::Night, ExtraDay::Night),
        extra("Airport transfer", 45, PostedPer::Once, ExtraDay::Arrival),
        dinner,
    ];
    for extra in all {
        extras::insert(conn, &extra).await?;
        extras::set_taxes(conn, &extra, &taxes, cause.at).await?;
        events.push(Event::created(&extra).with("tax_rule_ids", &taxes));
    }
    Ok(id)
}

fn plan_type(plan: &RatePlan, hotel: &Hotel, spec: &TypeSpec) -> RatePlanRoomType {
    let is_derived = plan.parent_id.is_some();
    let extras = if is_derived { BTreeMap::new() } else { BTreeMap::from([("teen".into(), hotel.units(15))]) };
    RatePlanRoomType {
        property_id: plan.property_id,
        rate_plan_id: plan.id,
        room_type_id: type_id(plan.property_id, spec),
        price_minor: None,
        included_adults: None,
        extra_adult_minor: 0,
        extra_children: ExtraChildren(extras),
        day_price_minor: None,
    }
}

async fn write_policy(
    conn: &Conn,
    property_id: Uuid,
    is_non_refundable: bool,
    cause: &Cause,
    events: &mut Vec<Event>,
) -> Result<Uuid> {
    let (code, name) =
        if is_non_refundable { ("NONREF", "Non-refundable") } else { ("FREE24", "Free until 24 hours before arrival") };
    let fields = CancellationPolicyFields {
        code: code.into(),
        name: name.into(),
        description: String::new(),
        texts: Texts::default().to_json(),
        is_non_refundable,
        no_show_fee_kind: FeeKind::Percent,
        no_show_fee_value: WHOLE_PPM,
        fee_tax: FeeTaxColumns::NONE,
    };
    let policy = rates::insert_policy(conn, property_id, &fields, cause.at).await?;
    if !is_non_refundable {
        rates::set_windows(conn, &policy, &[(24, FeeKind::Percent, WHOLE_PPM)], cause.at).await?;
    }
    events.push(Event::created(&policy));
    Ok(policy.id)
}

/// A fifth more at weekends, and two fifths more in June, July and August. One statement for all, and on record as
/// staff would have entered it.
async fn write_rates(
    conn: &Conn,
    property: &Property,
    hotel: &Hotel,
    plan: &RatePlan,
    nights: u64,
    cause: &Cause,
) -> Result<Event> {
    let today = property.business_date(cause.at);
    let spans = spans(today, today + Days::new(nights));
    let kinds: Vec<(Uuid, i64)> =
        hotel.types.iter().map(|spec| (type_id(property.id, spec), spec.price_minor / hotel.units(1))).collect();
    // To whole units of the currency.
    let price = |units: i64, tenths: i64| hotel.units(units * tenths / 10);
    let mut prices = Vec::new();
    for night in today.iter_days().take_while(|night| *night <= today + Days::new(nights)) {
        // What was entered last holds.
        if let Some(span) = spans.iter().rev().find(|span| span.has(night)) {
            prices.extend(kinds.iter().map(|(kind, units)| (night, *kind, price(*units, span.tenths))));
        }
    }
    rates::fill_prices(conn, plan, &prices, cause.at).await?;
    let (mut ids, mut count) = (Vec::new(), 0_i64);
    for span in &spans {
        for (kind, units) in &kinds {
            let cells = span.cells(plan, *kind);
            let set = json!({"price": Money::new(price(*units, span.tenths), property.currency)});
            let cells_count = i32::try_from(cells.count()).map_err(Error::internal)?;
            let id = Uuid::now_v7();
            rates::record_update(conn, id, &cells, &set, cells_count, cause).await?;
            ids.push(id);
            count += cells.count();
        }
    }
    Ok(Event::of("rates.updated", property).with("rate_update_ids", ids).with("cells", count))
}

/// Nights that cost so many tenths of the base price.
struct Span {
    from: NaiveDate,
    to: NaiveDate,
    weekdays: i16,
    tenths: i64,
}

fn spans(today: NaiveDate, last: NaiveDate) -> Vec<Span> {
    let mut spans = vec![Span { from: today, to: last, weekdays: WEEKEND, tenths: 12 }];
    for year in today.year()..=last.year() {
        let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today);
        let (from, to) = (day(6, 1).max(today), day(8, 31).min(last));
        if from <= to {
            spans.push(Span { from, to, weekdays: ALL_WEEKDAYS, tenths: 14 });
        }
    }
    spans
}

impl Span {
    fn has(&self, night: NaiveDate) -> bool {
        let weekday = 1 << night.weekday().num_days_from_monday();
        (self.from..=self.to).contains(&night) && self.weekdays & weekday != 0
    }

    fn cells(&self, plan: &RatePlan, room_type_id: Uuid) -> Cells {
        Cells {
            property_id: plan.property_id,
            rate_plan_ids: vec![plan.id],
            room_type_ids: vec![room_type_id],
            from: self.from,
            to: self.to,
            weekdays: self.weekdays,
        }
    }
}

impl Hotel {
    /// Returns an amount of units of the currency in minor ones. An amount in cents is an amount of yen as it stands.
    pub fn units(&self, units: i64) -> i64 {
        units * if self.currency == "JPY" { 1 } else { 100 }
    }
}
