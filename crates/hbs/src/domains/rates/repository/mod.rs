//! Queries of rates: one function each, by thing.
pub mod age_bands;
pub mod plans;
pub mod policies;
pub mod pricing;
pub mod rates;
pub mod taxes;
