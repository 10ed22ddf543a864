//! Payments through a gateway. An order is committed as an attempt before the gateway is called, with no transaction open;
//! what came of it is written in one transaction afterwards. Nobody else orders anything of the payment meanwhile.
mod create;
mod events;
mod order;
mod orders;
mod reconcile;
mod settle;

pub use create::create;
pub use events::receive;
pub use orders::{capture, retry, void};
pub use reconcile::{forget_events, reconcile};
