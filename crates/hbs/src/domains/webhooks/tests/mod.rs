mod attempts;
mod endpoints;
mod judges;
pub mod receiver;
mod replays;

use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp};
use hbs::domains::webhooks;
use receiver::Receiver;
use serde_json::{Value, json};

const WEBHOOKS: &str = "/v1/webhooks";

/// A hotel, and a server that is told of it.
struct Scene {
    app: TestApp,
    hotel: Hotel,
    receiver: Receiver,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::with(|config| config.outgoing_unguarded = true).await;
        let hotel = app.hotel(HotelSpec::default()).await;
        Self { app, hotel, receiver: Receiver::start().await }
    }

    /// Makes a webhook of the hotel.
    /// A webhook that is told of what happens from now on.
    async fn hook(&self, path: &str, kinds: &[&str]) -> Reply {
        self.app.consume().await;
        make(&self.hotel.manager, &self.hotel.id, &self.receiver.url(path), kinds).await.expect(201)
    }

    async fn book(&self) -> Reply {
        self.hotel.book(&self.hotel.manager, "2026-12-10", "2026-12-12").await
    }

    /// Sends all that is due now, and says how many attempts that were.
    async fn serve(&self) -> usize {
        self.app.consume().await;
        webhooks::deliver_due(&self.app.app).await.expect("served")
    }

    async fn serve_at(&self, now: &str) -> usize {
        self.app.set_clock(now);
        self.serve().await
    }

    async fn see(&self, hook: &Reply) -> Reply {
        self.hotel.manager.get(&address(hook)).await.expect(200)
    }

    async fn deliveries(&self, hook: &Reply, query: &str) -> Vec<Value> {
        let list = self.hotel.manager.get(&format!("{}/deliveries{query}", address(hook))).await.expect(200);
        list.body["items"].as_array().expect("deliveries").clone()
    }
}

async fn make(client: &Client, property: &str, url: &str, kinds: &[&str]) -> Reply {
    client.post(WEBHOOKS, &json!({"property_id": property, "url": url, "kinds": kinds})).await
}

fn address(hook: &Reply) -> String {
    format!("{WEBHOOKS}/{}", hook.id())
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_webhooks", async |w| {
            a_hook(w).await;
            Call::plain()
        }),
        Request::new("create_webhook", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "url": SITE, "kinds": ["booking.*"]}))
        }),
        Request::new("get_webhook", async |w| Call::to(a_hook(w).await.id())),
        Request::new("update_webhook", async |w| Call::to(a_hook(w).await.id()).json(&json!({"description": "Another"}))),
        Request::new("delete_webhook", async |w| Call::to(a_hook(w).await.id())),
        Request::new("rotate_webhook_secret", async |w| Call::to(a_hook(w).await.id())),
        Request::new("test_webhook", async |w| Call::to(a_hook(w).await.id())),
        Request::new("replay_webhook", async |w| Call::to(a_hook(w).await.id()).json(&json!({"after": 0}))),
        Request::new("cancel_webhook_replay", async |w| Call::to(a_hook(w).await.id())),
        Request::new("list_webhook_deliveries", async |w| Call::to(&a_delivery(w).await.0)),
        Request::new("resend_webhook_delivery", async |w| {
            let (hook, event) = a_delivery(w).await;
            Call::to(&hook).and(&event)
        }),
    ]
}

const SITE: &str = "https://example.com/hooks";

async fn a_hook(w: &World) -> Reply {
    make(&w.admin, w.property().await, SITE, &[]).await.expect(201)
}

/// A delivery that has failed: webhook and event.
async fn a_delivery(w: &World) -> (String, String) {
    let (hook, event) = (a_hook(w).await.id().to_owned(), uuid::Uuid::now_v7().to_string());
    w.app
        .sql(&format!(
            "INSERT INTO webhook_deliveries (webhook_id, event_id, kind, sequence, body, state, is_replay, created_at, updated_at)
             VALUES ('{hook}', '{event}', 'booking.created', 1, '{{}}', 'failed', false, now(), now())"
        ))
        .await;
    (hook, event)
}
