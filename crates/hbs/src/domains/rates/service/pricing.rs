//! Loading of a hotel's rates, for searches and sales.
use crate::domains::inventory::Nights;
use crate::domains::rates::model::{Rate, TariffRows};
use crate::domains::rates::repository::pricing;
use crate::domains::rates::rules::{DatedTax, HotelRates};
use crate::stores::postgres::Conn;
use diesel::QueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// Loads all that holds whatever the night, for some hotels. One round trip. Whoever sells takes it from the hotel's
/// [catalogue](crate::domains::catalogue), which remembers it.
pub async fn load_rules(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<HashMap<Uuid, HotelRates>> {
    let TariffRows { plans, plan_types, taxes, policies, windows, bands, included } = pricing::rules(conn, property_ids).await?;
    let mut by_property: HashMap<Uuid, TariffRows> = HashMap::with_capacity(property_ids.len());
    for row in plans {
        by_property.entry(row.property_id).or_default().plans.push(row);
    }
    for row in plan_types {
        by_property.entry(row.property_id).or_default().plan_types.push(row);
    }
    for row in taxes {
        by_property.entry(row.property_id).or_default().taxes.push(row);
    }
    let of_policy: HashMap<Uuid, Uuid> = policies.iter().map(|policy| (policy.id, policy.property_id)).collect();
    for row in policies {
        by_property.entry(row.property_id).or_default().policies.push(row);
    }
    for row in windows {
        // Those of policies that were removed stay.
        if let Some(property_id) = of_policy.get(&row.policy_id) {
            by_property.entry(*property_id).or_default().windows.push(row);
        }
    }
    for row in bands {
        by_property.entry(row.property_id).or_default().bands.push(row);
    }
    for row in included {
        by_property.entry(row.property_id).or_default().included.push(row);
    }
    Ok(by_property.into_iter().map(|(id, rows)| (id, HotelRates::from(rows))).collect())
}

/// Loads the taxes on nights of a hotel, with those that it has ended: what was sold under them keeps them.
pub async fn load_dated_taxes(conn: &Conn, property_id: Uuid) -> QueryResult<Vec<DatedTax>> {
    let rows = pricing::dated_taxes_of(conn, property_id).await?;
    Ok(rows.into_iter().map(|(rule, made_at, ended_at)| DatedTax { tax: rule.into(), made_at, ended_at }).collect())
}

/// Loads the rates of some nights, of some room types (None: all), with the day of departure: it may be closed to that.
pub async fn load_nights(conn: &Conn, property_id: Uuid, room_types: Option<&[Uuid]>, nights: Nights) -> QueryResult<Vec<Rate>> {
    match room_types {
        Some(types) => pricing::rates_of_types(conn, &[property_id], types, nights.from, nights.to).await,
        None => pricing::rates_of(conn, &[property_id], nights.from, nights.to).await,
    }
}

/// Loads the rates of all room types of many hotels, by hotel.
pub async fn load_nights_of(conn: &Conn, property_ids: &[Uuid], nights: Nights) -> QueryResult<HashMap<Uuid, Vec<Rate>>> {
    let mut by_property: HashMap<Uuid, Vec<Rate>> = HashMap::with_capacity(property_ids.len());
    for row in pricing::rates_of(conn, property_ids, nights.from, nights.to).await? {
        by_property.entry(row.property_id).or_default().push(row);
    }
    Ok(by_property)
}
