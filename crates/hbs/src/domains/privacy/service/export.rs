//! Exports: what is kept of a person, in one archive.
//!
//! Asking for one writes a row; a job makes the archive and puts it into the storage of files for a week, then removes it. It is
//! fetched under a signed address, which is good for a day and needs no sign-in.
mod archive;
mod asking;
mod letters;
mod making;
mod writing;

pub use asking::{Download, download, get, newest_of_booking, newest_own, order, order_by_booking, order_own};
pub use letters::prepare_mail;
pub use making::{forget, run};
