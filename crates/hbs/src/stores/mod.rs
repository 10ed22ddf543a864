//! Connections to the stores. Nothing here knows a domain.
pub mod mongo;
pub mod objects;
pub mod postgres;
pub mod redis;
