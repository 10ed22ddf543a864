pub mod erasing;
pub mod erasures;
pub mod export;
pub mod people;
pub mod sections;
