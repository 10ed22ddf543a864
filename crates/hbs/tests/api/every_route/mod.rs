//! Tests of every operation in the OpenAPI document, also of those written tomorrow.
//!
//! Each domain's tests know one valid request for each of its operations, and what is special about
//! the operation. What is then asked of it follows from the document alone.
mod operation;
mod queries;
mod request;
mod texts;
mod world;

pub use operation::{Access, Operation, operations};
pub use request::{Call, Exception, Request, TO_LOOK};
pub use world::{Cast, TODAY, World};

use crate::bookings::guest_checkout::confirmed as confirmed_by_link;
use crate::support::{Client, HotelSpec, Reply, TestApp};
use Exception::{
    AnswersWith, AsksToo, ForAllProperties, ForKeysToo, ForLinksToo, ForPeopleOnly, KeyedForAll, MakesAnew, MayAsk, NotKeyed,
    NotVersioned, OfNoProperty, OfOwner, OwnOtherwise, Public, RefusedElsewhere,
};
use hbs::domains::authorization::DEFAULT_ROLES;
use hbs::security::permission::CATALOGUE;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn each_is_documented() {
    let app = TestApp::new().await;
    let operations = operations(&app.app.config);
    let whole = serde_json::to_value(hbs::server::document(&app.app.config)).expect("JSON");
    let ids: BTreeSet<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(ids.len(), operations.len(), "each operationId is there once");
    for operation in &operations {
        let Operation { id, document, answers, headers, .. } = operation;
        let is_text = |name: &str| document[name].as_str().is_some_and(|text| !text.trim().is_empty());
        assert!(is_text("summary"), "{id} has no summary");
        assert_eq!(document["tags"].as_array().map(Vec::len), Some(1), "{id} has one tag");
        assert!(answers.iter().any(|status| (200..300).contains(status)), "{id} documents no success");
        for (status, answer) in document["responses"].as_object().expect("an object") {
            let answer = answer["$ref"].as_str().map_or(answer, |shared| whole.pointer(&shared[1..]).expect("a shared answer"));
            assert!(answer["description"].is_string(), "{id}: {status}");
            if status.starts_with('4') {
                assert!(answer["content"]["application/problem+json"].is_object(), "{id}: {status} documents no body");
            }
        }
        let checks_credentials = operation.access == Access::Public && operation.path.starts_with("/v1/auth/");
        assert!(answers.contains(&401) == (operation.access != Access::Public) || checks_credentials, "{id}: 401");
        assert_eq!(answers.contains(&403), operation.access != Access::Public, "{id}: 403");
        if let Some(permission) = operation.permission() {
            assert!(
                document["description"].as_str().is_some_and(|text| text.contains(permission)),
                "{id} does not describe {permission}"
            );
        }
        let is_keyed = operation.access != Access::Public && !operation.is(NotKeyed) || operation.is(KeyedForAll);
        let takes_key = operation.is_unsafe() && is_keyed;
        assert_eq!(headers.contains_key("Idempotency-Key"), takes_key, "{id}: Idempotency-Key");
        assert_eq!(operation.requires_version(), operation.is_change() && !operation.is(NotVersioned), "{id}: If-Match");
        assert_eq!(answers.contains(&428), operation.requires_version(), "{id}: 428");
        assert_eq!(answers.contains(&412), headers.contains_key("If-Match"), "{id}: 412");
        assert_eq!(operation.access == Access::Public, operation.is(Public), "{id}: is it public, and may it be?");
    }
}

#[tokio::test]
async fn each_request_is_of_an_operation() {
    let app = TestApp::new().await;
    let operations = operations(&app.app.config);
    let ids = operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(operation::requests().into_keys().collect::<BTreeSet<_>>(), ids);
}

