//! API keys of integrations: channel managers, accounting, door locks.
mod dto;
mod model;
mod repository;
mod routes;
mod service;

pub use model::ApiKey;
pub use repository::revoke_keys;

use crate::domain::Domain;

pub const DOMAIN: Domain =
    Domain { tag: Some("api-keys"), router: |_| routes::router(), ..Domain::new("api_keys", "API keys of integrations.") };
