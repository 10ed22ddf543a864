mod books;
mod nights;
mod pace;
mod stays;
mod terms;

pub use books::*;
pub use nights::*;
pub use pace::*;
pub use stays::*;
pub use terms::*;
