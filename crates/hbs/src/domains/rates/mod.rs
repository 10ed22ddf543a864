//! Rates: plans, prices per night, taxes and cancellation policies.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use dto::Percent;
pub use model::{
    AgeBand, Board, CancellationPolicy, CancellationPolicyFields, CancellationWindow, Cells, DerivationKind, ExtraChildren,
    FeeKind, FeeTaxColumns, PaymentPolicy, Rate, RateChange, RatePlan, RatePlanFields, RatePlanRoomType, TaxKind, TaxRule,
    TaxRuleFields, VatTreatment, Weekday,
};
pub use repository::age_bands::replace as replace_age_bands;
pub use repository::plans::{insert as insert_plan, put_types as put_plan_types, set_included as set_included_extras};
pub use repository::policies::{insert as insert_policy, set_windows};
pub use repository::rates::{fill_prices, record as record_update};
pub use repository::taxes::{insert as insert_tax_rule, tax_rule_ids, treatments, vat_rules};
pub use rules::{DatedTax, HotelRates, PriceLine, engine};
pub use service::age_bands::child_prices;
pub use service::plans::{ensure_default_plan, room_only};
pub use service::rates::put as put_rates;
pub use service::{import, pricing};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("rates"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("rates", "Rate plans, rates, cancellation policies, age bands and taxes.")
};
