//! Plans, prices, policies and taxes, through the API.
mod adjusting;
mod age_bands;
mod importing;
mod night_rates;
mod plans;
mod policies;
mod taxes;

use crate::every_route::Exception::{ForKeysToo, MakesAnew, NotVersioned, Public};
use crate::every_route::{Call, Request, TO_LOOK, TODAY, World};
use crate::support::{Hotel, Reply};
use serde_json::{Value, json};

fn rule(hotel: &Hotel, name: &str, percent: &str) -> Value {
    json!({"property_id": hotel.id, "name": name, "percent": percent})
}

fn merged(base: &Value, change: &Value) -> Value {
    let mut all = base.clone();
    for (name, value) in change.as_object().expect("an object") {
        all[name] = value.clone();
    }
    all
}

async fn policy(hotel: &Hotel, code: &str) -> String {
    let body = json!({"property_id": hotel.id, "code": code, "name": code});
    hotel.manager.post("/v1/cancellation-policies", &body).await.expect(201).id().to_owned()
}

/// A plan that sells doubles and suites at base prices.
fn plan_body(hotel: &Hotel, code: &str, policy: &str) -> Value {
    json!({"property_id": hotel.id, "code": code, "name": code, "board": "breakfast", "payment_policy": "pay_at_property",
           "cancellation_policy_id": policy,
           "room_types": [{"room_type_id": hotel.double}, {"room_type_id": hotel.suite}]})
}

async fn plan(hotel: &Hotel, code: &str, policy: &str) -> String {
    hotel.manager.post("/v1/rate-plans", &plan_body(hotel, code, policy)).await.expect(201).id().to_owned()
}

async fn derived(hotel: &Hotel, code: &str, policy: &str, parent: &str, percent: &str) -> String {
    let body = merged(&plan_body(hotel, code, policy), &json!({"derivation": {"parent_id": parent, "percent": percent}}));
    hotel.manager.post("/v1/rate-plans", &body).await.expect(201).id().to_owned()
}

/// Changes all nights of a plan's doubles from one to another.
async fn set(hotel: &Hotel, plan: &str, from: &str, to: &str, set: Value) -> Reply {
    let update = json!({"rate_plan_ids": [plan], "room_type_ids": [hotel.double], "from": from, "to": to, "set": set});
    hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [update]})).await
}

/// The doubles of a plan, night by night.
async fn nights(hotel: &Hotel, plan: &str, from: &str, to: &str) -> Vec<Value> {
    let query = format!("property_id={}&rate_plan_id={plan}&room_type_id={}&from={from}&to={to}", hotel.id, hotel.double);
    let shown = hotel.manager.get(&format!("/v1/rates?{query}")).await.expect(200);
    shown.body["items"][0]["nights"].as_array().expect("nights").clone()
}

pub fn requests() -> Vec<Request> {
    [requests_of_plans(), requests_of_rates(), requests_of_policies(), requests_of_ages_and_taxes()]
        .into_iter()
        .flatten()
        .collect()
}

fn requests_of_plans() -> Vec<Request> {
    vec![
        Request::new("list_rate_plans", async |w| {
            a_plan(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_rate_plan", async |w| {
            let hotel = w.hotel().await;
            Call::plain().json(&plan_body(hotel, "NEW", &policy(hotel, "FLEX").await))
        }),
        Request::new("get_rate_plan", async |w| Call::to(&a_plan(w).await)).but(Public, TO_LOOK),
        Request::new("update_rate_plan", async |w| Call::to(&a_plan(w).await).json(&json!({"name": "Another name"}))),
        Request::new("delete_rate_plan", async |w| Call::to(&a_plan(w).await)),
    ]
}

fn requests_of_rates() -> Vec<Request> {
    vec![
        Request::new("get_rates", async |w| Call::about(w.property().await).query("from", TODAY).query("to", TODAY)),
        Request::new("update_rates", async |w| {
            let hotel = w.hotel().await;
            let update = json!({"rate_plan_ids": [a_plan(w).await], "room_type_ids": [hotel.double], "from": TODAY, "to": TODAY,
                                "set": {"min_stay": 2}});
            Call::plain().json(&json!({"property_id": hotel.id, "updates": [update]}))
        })
        .but(NotVersioned, "nights have no version each; who changed them when is in their history")
        .but(MakesAnew, "an update that changes a night is an entry of the history; of what is so already there is none"),
        Request::new("adjust_rates", async |w| {
            let hotel = w.hotel().await;
            let nights = json!({"property_id": hotel.id, "rate_plan_ids": [a_plan(w).await], "room_type_ids": [hotel.double],
                                "from": TODAY, "to": TODAY});
            Call::plain().json(&merged(&nights, &json!({"adjust": {"percent": "10"}})))
        }),
        Request::new("rate_history", async |w| Call::about(w.property().await)),
        Request::new("import_rates", async |w| {
            let prices = format!("rate_plan,room_type,from,price\nSTD,DBL,{TODAY},99.00\n");
            Call::about(w.property().await).file("text/csv", prices)
        }),
        Request::new("rates_template", async |_| Call::plain()).but(ForKeysToo, "an integration imports rates"),
    ]
}

fn requests_of_policies() -> Vec<Request> {
    vec![
        Request::new("list_cancellation_policies", async |w| {
            a_policy(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_cancellation_policy", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "code": "NEW", "name": "New"}))
        }),
        Request::new("get_cancellation_policy", async |w| Call::to(&a_policy(w).await)).but(Public, TO_LOOK),
        Request::new("update_cancellation_policy", async |w| Call::to(&a_policy(w).await).json(&json!({"name": "Another name"}))),
        Request::new("delete_cancellation_policy", async |w| Call::to(&a_policy(w).await)),
    ]
}

fn requests_of_ages_and_taxes() -> Vec<Request> {
    vec![
        Request::new("get_age_bands", async |w| Call::to(w.property().await)).but(Public, TO_LOOK),
        Request::new("set_age_bands", async |w| {
            Call::to(w.property().await).json(&json!({"bands": [{"code": "child", "min_age": 0, "max_age": 11}]}))
        }),
        Request::new("list_tax_rules", async |w| {
            a_tax(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_tax_rule", async |w| Call::plain().json(&rule(w.hotel().await, "City tax", "1"))),
        Request::new("get_tax_rule", async |w| Call::to(&a_tax(w).await)).but(Public, TO_LOOK),
        Request::new("update_tax_rule", async |w| Call::to(&a_tax(w).await).json(&json!({"percent": "13"}))),
        Request::new("delete_tax_rule", async |w| Call::to(&a_tax(w).await)),
    ]
}

async fn a_policy(w: &World) -> String {
    policy(w.hotel().await, "SPARE").await
}

async fn a_plan(w: &World) -> String {
    plan(w.hotel().await, "SPARE", &a_policy(w).await).await
}

async fn a_tax(w: &World) -> String {
    w.admin.post("/v1/tax-rules", &rule(w.hotel().await, "VAT", "6")).await.expect(201).id().to_owned()
}
