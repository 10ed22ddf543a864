//! Nights that another program's calendar asks of a room or of a room type, and what is to be done about it. Pure.
mod of_type;
mod plan;
mod polling;
#[cfg(test)]
mod tests;
mod wanted;

pub use of_type::{TypeSite, plan_of_type};
pub use plan::{FeedBlock, Plan, Site, Taken, assumed, common, plan, without};
pub use polling::{is_stale, next_poll};
pub use wanted::{MAX_EVENTS, Refused, Wanted, is_same_end, wanted};
