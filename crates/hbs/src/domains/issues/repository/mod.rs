//! Queries of issues, one function each.
mod around;
mod forgetting;
mod issues;
mod messages;
mod settings;
pub mod views;

pub use around::{
    About, add_step, block, contact_of_user, holds_permission, link, linked, links_of, mark_read, of_stay, steps, sweep_viewers,
    unlink, view, viewers,
};
pub use forgetting::{due_attachments, forget_attachments, lock_each};
pub use issues::{
    ReportRow, counts, due_to_guests, due_to_staff, find, insert, list, lock, lock_free, lock_number, lock_open_of_guest,
    move_messages, of_owner, open_of_guest, overdue, report, settle_guest, settle_staff, update,
};
pub use messages::{
    attach, attachment, attachments, attachments_of, find_message, insert_message, list as messages, messages_by_id, newest,
    since, tell_answers,
};
pub use settings::{
    canned_answer, canned_answers, count_canned_answers, delete_canned_answer, insert_canned_answer, lock_canned_answer,
    put_settings, settings, update_canned_answer,
};
