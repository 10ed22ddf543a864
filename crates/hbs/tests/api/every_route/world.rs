use super::operation::{Access, Operation};
use super::request::Exception;
use crate::support::TestGateway;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp};
use hbs::security::permission::CATALOGUE;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

pub const TODAY: &str = "2026-12-01";

/// People who are there in every world.
pub struct Cast {
    pub app: Arc<TestApp>,
    /// Gateway through which payments go.
    pub gateway: Arc<TestGateway>,
    pub admin: Client,
    /// Owner of the booking.
    pub owner: Client,
    /// Hotel that has nothing to do with it.
    pub elsewhere: String,
    /// People who lack the one permission that they are there for, by that permission.
    refused: Mutex<BTreeMap<String, Refused>>,
}

#[derive(Clone)]
pub struct Refused {
    /// Client who holds every other permission, everywhere.
    pub without: Client,
    /// Client who holds the permission, and that at another property.
    pub elsewhere: Client,
}

impl Cast {
    pub async fn new() -> Self {
        let gateway = TestGateway::start().await;
        let app = TestApp::with(|config| gateway.configure(config)).await;
        app.set_clock(&format!("{TODAY}T12:00:00Z"));
        let (admin, owner) = (app.admin().await, app.guest().await);
        let elsewhere = hotel(&admin).await.id;
        Self { app: Arc::new(app), gateway: Arc::new(gateway), admin, owner, elsewhere, refused: Mutex::default() }
    }

    pub async fn refused(&self, permission: &str) -> Refused {
        let mut refused = self.refused.lock().await;
        if let Some(known) = refused.get(permission) {
            return known.clone();
        }
        let others: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).filter(|name| *name != permission).collect();
        let without = self.app.staff(&others, None).await;
        let elsewhere = self.app.staff(&[permission], Some(&self.elsewhere)).await;
        let new = Refused { without, elsewhere };
        refused.insert(permission.into(), new.clone());
        new
    }
}

/// World of one operation. Everything is made when a request first asks for it.
///
/// Here is what several domains need. What belongs to one domain is made by that domain's tests.
pub struct World {
    pub app: Arc<TestApp>,
    pub gateway: Arc<TestGateway>,
    /// Client that may do everything.
    pub admin: Client,
    /// Guest who owns the booking.
    pub owner: Client,
    hotel: OnceCell<Hotel>,
    booking: OnceCell<Reply>,
}

impl World {
    pub fn new(cast: &Cast) -> Self {
        let (hotel, booking) = (OnceCell::new(), OnceCell::new());
        Self {
            app: cast.app.clone(),
            gateway: cast.gateway.clone(),
            admin: cast.admin.clone(),
            owner: cast.owner.clone(),
            hotel,
            booking,
        }
    }

    /// The hotel, with two doubles and no suites. `admin` is its manager.
    pub async fn hotel(&self) -> &Hotel {
        self.hotel.get_or_init(async || hotel(&self.admin).await).await
    }

    pub async fn property(&self) -> &str {
        &self.hotel().await.id
    }

    pub async fn room(&self) -> &str {
        &self.hotel().await.rooms[0]
    }

    /// The owner's booking of a double, for two nights from today.
    pub async fn booking(&self) -> &str {
        self.booked().await.id()
    }

    /// Returns the only stay of the booking.
    pub async fn stay(&self) -> &str {
        stay_of(self.booked().await)
    }

    async fn booked(&self) -> &Reply {
        self.booking.get_or_init(async || self.book(&self.booking_request().await).await).await
    }

    pub async fn book(&self, request: &Value) -> Reply {
        self.admin.post("/v1/bookings", request).await.expect(201)
    }

    /// Returns the request that books a double for the owner, for two nights from today.
    pub async fn booking_request(&self) -> Value {
        let mut request = self.hotel().await.request(TODAY, "2026-12-03");
        request["guest_user_id"] = json!(self.owner.user_id());
        request
    }

    /// Returns a client who holds just what the operation documents, where it is needed.
    pub async fn right_person(&self, operation: &Operation) -> Client {
        match operation.permission() {
            _ if operation.access == Access::Public => self.app.anonymous(),
            None if operation.is(Exception::OfOwner) => self.owner.clone(),
            None => self.app.guest().await,
            Some(permission) => {
                let permissions: Vec<&str> = operation.request.permissions_too().chain([permission]).collect();
                let place = if operation.is(Exception::ForAllProperties) { None } else { Some(self.property().await) };
                self.app.staff(&permissions, place).await
            }
        }
    }

    /// Returns `true` if an answer speaks of this hotel.
    pub fn is_in(&self, reply: &Reply) -> bool {
        self.hotel.get().is_some_and(|hotel| reply.body.to_string().contains(&hotel.id))
    }
}

/// The id of a booking's first stay.
pub fn stay_of(booking: &Reply) -> &str {
    booking.body["stays"][0]["id"].as_str().expect("a stay")
}

async fn hotel(manager: &Client) -> Hotel {
    Hotel::made_by(manager.clone(), HotelSpec { settings: json!({"horizon_nights": 20}), ..HotelSpec::default() }).await
}
