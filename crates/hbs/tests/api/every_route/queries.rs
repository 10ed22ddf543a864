//! Tests of queries: what no operation knows, and dry runs.
use super::Asked;
use super::operation::{Operation, operations};
use super::request::Call;
use super::world::{Cast, World};
use crate::payments::an_online_payment;
use crate::refunds::{an_online_refund, an_online_refund_at_once};
use crate::support::{Client, Reply, eur};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Members that tell a dry run from the deed. What was not done is not proved.
const TELLING: [&str; 3] = ["dry_run", "is_dry_run", "proof"];

/// The table of the keys of requests.
const KEYS: &str = "idempotency_keys";

impl Asked<'_> {
    /// A slip in the query of a deed does not do the deed, nor does one in that of a list find everything.
    pub(super) async fn refuses_a_query_parameter_that_it_does_not_know(&self, person: &Client) {
        let Self { operation, call, .. } = self;
        let id = operation.id.as_str();
        let events = self.events().await;
        let mut unknown = vec!["no_such_parameter"];
        unknown.extend(Some("dry_run").filter(|name| !operation.takes(name)));
        for name in unknown {
            let reply = operation.call(person, &(*call).clone().query(name, "true")).await;
            assert_eq!((reply.status, reply.code()), (422, "request.invalid"), "{id}?{name}=true: {}", reply.body);
            assert_eq!(reply.pointers(), [format!("/{name}")], "{id}: {}", reply.body);
            assert_eq!(reply.body["errors"][0]["in"], "query", "{id}: {}", reply.body);
        }
        assert_eq!(self.events().await, events, "{id} had an effect");
    }
}

/// U1: a wish in a body does not do anything either where nobody reads bodies: it is refused, and an empty one is as good as
/// none.
#[tokio::test]
async fn a_body_that_an_operation_does_not_take_is_refused() {
    let cast = Cast::new().await;
    let app = &cast.app;
    let operations = operations(&app.app.config);
    let without = |operation: &&Operation| operation.document["requestBody"].is_null();
    for operation in operations.iter().filter(|operation| operation.headers.contains_key("Idempotency-Key")).filter(without) {
        let (id, world) = (&operation.id, World::new(&cast));
        let call = operation.request.make(&world).await;
        let person = world.right_person(operation).await;
        let events = app.number("SELECT count(*) FROM outbox").await;
        for (body, pointer) in [(json!({"dry_run": true}), "/dry_run"), (json!([true]), "")] {
            let reply = operation.call(&person, &call.clone().json(&body)).await;
            assert_eq!((reply.status, reply.code()), (422, "request.invalid"), "{id} with {body}: {}", reply.body);
            assert_eq!(reply.pointers(), [pointer], "{id}: {}", reply.body);
        }
        assert_eq!(app.number("SELECT count(*) FROM outbox").await, events, "{id} had an effect");
        operation.assert_done(&operation.call(&person, &call.json(&json!({}))).await);
    }
}

/// Headings of the operations that move money or rooms.
const MOVING: [&str; 10] =
    ["bookings", "change requests", "drawers", "folios", "groups", "invoices", "payments", "refunds", "room blocks", "waitlist"];

/// Operations under other headings that move rooms.
const ALSO_MOVING: [&str; 1] = ["block_room_of_issue"];

const OF_GATEWAY: &str = "what becomes of an order, the gateway says: it cannot be asked without being ordered";
const NOTHING_MOVES: &str = "no money and no room moves";

/// Operations that have no dry run, and why.
const NO_DRY_RUN: &[(&str, &str)] = &[
    ("acknowledge_payment", NOTHING_MOVES),
    ("cancel_payment_link", NOTHING_MOVES),
    ("claim_bookings", NOTHING_MOVES),
    ("close_drawer", "a drawer is counted blind: a dry run would tell what should be in it"),
    ("create_payment_link", NOTHING_MOVES),
    ("leave_guarantee", OF_GATEWAY),
    ("look_up_booking", NOTHING_MOVES),
    ("open_booking_link", NOTHING_MOVES),
    ("open_payment_link", NOTHING_MOVES),
    ("pay_payment_link", OF_GATEWAY),
    ("receive_demo_event", "what a gateway tells has happened"),
    ("receive_stripe_event", "what a gateway tells has happened"),
    ("refresh_payment", "what a gateway tells has happened"),
    ("retry_payment", OF_GATEWAY),
    ("send_invoice", NOTHING_MOVES),
    ("tell_fiscal_number", NOTHING_MOVES),
    ("update_booking", NOTHING_MOVES),
    ("update_invoice_settings", NOTHING_MOVES),
    ("update_payment_settings", NOTHING_MOVES),
];

