//! The API tests: one binary, real stores. `support` says how a test gets its HBS.
mod support;

#[path = "../../src/domains/bookings/tests.rs"]
mod bookings;
