pub mod erasure;
