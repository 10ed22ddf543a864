//! Who may do what: permissions, roles and their assignment.
mod defaults;
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use defaults::{DEFAULT_ROLES, DefaultRole, SUPER_ADMIN};
pub use dto::CreateAssignment;
pub use error::PROBLEMS;
pub use model::RoleHeld;
pub use repository::roles_held;
pub use service::{
    assign_by_code, check_holds, check_places, check_power_over, ensure_default_roles, give_roles, keep_a_super_admin,
    take_all_roles,
};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_permissions))
        .routes(routes!(routes::list_roles, routes::create_role))
        .routes(routes!(routes::get_role, routes::update_role, routes::delete_role))
        .routes(routes!(routes::my_permissions))
        .routes(routes!(routes::list_assignments, routes::create_assignment))
        .routes(routes!(routes::delete_assignment))
}
