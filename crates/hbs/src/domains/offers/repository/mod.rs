//! Queries of offers.
pub mod codes;
pub mod offers;
pub mod redemptions;
