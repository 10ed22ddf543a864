pub mod erasure;
pub mod export;
