//! Rules of what can be sold, pure.
mod allotment;
pub mod line;
pub mod solver;

pub use allotment::{Allotment, Counts};
