//! Offers of the demo hotels, one of each kind. All but one need a code, so that the prices of the demo are those of its plans.
use super::data::Hotel;
use super::type_id;
use crate::domains::extras;
use crate::domains::offers::{self, CreateOffer};
use crate::domains::properties::Property;
use crate::domains::rates::{self, DerivationKind, RatePlan, RatePlanFields, RatePlanRoomType, pricing};
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

/// Share by which the rate of a company is less.
const COMPANY_PPM: i64 = -150_000;

/// Writes the offers of a hotel that has its plans and extras.
pub async fn write(conn: &Conn, property: &Property, hotel: &Hotel, cause: &Cause) -> Result<()> {
    let company = write_company_plan(conn, property, cause).await?;
    let parking = extras::of_properties(conn, &[property.id]).await?.into_iter().find(|offered| offered.extra.name == "Parking");
    let types: Vec<Uuid> = hotel.types.iter().map(|spec| type_id(property.id, spec)).collect();
    let money = |units: i64| json!(Money::new(hotel.units(units), property.currency));
    let family: Vec<Value> = types.iter().take(2).map(|id| json!({"room_type_id": id, "rooms": 1})).collect();
    let with_parking = parking.map(|offered| json!([{"extra_id": offered.extra.id}]));
    let by_code = |name: &str, code: &str, kind: &str| json!({"name": name, "kind": kind, "access": "code", "code": code});
    let all = [
        with(
            json!({"name": "Four weeks for less", "kind": "percent", "access": "automatic"}),
            json!({"percent": "20", "min_nights": 28}),
        ),
        with(by_code("Welcome", "WELCOME", "amount_per_stay"), json!({"amount": money(20), "first_booking_only": true})),
        with(
            by_code("Quiet nights", "MIDWEEK", "amount_per_night"),
            json!({"amount": money(10), "weekdays": ["mon", "tue", "wed", "thu"], "is_combinable": true}),
        ),
        with(
            by_code("Last minute", "TONIGHT", "fixed_price"),
            json!({"amount": money(69), "max_advance_days": 2, "max_per_day": 5}),
        ),
        with(
            by_code("Stay four nights, pay three", "4FOR3", "free_nights"),
            json!({"stay_nights": 4, "pay_nights": 3, "free_nights": "cheapest", "max_per_guest": 2}),
        ),
        with(by_code("Family", "FAMILY", "bundle"), json!({"percent": "15", "room_types": family})),
        with(by_code("Parking on the house", "PARKING", "included_extras"), json!({"extras": with_parking.unwrap_or(json!([]))})),
        with(by_code("Acme", "ACME", "plan_access"), json!({"rate_plan_ids": [company.id]})),
        with(
            json!({"name": "Vouchers", "kind": "percent", "access": "single_use_codes"}),
            json!({"percent": "25", "budget": money(5_000)}),
        ),
    ];
    for body in all {
        let body = with(json!({"property_id": property.id}), body);
        let offer: CreateOffer = serde_json::from_value(body).map_err(Error::internal)?;
        offers::add(conn, cause, property, offer).await?;
    }
    Ok(())
}

/// An object with the members of another one.
fn with(mut body: Value, members: Value) -> Value {
    if let (Value::Object(body), Value::Object(members)) = (&mut body, members) {
        body.extend(members);
    }
    body
}

/// Writes the rate of a company, which is hidden: less than the default plan, for the same types.
async fn write_company_plan(conn: &Conn, property: &Property, cause: &Cause) -> Result<RatePlan> {
    let rules = pricing::load_rules(conn, &[property.id]).await?.remove(&property.id).unwrap_or_default();
    let default = rules.plans.iter().find(|plan| plan.is_default);
    let default = default.ok_or_else(|| Error::internal("a demo hotel has no default plan"))?;
    let fields = RatePlanFields {
        board: default.board,
        parent_id: Some(default.id),
        derivation_kind: Some(DerivationKind::Percent),
        derivation_value: Some(COMPANY_PPM),
        is_hidden: true,
        ..rates::room_only("ACME", "Acme", default.cancellation_policy_id)
    };
    let plan = rates::insert_plan(conn, property.id, &fields, cause.at).await?;
    let mut types: Vec<RatePlanRoomType> = rules
        .tariff
        .rules
        .types
        .keys()
        .filter(|(of, _)| *of == default.id)
        .map(|(_, room_type_id)| RatePlanRoomType {
            property_id: property.id,
            rate_plan_id: plan.id,
            room_type_id: *room_type_id,
            price_minor: None,
            included_adults: None,
            extra_adult_minor: 0,
            extra_children: rates::ExtraChildren::default(),
            day_price_minor: None,
        })
        .collect();
    types.sort_by_key(|row| row.room_type_id);
    rates::put_plan_types(conn, &types, cause.at).await?;
    outbox::publish(conn, cause, [Event::created(&plan).with("room_types", &types)]).await?;
    Ok(plan)
}
