mod close;
mod figures;
mod money;
mod pace;
mod period;
mod register;
mod stays;

pub use close::close_date;
pub use figures::{flash, occupancy, revenue};
pub use money::{balances, balances_paged, payments, taxes};
pub use pace::pace;
pub use register::register;
pub use stays::{arrivals, mine, stays};
