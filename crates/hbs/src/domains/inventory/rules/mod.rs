//! Rules of what can be sold, pure.
mod allotment;
pub mod solver;

pub use allotment::{Allotment, Counts};
