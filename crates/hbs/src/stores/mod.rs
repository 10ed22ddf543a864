//! Connections to the three stores. Nothing here knows a domain.
pub mod mongo;
pub mod postgres;
pub mod redis;
