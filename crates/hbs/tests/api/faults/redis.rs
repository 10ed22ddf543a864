//! Redis goes away, or hangs, while people sign out and lose their roles.
use super::{NOON, READY, book, eventually, own_stack, signal};
use crate::support::{Client, Hotel, HotelSpec, TestApp, place_on, size};
use hbs_devstack::DevStack;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Two processes on the same stores, with a user who has signed out and one who has lost a role while Redis was away.
struct TwoProcesses {
    stack: DevStack,
    here: TestApp,
    there: TestApp,
    admin: Client,
    /// User who stays signed in.
    guest: Client,
    hotel: Hotel,
}

impl TwoProcesses {
    async fn start() -> Self {
        let stack = own_stack().await;
        let config = place_on(&stack).await;
        let (mut here, mut there) = (TestApp::on(config.clone()).await, TestApp::on(config).await);
        here.start_background();
        there.start_background();
        let hotel = here.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
        there.set_clock(NOON);
        Self { admin: here.admin().await, guest: here.guest().await, stack, here, there, hotel }
    }

    /// A client of this process, and the same person at the other.
    fn both(&self, client: &Client) -> [Client; 2] {
        [client.at(self.here.router.clone()), client.at(self.there.router.clone())]
    }

    /// Asserts that both processes answer a person with this status.
    async fn both_answer(&self, client: &Client, path: &str, status: u16) {
        for client in self.both(client) {
            client.get(path).await.expect(status);
        }
    }

    /// Asserts that the status is the same at once here, and within a second there.
    async fn takes_effect(&self, client: &Client, path: &str, status: u16) {
        let began = Instant::now();
        let [here, there] = self.both(client);
        here.get(path).await.expect(status);
        while there.get(path).await.status != status {
            assert!(began.elapsed() < Duration::from_secs(1), "the other process still lets them in");
        }
        there.get(path).await.expect(status);
    }

    /// Ends a session and takes a role away, and both processes see it.
    async fn shut_out(&self) -> ShutOut {
        let signed_out = self.here.guest().await;
        let dismissed = self.here.staff(&["rooms:read"], None).await;
        self.both_answer(&signed_out, "/v1/me", 200).await;
        self.both_answer(&dismissed, "/v1/rooms", 200).await;

        signed_out.post("/v1/auth/logout", &Value::Null).await.expect(204);
        self.takes_effect(&signed_out, "/v1/me", 401).await;
        let assignments = format!("/v1/users/{}/role-assignments", dismissed.user_id());
        let assignment = self.admin.get(&assignments).await.expect(200).body["items"][0]["id"].clone();
        let assignment = format!("{assignments}/{}", assignment.as_str().expect("an id"));
        self.admin.send(http::Method::DELETE, &assignment, None).await.expect(204);
        self.takes_effect(&dismissed, "/v1/rooms", 403).await;
        ShutOut { signed_out, dismissed }
    }

    /// Asserts that people stay shut out for longer than any process needs to get used to Redis again.
    async fn stay_shut_out(&self, people: &ShutOut, at_least: Duration) {
        let began = Instant::now();
        while began.elapsed() < at_least {
            self.both_answer(&people.signed_out, "/v1/me", 401).await;
            self.both_answer(&people.dismissed, "/v1/rooms", 403).await;
            self.both_answer(&self.guest, "/v1/me", 200).await;
        }
    }

    async fn redis_status(&self) -> String {
        let health = self.here.anonymous().get(READY).await.expect(200).body;
        health["stores"]["redis"].as_str().expect("a word").to_owned()
    }

    /// Returns `true` if processes keep in Redis what they know of sessions.
    async fn is_cached(&self) -> bool {
        for client in self.both(&self.here.guest().await) {
            client.get("/v1/me").await.expect(200);
        }
        let Ok(client) = redis::Client::open(self.stack.redis_url()) else { return false };
        let Ok(mut conn) = client.get_multiplexed_async_connection().await else { return false };
        let pattern = self.here.app.redis.key("session:*");
        let kept: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut conn).await.expect("keys");
        !kept.is_empty()
    }
}

struct ShutOut {
    signed_out: Client,
    dismissed: Client,
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_be_away_and_nobody_gets_in_who_should_not() {
    let two = TwoProcesses::start().await;
    eventually("sessions are cached", async || two.is_cached().await).await;
    let before = two.shut_out().await;

    two.stack.redis().stop().await.expect("stopped");
    for n in 0..size(20, 200) {
        two.both_answer(&two.guest, "/v1/me", 200).await;
        book(&two.guest, &two.hotel, n).await.expect(201);
    }
    assert_eq!(two.redis_status().await, "unreachable");
    let meanwhile = two.shut_out().await;
    two.stay_shut_out(&before, Duration::from_millis(200)).await;

    two.stack.redis().start().await.expect("started");
    two.stay_shut_out(&before, Duration::from_secs(1)).await;
    two.stay_shut_out(&meanwhile, Duration::from_secs(1)).await;
    eventually("sessions are cached again", async || two.is_cached().await).await;
    two.stay_shut_out(&before, Duration::from_millis(500)).await;
    two.stay_shut_out(&meanwhile, Duration::from_millis(500)).await;
    assert_eq!(two.redis_status().await, "ok");
    two.shut_out().await;
    two.stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_hang_and_nobody_gets_in_who_should_not() {
    let two = TwoProcesses::start().await;
    eventually("sessions are cached", async || two.is_cached().await).await;
    let redis = two.stack.redis().pid().expect("a process");

    signal("STOP", redis).await;
    for n in 0..size(4, 20) {
        two.both_answer(&two.guest, "/v1/me", 200).await;
        book(&two.guest, &two.hotel, n).await.expect(201);
    }
    let meanwhile = two.shut_out().await;
    signal("CONT", redis).await;
    two.stay_shut_out(&meanwhile, Duration::from_secs(2)).await;
    eventually("sessions are cached again", async || two.is_cached().await).await;
    two.stay_shut_out(&meanwhile, Duration::from_millis(500)).await;
    two.shut_out().await;
    two.stack.stop().await.expect("stopped");
}