#[tokio::test]
async fn each_exception_excepts_from_something() {
    let app = TestApp::new().await;
    let operations = operations(&app.app.config);
    let documented: BTreeSet<&str> = operations.iter().filter_map(Operation::permission).collect();
    for operation in &operations {
        let exceptions = &operation.request.exceptions;
        for (exception, reason) in exceptions {
            let is_one = match exception {
                Public => operation.access == Access::Public,
                NotVersioned => operation.is_change(),
                NotKeyed => operation.is_unsafe() && operation.access != Access::Public,
                KeyedForAll => operation.is_unsafe() && operation.access == Access::Public,
                ForKeysToo | ForLinksToo | OfOwner => operation.access == Access::SignedIn,
                ForPeopleOnly | ForAllProperties | OfNoProperty | RefusedElsewhere(_) => operation.permission().is_some(),
                AsksToo(permission) => operation.permission().is_some_and(|documented| documented != *permission),
                MayAsk(permission) => !documented.contains(permission),
                OwnOtherwise => matches!(operation.access, Access::OwnOr(_)),
                MakesAnew => operation.is_change() && operation.method != http::Method::DELETE,
                AnswersWith(status) => !(200..300).contains(status),
            };
            assert!(is_one, "{}: {exception:?} ({reason}) excepts it from nothing", operation.id);
            let said = exceptions.iter().filter(|(other, _)| other == exception).count();
            assert_eq!(said, 1, "{}: {exception:?} is said more than once", operation.id);
        }
    }
}

#[tokio::test]
async fn every_permission_is_asked_for() {
    let app = TestApp::new().await;
    let operations = operations(&app.app.config);
    let documented = operations.iter().filter_map(Operation::permission);
    let by_values = operations.iter().flat_map(|operation| &operation.request.exceptions).filter_map(|(said, _)| match said {
        MayAsk(permission) => Some(*permission),
        _ => None,
    });
    let asked_for: BTreeSet<&str> = documented.chain(by_values).collect();
    assert_eq!(asked_for, CATALOGUE.iter().map(|entry| entry.name).collect());
}

/// Number of tests that the operations are shared among, so that they run beside each other.
const PARTS: usize = 4;

/// F14, F18, S10, S14, U1: every operation refuses who lacks its permission, unknown query parameters and texts that do not
/// show, writes nothing where nothing changes, and answers again by a key only to who may still ask.
#[tokio::test]
async fn each_operation_of_the_first_part_keeps_the_rules() {
    keep_the_rules(0).await;
}

#[tokio::test]
async fn each_operation_of_the_second_part_keeps_the_rules() {
    keep_the_rules(1).await;
}

#[tokio::test]
async fn each_operation_of_the_third_part_keeps_the_rules() {
    keep_the_rules(2).await;
}

#[tokio::test]
async fn each_operation_of_the_last_part_keeps_the_rules() {
    keep_the_rules(PARTS - 1).await;
}

/// Asks all that is asked of every operation, of each in one world: to make that takes longer than all questions. First come
/// those who are refused, which changes nothing; then the right person, again and again; at last the same person without rights.
async fn keep_the_rules(part: usize) {
    let cast = Cast::new().await;
    let operations = operations(&cast.app.app.config);
    let manager = cast.app.staff(&manager_permissions(), Some(&cast.elsewhere)).await;
    let link = guest_with_a_link(&cast.app).await;
    let document = crate::texts::document();
    for operation in operations.iter().skip(part).step_by(PARTS) {
        let world = World::new(&cast);
        let call = operation.request.make(&world).await;
        let asked = Asked { cast: &cast, world: &world, operation, call: &call };
        asked.refuses_whoever_lacks_the_permission_it_documents().await;
        asked.refuses_the_manager_of_another_hotel(&manager).await;
        asked.refuses_the_link_of_another_booking(&link).await;
        let person = world.right_person(operation).await;
        asked.refuses_whoever_has_not_seen_it(&person).await;
        asked.refuses_a_query_parameter_that_it_does_not_know(&person).await;
        asked.refuses_texts_that_do_not_show(&document, &person).await;
        let first = asked.is_done_once(&person).await;
        asked.is_not_made_so_again(&person, &first).await;
        asked.is_answered_again_only_to_who_may_still_ask(&person, &first).await;
    }
}

/// A guest without an account, with the link of a booking at a hotel of their own.
async fn guest_with_a_link(app: &TestApp) -> Client {
    let hotel = app.hotel(HotelSpec::default()).await;
    confirmed_by_link(app, &hotel).await.0
}

/// Everything that a manager may do at the own hotel.
fn manager_permissions() -> Vec<&'static str> {
    DEFAULT_ROLES.iter().find(|role| role.code == "property_manager").expect("the role").permission_names()
}

