//! Offers of the hotel with limits: in all, for each guest, for each date and by a budget. However many book, change and cancel at
//! once, no more is sold of one than there is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::api::Api;
use crate::database::{Database, print_check};
use crate::error::{Context, Result};
use crate::hotel::{CURRENCY, Created, Property};

/// Codes of the offers that need one.
pub const CODES: [&str; 4] = ["SEVEN", "MINE", "DAILY", "PURSE"];
/// Time between two looks at what is sold.
const PAUSE: Duration = Duration::from_millis(50);

/// Adds an offer with each code and limit, and one that everybody gets as long as there is some.
pub async fn build(api: &Api, property: &Property) -> Result<()> {
    let [seven, mine, daily, purse] = CODES;
    let budget = json!({"amount": "2000.00", "currency": CURRENCY});
    for (name, percent, access, limit) in [
        ("Seven in all", "20", json!({"access": "code", "code": seven}), json!({"max_redemptions": 7})),
        ("Nine a guest", "15", json!({"access": "code", "code": mine}), json!({"max_per_guest": 9})),
        ("Eight a date", "12.5", json!({"access": "code", "code": daily}), json!({"max_per_day": 8})),
        ("By a budget", "10", json!({"access": "code", "code": purse}), json!({"budget": budget})),
        ("For everybody", "5", json!({"access": "automatic"}), json!({"max_per_day": 30})),
    ] {
        let mut body = json!({"property_id": property.id, "name": name, "kind": "percent", "percent": percent});
        for (member, value) in [access, limit].iter().filter_map(Value::as_object).flatten() {
            body[member] = value.clone();
        }
        api.post::<Created>("/offers", &body).await.context(format!("cannot add the offer {name:?}"))?;
    }
    Ok(())
}

/// Looks again and again, until the storm is over, whether more of an offer is counted or live than there is. Returns how often.
pub async fn watch(database: Option<&Database>, is_over: &AtomicBool) -> Result<i64> {
    let Some(database) = database else { return Ok(0) };
    let mut beyond = 0;
    while !is_over.load(Ordering::Relaxed) {
        beyond += database.offers_beyond_limits().await?;
        sleep(PAUSE).await;
    }
    print_check("at no instant was more of an offer sold than there is", beyond);
    Ok(beyond)
}
