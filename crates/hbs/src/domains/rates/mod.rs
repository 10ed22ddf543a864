//! What a night costs: the price engine and the tax rules it applies.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use error::PROBLEMS;
pub use model::TaxRule;
pub use repository::{insert as insert_tax_rule, list_tax_rules as tax_rules_of};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::list_tax_rules, routes::create_tax_rule)).routes(routes!(routes::delete_tax_rule))
}