/// An operation that is asked in a world.
struct Asked<'a> {
    cast: &'a Cast,
    world: &'a World,
    operation: &'a Operation,
    call: &'a Call,
}

impl Asked<'_> {
    async fn events(&self) -> i64 {
        self.cast.app.number("SELECT count(*) FROM outbox").await
    }

    /// The operation with a key, if it takes one: by which it is done once.
    fn once(&self, person: &Client) -> Client {
        if self.is_keyed() { person.with("idempotency-key", "once") } else { person.clone() }
    }

    fn is_keyed(&self) -> bool {
        self.operation.headers.contains_key("Idempotency-Key")
    }

    /// Hotel A's people do not learn of hotel B what is not public, nor change anything there.
    async fn refuses_whoever_lacks_the_permission_it_documents(&self) {
        let Self { cast, world, operation, call } = self;
        let id = operation.id.as_str();
        if operation.access != Access::Public {
            let reply = operation.call(&cast.app.anonymous(), call).await;
            assert_eq!((reply.status, reply.code()), (401, "auth.unauthenticated"), "{id} by a stranger");
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{id}");
        }
        if let Access::Staff(permission) = &operation.access {
            let reply = operation.call(&cast.refused(permission).await.without, call).await;
            assert_eq!((reply.status, reply.code()), (403, "auth.forbidden"), "{id} without {permission}: {}", reply.body);
            assert_eq!(reply.body["permission"], json!(permission), "{id}");
        }
        if let Some(permission) = operation.permission().filter(|_| !operation.is(OfNoProperty)) {
            let reply = operation.call(&cast.refused(permission).await.elsewhere, call).await;
            let expected = if operation.is_list() { 200 } else { operation.refusal_elsewhere().unwrap_or(404) };
            assert_eq!(reply.status, expected, "{id} with {permission} at another property: {}", reply.body);
            assert!(!world.is_in(&reply), "{id} shows another property's: {}", reply.body);
        }
    }

    /// The manager of hotel A has all that the role permits there, and nothing at hotel B.
    async fn refuses_the_manager_of_another_hotel(&self, manager: &Client) {
        let Self { world, operation, call, .. } = self;
        let id = operation.id.as_str();
        let Some(permission) = operation.permission() else { return };
        let events = self.events().await;
        let reply = operation.call(manager, call).await;
        let is_held = manager_permissions().contains(&permission);
        let expected = match operation.refusal_elsewhere() {
            Some(status) => status,
            None if !is_held && matches!(operation.access, Access::Staff(_)) => 403,
            None if operation.is_list() || operation.is(OfNoProperty) => 200,
            None => 404,
        };
        assert_eq!(reply.status, expected, "{id} by the manager of another hotel: {}", reply.body);
        assert!(!world.is_in(&reply), "{id} shows another hotel's: {}", reply.body);
        assert_eq!(self.events().await, events, "{id} changed something at another hotel");
    }

    /// A link reaches its booking alone.
    async fn refuses_the_link_of_another_booking(&self, guest: &Client) {
        let Self { world, operation, call, .. } = self;
        let id = operation.id.as_str();
        if operation.access == Access::Public {
            return;
        }
        let events = self.events().await;
        let reply = operation.call(guest, call).await;
        let (status, code) = (reply.status, reply.code());
        let is_refused = match &operation.access {
            Access::Staff(_) => status == 403 && ["auth.forbidden", "auth.person_required"].contains(&code),
            Access::OwnOr(_) if operation.is_list() => status == 200,
            Access::OwnOr(_) => [403, 404, 422].contains(&status),
            _ if operation.is(ForLinksToo) => status == 404,
            _ => operation.is(ForKeysToo) || (status, code) == (403, "auth.person_required"),
        };
        assert!(is_refused, "{id} by the link of another booking: {status} {}", reply.body);
        assert!(
            operation.access == Access::SignedIn || !world.is_in(&reply),
            "{id} shows what is not the guest's: {}",
            reply.body
        );
        assert_eq!(self.events().await, events, "{id} changed something");
    }

    /// Nobody overwrites what they have not seen.
    async fn refuses_whoever_has_not_seen_it(&self, person: &Client) {
        let Self { operation, call, .. } = self;
        let id = operation.id.as_str();
        if !operation.headers.contains_key("If-Match") {
            return;
        }
        if operation.requires_version() {
            let reply = operation.send(person, call).await;
            assert_eq!((reply.status, reply.code()), (428, "request.precondition_required"), "{id} without If-Match");
        }
        let reply = operation.send(&person.with("if-match", "\"999\""), call).await;
        assert_eq!(
            (reply.status, reply.code()),
            (412, "request.precondition_failed"),
            "{id} with a version that is not the current one"
        );
        for broken in ["999", "W/\"1\"", "\"one\"", "\"1\", \"2\""] {
            let reply = operation.send(&person.with("if-match", broken), call).await;
            assert_eq!(
                (reply.status, reply.code(), reply.pointers()),
                (400, "request.malformed", vec!["/If-Match"]),
                "{id}: {broken}"
            );
        }
    }

    /// Sends the request by the right person, who is answered: it was the person that was wrong. A second one has no effect.
    async fn is_done_once(&self, person: &Client) -> Reply {
        let Self { world, operation, call, .. } = self;
        let id = operation.id.as_str();
        let person = self.once(person);
        let first = operation.call(&person, call).await;
        operation.assert_done(&first);
        if operation.is_list() && operation.permission().is_some() && !operation.is(OfNoProperty) {
            assert!(world.is_in(&first), "{id} does not list what it should: {}", first.body);
        }
        if !self.is_keyed() {
            return first;
        }
        let events = self.events().await;
        let again = operation.call(&person, call).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{id} sent again");
        assert_eq!(again.header("idempotency-replayed"), "true", "{id}");
        assert_eq!(first.header("idempotency-replayed"), "", "{id}");
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.header(name), first.header(name), "{id}: {name}");
        }
        assert_eq!(self.events().await, events, "{id} had a second effect");
        first
    }

    /// Nothing is written where nothing changes: no version, no event.
    async fn is_not_made_so_again(&self, person: &Client, first: &Reply) {
        let Self { cast, operation, call, .. } = self;
        let id = operation.id.as_str();
        if !operation.is_change() || operation.method == http::Method::DELETE || operation.is(MakesAnew) {
            return;
        }
        let written = "SELECT (SELECT count(*) FROM outbox) + (SELECT sum(changed_by) FROM catalogues)";
        let before = cast.app.number(written).await;
        let person = if operation.requires_version() { person.with("if-match", first.header("etag")) } else { person.clone() };
        let person = person.with("idempotency-key", "again");
        let again = operation.send(&person, call).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{id} of what is so already");
        assert_eq!(again.header("etag"), first.header("etag"), "{id} of what is so already");
        assert_eq!(cast.app.number(written).await, before, "{id} writes what is so already");
        if self.is_keyed() {
            let replayed = operation.send(&person, call).await;
            assert_eq!((replayed.header("idempotency-replayed"), &replayed.body), ("true", &again.body), "{id}");
        }
    }

    /// A stored answer is nobody's who could not ask for it any more: neither once the role is at another hotel only, nor without
    /// any role, nor when suspended. A role more somewhere else is no reason to withhold it.
    async fn is_answered_again_only_to_who_may_still_ask(&self, person: &Client, first: &Reply) {
        let Self { cast, world, operation, call } = self;
        let id = operation.id.as_str();
        if !self.is_keyed() || operation.permission().is_none() {
            return;
        }
        let person = self.once(person);
        let held = roles_of(cast, &person).await;
        let [(assignment, role)] = &held[..] else { panic!("{id}: {held:?}") };
        give(cast, &person, role).await;
        let again = operation.call(&person, call).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{id} with a role more");
        assert_eq!(again.header("idempotency-replayed"), "true", "{id}");

        take(cast, &person, assignment).await;
        let elsewhere = operation.call(&person, call).await;
        let expected = operation.refusal_elsewhere().unwrap_or(404);
        assert_eq!(elsewhere.status, expected, "{id} sent again with the role at another hotel: {}", elsewhere.body);
        assert!(!world.is_in(&elsewhere), "{id} shows what is not theirs any more: {}", elsewhere.body);

        for (assignment, _) in roles_of(cast, &person).await {
            take(cast, &person, &assignment).await;
        }
        let without = operation.call(&person, call).await;
        let refused = match operation.access {
            Access::Staff(_) => 403,
            _ => operation.refusal_elsewhere().unwrap_or(404),
        };
        assert_eq!(without.status, refused, "{id} sent again without a role: {}", without.body);

        let suspension = format!("/v1/users/{}/suspend", person.user_id());
        cast.admin.post(&suspension, &json!({"reason": "test"})).await.expect(200);
        let suspended = operation.call(&person, call).await;
        assert_eq!((suspended.status, suspended.code()), (401, "auth.unauthenticated"), "{id}: {}", suspended.body);
    }
}

