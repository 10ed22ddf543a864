mod requests;

pub use requests::requests;
