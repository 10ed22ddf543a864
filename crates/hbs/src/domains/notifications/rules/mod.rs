//! What is told, to whom, when, and in which words: decided without I/O.
mod builtin;
mod kinds;
mod screens;
mod telling;
mod timing;
mod words;

pub use builtin::words as built_in;
pub use kinds::{ByMail, is_enabled};
pub use screens::{Of, seen};
pub use telling::{Fact, TOLD_OF, To, told_by};
pub use timing::{Times, due_at};
pub use words::{Own, Values, Words, check, content, content_in, example, names, words};