/// A key acts for an integration: what is about a person is not for it.
#[tokio::test]
async fn keys_are_no_people() {
    let cast = Cast::new().await;
    let app = &cast.app;
    let grants: Vec<Value> = CATALOGUE.iter().map(|entry| json!({"permission": entry.name, "property_id": null})).collect();
    let made = cast.admin.post("/v1/api-keys", &json!({"name": "Everything", "grants": grants})).await.expect(201);
    let key = app.anonymous().with("authorization", format!("Bearer {}", made.body["key"].as_str().expect("a key")));
    for operation in &operations(&app.app.config) {
        let id = operation.id.as_str();
        if operation.access != Access::SignedIn && !operation.is(ForPeopleOnly) {
            continue;
        }
        let reply = operation.call(&key, &operation.request.make(&World::new(&cast)).await).await;
        if operation.is(ForKeysToo) {
            operation.assert_done(&reply);
        } else {
            assert_eq!((reply.status, reply.code()), (403, "auth.person_required"), "{id} by a key: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn what_is_ones_own_needs_no_permission() {
    let cast = Cast::new().await;
    let operations = operations(&cast.app.app.config);
    let own = |operation: &&Operation| matches!(operation.access, Access::OwnOr(_)) && !operation.is(OwnOtherwise);
    for operation in operations.iter().filter(own) {
        let world = World::new(&cast);
        let call = operation.request.make(&world).await;
        let reply = operation.call(&cast.owner, &call).await;
        operation.assert_done(&reply);
        let is_own = world.is_in(&reply) || reply.body.to_string().contains(world.booking().await);
        assert!(is_own, "{}: {}", operation.id, reply.body);
    }
}

/// S10: an integration whose key was revoked is not answered again, not even what it was answered before.
#[tokio::test]
async fn a_revoked_key_is_answered_nothing_again() {
    let cast = Cast::new().await;
    let world = World::new(&cast);
    let grants = json!([{"permission": "bookings:write", "property_id": world.property().await}]);
    let made = cast.admin.post("/v1/api-keys", &json!({"name": "Channel", "grants": grants})).await.expect(201);
    let bearer = format!("Bearer {}", made.body["key"].as_str().expect("a key"));
    let key = cast.app.anonymous().with("authorization", bearer).with("idempotency-key", "once");
    let mut request = world.booking_request().await;
    request["guest_user_id"] = Value::Null;
    key.post("/v1/bookings", &request).await.expect(201);
    assert_eq!(key.post("/v1/bookings", &request).await.expect(201).header("idempotency-replayed"), "true");
    cast.admin.delete(&format!("/v1/api-keys/{}", made.id()), "\"1\"").await.expect(204);
    assert_eq!(key.post("/v1/bookings", &request).await.expect(401).code(), "auth.unauthenticated");
}

/// Assignments of a person, each with its role.
async fn roles_of(cast: &Cast, person: &Client) -> Vec<(String, String)> {
    let listed = cast.admin.get(&format!("/v1/users/{}/role-assignments", person.user_id())).await.expect(200);
    let text = |one: &Value, name: &str| one[name].as_str().expect("text").to_owned();
    listed.body["items"].as_array().expect("a list").iter().map(|one| (text(one, "id"), text(one, "role_id"))).collect()
}

/// Gives a person a role at the hotel that has nothing to do with it.
async fn give(cast: &Cast, person: &Client, role: &str) {
    let body = json!({"role_id": role, "property_id": cast.elsewhere});
    cast.admin.post(&format!("/v1/users/{}/role-assignments", person.user_id()), &body).await.expect(201);
}

async fn take(cast: &Cast, person: &Client, assignment: &str) {
    let path = format!("/v1/users/{}/role-assignments/{assignment}", person.user_id());
    cast.admin.send(http::Method::DELETE, &path, None).await.expect(204);
}
