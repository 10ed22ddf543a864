//! Payments through a gateway. An order is committed as an attempt before the gateway is called, with no transaction open;
//! what came of it is written in one transaction afterwards. Nobody else orders anything of the payment meanwhile.
mod charge;
mod create;
mod demo;
mod events;
mod guarantees;
mod order;
mod orders;
mod reconcile;
mod refresh;
mod rehearse;
mod settle;

pub use charge::begin_charge;
pub use create::{begin_page, create, go_on};
pub use demo::{DemoPage, begin_for_demo, follow_for_demo, give_up_for_demo};
pub use events::receive;
pub use guarantees::{get_guarantee, leave_guarantee};
pub use orders::{capture, retry, void};
pub use reconcile::{Difference, EVENTS_KEPT, forget_events, reconcile, reconcile_all};
pub use refresh::refresh;
