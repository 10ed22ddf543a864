//! Rules of offers, pure: who gets one, which of several, and what a code is.
pub mod choice;
pub mod codes;
pub mod conditions;
pub mod limits;
pub mod sound;
