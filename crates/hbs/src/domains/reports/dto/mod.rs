mod arrivals;
mod balances;
mod choice;
mod figures;
mod money;
mod pace;
mod revenue;
mod stays;

pub use arrivals::*;
pub use balances::*;
pub use choice::*;
pub use figures::*;
pub use money::*;
pub use pace::*;
pub use revenue::*;
pub use stays::*;
