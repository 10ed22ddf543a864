mod payments;
mod settings;

pub use payments::{
    find, find_in, insert, list, lock, of_booking, refunding_of_booking, release, reserve, settle_refund, under_way, void,
};
pub use settings::{set, settings_of};
