mod books;
mod nights;
mod pace;
mod stays;

pub use books::*;
pub use nights::*;
pub use pace::*;
pub use stays::*;
