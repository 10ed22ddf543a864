//! Authorization: permissions, roles and their assignment.
mod defaults;
mod dto;
mod error;
mod letters;
mod model;
mod repository;
mod routes;
mod service;

pub use defaults::{DEFAULT_ROLES, DefaultRole, SUPER_ADMIN};
pub use dto::{CreateAssignment, RoleInvitationOut};
pub use error::{ESCALATION, LAST_SUPER_ADMIN};
pub use model::RoleHeld;
pub use repository::roles_held;
pub use service::{
    assign_by_code, check_holds, check_places, check_power_over, ensure_default_roles, give_roles, invite_to_roles,
    keep_a_super_admin, take_all_roles,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("authorization"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    ..Domain::new("authorization", "Roles, permissions and their assignment.")
};
