//! Use cases of offers. One function each.
pub mod codes;
pub mod images;
pub mod offers;
pub mod redemptions;
mod report;
mod validate;

pub use report::report;
pub use validate::validate;
