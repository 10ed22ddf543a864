pub mod kinds;
pub mod page;
pub mod schema;
