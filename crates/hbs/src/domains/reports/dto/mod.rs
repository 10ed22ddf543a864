mod arrivals;
mod balances;
mod choice;
mod figures;
mod money;
mod pace;
mod register;
mod revenue;
mod stays;

pub use arrivals::*;
pub use balances::*;
pub use choice::*;
pub use figures::*;
pub use money::*;
pub use pace::*;
pub use register::*;
pub use revenue::*;
pub use stays::*;
