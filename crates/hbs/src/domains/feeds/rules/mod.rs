//! What another program's calendar asks of a room, and what is to be done about it. Pure.
mod plan;
mod polling;
#[cfg(test)]
mod tests;
mod wanted;

pub use plan::{FeedBlock, Plan, Site, Taken, common, plan};
pub use polling::{is_stale, next_poll};
pub use wanted::{MAX_EVENTS, Refused, Wanted, is_same_end, wanted};
