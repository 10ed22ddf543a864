//! The use cases of refunds, one function each.
mod decide;
mod demo;
mod ended;
mod gateway;
mod letters;
mod pay;
mod request;

pub use decide::{approve, reject, retry};
pub use demo::{DemoRefund, order_for_demo, request_for_demo};
pub use ended::{refund_whole, request_for_ended};
pub use gateway::{follow, reconcile};
pub use letters::prepare_mail;
pub use request::{get, list, request};
