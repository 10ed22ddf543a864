//! The live stream: what happens, told to screens as it does.
//!
//! Its source is the record: each event has a place in one sequence without gaps, in the order in which events came to be seen
//! (the relay gives them), so that whoever has seen one place has missed nothing before it. One task of each process reads on
//! from there and passes on to the streams of this process; Redis only wakes the tasks of the others.
mod client;
mod feed;
mod hub;
mod told;

pub use client::{Start, open};
pub use feed::{feed, listen};
