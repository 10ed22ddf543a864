//! The history of a booking in words: what happened in one sentence, and each field with its values as people write them.
mod labels;
mod sentences;
mod telling;
mod things;
mod values;

pub use telling::{Actor, Detail, Happening, Teller, Told};
pub use things::{Named, Thing};
pub use values::Writer;
