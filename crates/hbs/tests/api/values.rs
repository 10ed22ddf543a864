//! Values of bodies and queries: what the document allows is read, and what it does not allow is refused. That it is read says
//! nothing of what it comes to: the requests are about things that are not there.
use crate::every_route::{Access, Call, Operation, operations};
use crate::support::{Client, Reply, TestApp};
use crate::texts::{document, is_of_type, put, walk};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A place in a body, as the document describes it.
#[derive(Debug, Default)]
struct Input {
    may_be_null: bool,
    is_date: bool,
    /// An integer that is allowed there.
    integer: Option<i32>,
}

/// The places in an operation's body by the keys that lead there.
fn inputs<'d>(document: &'d Value, operation: &'d Value) -> BTreeMap<Vec<&'d str>, Input> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut inputs: BTreeMap<Vec<&str>, Input> = BTreeMap::new();
    walk(document, schema, &[], &mut |at, schema| {
        let input = inputs.entry(at.to_vec()).or_default();
        let is_anything = ["type", "oneOf", "anyOf", "allOf"].iter().all(|key| schema[*key].is_null());
        input.may_be_null |= is_anything || is_of_type(schema, "null");
        input.is_date |= schema["format"] == "date";
        if is_of_type(schema, "integer") && schema["enum"].is_null() {
            input.integer = Some(schema["minimum"].as_i64().and_then(|least| i32::try_from(least).ok()).unwrap_or(1));
        }
    });
    // The whole body is no member of anything.
    inputs.remove(&Vec::new());
    inputs
}

/// A call about things that are not there. What is no id in the address is one of the words and languages that there are.
fn call(operation: &Operation) -> Call {
    let names = operation.path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let part = |name: &str| match name {
        "kind" => "broadcast".to_owned(),
        "locale" => "en".to_owned(),
        _ => Uuid::nil().to_string(),
    };
    names.fold(Call::plain(), |call, (name, _)| call.and(&part(name)))
}

/// Returns the words about the value at a pointer, if there are any.
fn found(reply: &Reply, pointer: &str) -> String {
    let errors = reply.body["errors"].as_array().into_iter().flatten();
    let mut about = errors.filter(|error| error["pointer"] == pointer).filter_map(|error| error["detail"].as_str());
    about.next().unwrap_or_default().to_owned()
}

/// People who may do anything that can be done.
struct People {
    admin: Client,
    guest: Client,
    anybody: Client,
}

impl People {
    async fn of(app: &TestApp) -> Self {
        Self { admin: app.admin().await, guest: app.guest().await, anybody: app.anonymous() }
    }

    fn who_may(&self, operation: &Operation) -> &Client {
        match operation.access {
            Access::Public => &self.anybody,
            Access::SignedIn => &self.guest,
            Access::OwnOr(_) | Access::Staff(_) => &self.admin,
        }
    }

    /// Sends a body with a value at one place; the answer, and the pointer to the value.
    async fn send(&self, operation: &Operation, at: &[&str], value: Value) -> (Reply, String) {
        let mut body = json!({});
        let pointer = put(&mut body, at, value);
        (operation.call(self.who_may(operation), &call(operation).json(&body)).await, pointer)
    }
}

#[tokio::test]
async fn null_whole_numbers_and_dates_are_read_as_the_document_tells() {
    let app = TestApp::new().await;
    let people = People::of(&app).await;
    let document = document();
    let (mut nulls, mut numbers, mut dates, mut faults) = (0, 0, 0, Vec::new());
    // Whoever erases themselves with a null is gone for all that follows.
    for operation in operations(&app.app.config).iter().filter(|operation| operation.id != "erase_me") {
        let mut check = |is_right: bool, what: &str, reply: &Reply| {
            if !is_right {
                faults.push(format!("{} {what}: {} {}", operation.id, reply.status, reply.body));
            }
        };
        for (at, Input { may_be_null, is_date, integer }) in &inputs(&document, &operation.document) {
            let (reply, pointer) = people.send(operation, at, Value::Null).await;
            if *may_be_null {
                let is_read = !found(&reply, &pointer).contains("invalid type: null") && reply.code() != "request.malformed";
                check(is_read, &format!("refuses null at {pointer}"), &reply);
            } else {
                check(reply.status == 422, &format!("takes null at {pointer}"), &reply);
            }
            nulls += 1;
            if let Some(integer) = integer {
                let (reply, pointer) = people.send(operation, at, json!(f64::from(*integer))).await;
                check(!found(&reply, &pointer).contains("invalid type"), &format!("refuses {integer}.0 at {pointer}"), &reply);
                let (reply, _) = people.send(operation, at, json!(f64::from(*integer) + 0.5)).await;
                check(reply.status == 422, &format!("takes {integer}.5 at {pointer}"), &reply);
                numbers += 1;
            }
            if *is_date {
                for far_off in ["1899-12-31", "3000-01-01"] {
                    let (reply, pointer) = people.send(operation, at, json!(far_off)).await;
                    let is_refused = reply.status == 422 && found(&reply, &pointer).contains("is not a date");
                    check(is_refused, &format!("takes {far_off} at {pointer}"), &reply);
                }
                dates += 1;
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(nulls > 400 && numbers > 50 && dates > 40, "{nulls} nulls, {numbers} numbers, {dates} dates");
}

#[tokio::test]
async fn dates_of_a_query_are_of_the_years_that_the_document_tells() {
    let app = TestApp::new().await;
    let people = People::of(&app).await;
    let mut asked = 0;
    for operation in &operations(&app.app.config) {
        let parameters = operation.document["parameters"].as_array().into_iter().flatten();
        let of_query: Vec<&Value> = parameters.filter(|parameter| parameter["in"] == "query").collect();
        for parameter in of_query.iter().filter(|parameter| parameter["schema"]["format"] == "date") {
            let name = parameter["name"].as_str().expect("a name");
            // The hotel and the other dates that are needed are there: they may be read first.
            let others = of_query.iter().filter(|other| other["required"] == true && other["name"] != name);
            let plain = others.fold(call(operation), |call, other| match other["name"].as_str().expect("a name") {
                "property_id" => call.query("property_id", &Uuid::nil().to_string()),
                other_name if other["schema"]["format"] == "date" => call.query(other_name, "2026-12-01"),
                _ => call,
            });
            assert!(parameter["schema"]["pattern"].is_string(), "{} {name}", operation.id);
            for far_off in ["1899-12-31", "3000-01-01"] {
                let reply = operation.call(people.who_may(operation), &plain.clone().query(name, far_off)).await;
                assert_eq!(
                    (reply.status, reply.pointers()),
                    (422, vec![format!("/{name}").as_str()]),
                    "{} {far_off}",
                    operation.id
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 40, "{asked} dates sent");
}
