//! The use cases of feeds, one function each.
mod conflicts;
mod exports;
mod imports;
mod inbox;
mod poll;
mod take_over;

pub use conflicts::{confirm, dismiss, list as list_conflicts};
pub use exports::{Calendar, create as create_export, get as get_export, list as list_exports, read, revoke, rotate};
pub use imports::{create as create_import, delete, echoes, get as get_import, list as list_imports, poll_now, update, upload};
pub use poll::{poll_due, run};
