//! What a night costs: plans, rates, taxes, and what it costs to cancel.
mod dto;
mod effective;
pub mod engine;
mod error;
pub mod import;
mod model;
pub mod pricing;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use error::PROBLEMS;
pub use model::{
    AgeBand, Board, CancellationPolicy, CancellationPolicyFields, CancellationWindow, Cells, DerivationKind, ExtraChildren,
    FeeKind, PaymentPolicy, Rate, RateChange, RatePlan, RatePlanFields, RatePlanRoomType, TaxKind, TaxRule, TaxRuleFields,
};
pub use pricing::{HotelRates, PriceLine};
pub use repository::age_bands::replace as replace_age_bands;
pub use repository::plans::{insert as insert_plan, put_types as put_plan_types};
pub use repository::policies::{insert as insert_policy, set_windows};
pub use repository::rates::{fill_prices, record as record_update};
pub use repository::taxes::insert as insert_tax_rule;
pub use service::plans::{ensure_default_plan, room_only};
pub use service::rates::put as put_rates;

use crate::app::App;
use crate::sheets;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_rate_plans, routes::create_rate_plan))
        .routes(routes!(routes::get_rate_plan, routes::update_rate_plan, routes::delete_rate_plan))
        .routes(routes!(routes::get_rates, routes::update_rates))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(routes::import_rates))))
        .routes(routes!(routes::rates_template))
        .routes(routes!(routes::rate_history))
        .routes(routes!(routes::list_cancellation_policies, routes::create_cancellation_policy))
        .routes(routes!(routes::get_cancellation_policy, routes::update_cancellation_policy, routes::delete_cancellation_policy))
        .routes(routes!(routes::get_age_bands, routes::set_age_bands))
        .routes(routes!(routes::list_tax_rules, routes::create_tax_rule))
        .routes(routes!(routes::get_tax_rule, routes::update_tax_rule, routes::delete_tax_rule))
}