/// Whatever moves money or rooms can be tried before, but for what is said here.
#[tokio::test]
async fn what_moves_money_or_rooms_has_a_dry_run() {
    let cast = Cast::new().await;
    let operations = operations(&cast.app.app.config);
    let moves = |operation: &&Operation| {
        let heading = operation.document["tags"][0].as_str().unwrap_or_default();
        operation.is_unsafe() && (MOVING.contains(&heading) || ALSO_MOVING.contains(&operation.id.as_str()))
    };
    let without = operations.iter().filter(moves).filter(|operation| !operation.takes("dry_run"));
    let without: BTreeSet<&str> = without.map(|operation| operation.id.as_str()).collect();
    let said: BTreeSet<&str> = NO_DRY_RUN.iter().map(|(id, _)| *id).collect();
    assert_eq!(without, said, "operations that move money or rooms and have no dry run, and those of which it is said why");
}

/// U1: a dry run tells what the deed comes to, and nothing is left of it: no row of any table, and no key.
#[tokio::test]
async fn a_dry_run_answers_as_the_deed_does_and_keeps_nothing() {
    let cast = Cast::new().await;
    let app = &cast.app;
    let operations = operations(&app.app.config);
    let rehearsable: Vec<&Operation> = operations.iter().filter(|operation| operation.takes("dry_run")).collect();
    for operation in rehearsable {
        let (id, world) = (&operation.id, World::new(&cast));
        let call = operation.request.make(&world).await;
        let dry_call = call.clone().query("dry_run", "true");
        let person = world.right_person(operation).await;
        let keyed = person.with("idempotency-key", "once");

        let before = app.row_versions().await;
        let dry = operation.call(&keyed, &dry_call).await;
        assert_eq!(app.row_versions().await, before, "{id} leaves something of a dry run");
        let done = operation.call(&keyed, &call).await;
        operation.assert_done(&done);
        let after = app.row_versions().await;
        let has_done = after.iter().any(|(table, rows)| table != KEYS && before.get(table) != Some(rows));
        assert!(has_done, "{id} did nothing: there was nothing to try");
        assert_same(id, &dry, &done);

        // Now mostly it cannot be done again: the same is refused for the same reason, and no key answers a dry run.
        let dry = operation.call(&keyed, &dry_call).await;
        assert_eq!(dry.header("idempotency-replayed"), "", "{id}: a dry run is answered by a key");
        assert_eq!(app.row_versions().await, after, "{id} leaves something of a dry run that is refused");
        // A dry run of an import is a report, also on rows for which the import is refused.
        if !id.starts_with("import_") {
            let again = operation.call(&person, &call).await;
            assert_same(id, &dry, &again);
        }
    }
}

const IF_DONE: &str = "the gateway may refuse or take its time: told is what comes of it where it does the order at once";

/// Operations with a dry run whose deed may ask a gateway: what a dry run cannot tell of it, as members of its answer, and why.
const BY_GATEWAY: &[(&str, &[&str], &str)] = &[
    ("approve_refund", &[], IF_DONE),
    ("capture_payment", &[], IF_DONE),
    ("charge_payments_due", &[], "both tell what is charged, and the payment tells how that went"),
    ("create_payment", &["next_action"], "no page has an address before the gateway opens it"),
    ("request_refund", &[], IF_DONE),
    ("retry_refund", &[], IF_DONE),
    ("void_payment", &[], IF_DONE),
];

