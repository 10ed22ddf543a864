//! Who may do what: permissions, roles and their assignment.
mod defaults;
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use defaults::{DEFAULT_ROLES, SUPER_ADMIN};
pub use error::PROBLEMS;
pub use service::{assign_by_code, ensure_default_roles};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_permissions))
        .routes(routes!(routes::list_roles))
        .routes(routes!(routes::my_permissions))
        .routes(routes!(routes::list_assignments, routes::create_assignment))
        .routes(routes!(routes::delete_assignment))
}
