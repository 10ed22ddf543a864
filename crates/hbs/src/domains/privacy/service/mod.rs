//! Use cases: erasures are asked for (`erasures`), of a person who is found (`person`), done in one transaction (`erasing`), and
//! completed after it or repeated in a restored system (`completing`).
pub mod completing;
pub mod erasing;
pub mod erasures;
pub mod export;
pub mod person;