/// A dry run of what a gateway does tells what the deed comes to where the gateway does it, and says so.
#[tokio::test]
async fn a_dry_run_of_what_a_gateway_does_answers_as_if_it_had_done_it() {
    let cast = Cast::new().await;
    let operations = operations(&cast.app.app.config);
    let description = |operation: &Operation| operation.document["description"].as_str().unwrap_or_default().to_lowercase();
    let of_gateway =
        operations.iter().filter(|operation| operation.takes("dry_run") && description(operation).contains("gateway"));
    let of_gateway: BTreeSet<&str> = of_gateway.map(|operation| operation.id.as_str()).collect();
    let said: BTreeSet<&str> = BY_GATEWAY.iter().map(|(id, ..)| *id).collect();
    assert_eq!(
        of_gateway, said,
        "operations with a dry run that speak of a gateway, and those of which it is said what they tell"
    );
    for (id, unknown, why) in BY_GATEWAY {
        let operation = operations.iter().find(|operation| operation.id == *id).expect(id);
        let told = description(operation).replace('\n', " ");
        assert!(
            told.contains("a dry run") && told.contains("asks no gateway"),
            "{id} does not say what its dry run tells: {told}"
        );
        let world = World::new(&cast);
        let call = match *id {
            "approve_refund" => Call::to(&an_online_refund(&world).await),
            "request_refund" => an_online_refund_at_once(&world).await,
            "capture_payment" | "void_payment" => Call::to(&an_online_payment(&world, "manual", Some("succeeds")).await),
            "create_payment" => {
                Call::plain().json(&json!({"booking_id": world.booking().await, "method": "gateway", "amount": eur("50.00")}))
            }
            _ => operation.request.make(&world).await,
        };
        let person = world.right_person(operation).await;
        let before = cast.app.row_versions().await;
        let mut dry = operation.call(&person, &call.clone().query("dry_run", "true")).await;
        assert_eq!(cast.app.row_versions().await, before, "{id} leaves something of a dry run");
        let mut done = operation.call(&person, &call).await;
        assert!(done.status < 300, "{id}: {}", done.body);
        for member in *unknown {
            let told = [&mut dry, &mut done].map(|reply| reply.body.as_object_mut().expect("an object").remove(*member));
            assert_ne!(told[0], told[1], "{id} tells {member} as it is: {why}");
        }
        assert_same(id, &dry, &done);
    }
}

/// Asserts that a dry run was answered as the deed was, but for the ids and references of what was made.
#[track_caller]
fn assert_same(id: &str, dry: &Reply, done: &Reply) {
    assert_eq!(dry.status, done.status, "{id}: {} in a dry run, and {}", dry.body, done.body);
    let difference = difference("", &dry.body, &done.body);
    assert!(difference.is_none(), "{id} differs in {difference:?}: {} in a dry run, and {}", dry.body, done.body);
}

/// Returns the place in which two bodies differ.
fn difference(place: &str, dry: &Value, done: &Value) -> Option<String> {
    match (dry, done) {
        (Value::Object(dry), Value::Object(done)) => {
            let told = |members: &Map<String, Value>| {
                members.keys().filter(|name| !TELLING.contains(&name.as_str())).cloned().collect::<Vec<_>>()
            };
            if told(dry) != told(done) {
                return Some(place.to_owned());
            }
            told(dry).iter().find_map(|name| difference(&format!("{place}/{name}"), &dry[name], &done[name]))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).enumerate().find_map(|(n, (dry, done))| difference(&format!("{place}/{n}"), dry, done))
        }
        _ => (dry != done && !are_made_each_time(place, dry, done)).then(|| place.to_owned()),
    }
}

/// Returns `true` for ids, references and hashes, which each attempt has others of, and for the id of a request. An import names
/// no ids in a dry run.
fn are_made_each_time(place: &str, dry: &Value, done: &Value) -> bool {
    let is_made = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        Uuid::try_parse(text).is_ok() || text.starts_with("HBS-") || place.ends_with("/request_id") || place.ends_with("/hash")
    };
    (is_made(dry) || dry.is_null() && place.ends_with("/id")) && is_made(done)
}
