//! The use cases of issues, one function each.
mod around;
mod blocking;
mod canned;
mod changing;
mod deadlines;
mod demo;
mod desk;
mod files;
mod letters;
mod merging;
mod raising;
mod reading;
mod settings;
mod steps;
mod talking;
mod views;

pub use around::{history, mark_read, sweep_viewers, view};
pub use blocking::block_room;
pub use canned::{
    create_canned_answer, delete_canned_answer, fill_canned_answer, get_canned_answer, list_canned_answers, update_canned_answer,
};
pub use changing::update;
pub use deadlines::tell_overdue;
pub use demo::{DemoAnswer, DemoIssue, load_answers_for_demo, load_for_demo};
pub use files::{attach, download, forget_attachments};
pub use letters::{prepare_mail, queue_mails};
pub use merging::{link, links, merge, unlink};
pub use raising::create;
pub use reading::{counts, get, list, messages, report};
pub use settings::{get_settings, set_settings};
pub use talking::post_message;
pub use views::{create_view, delete_view, get_view, list_views};
