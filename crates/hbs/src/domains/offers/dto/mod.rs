//! Types that travel: offers, their codes, and what explains them.
mod codes;
mod offer;
mod report;
mod validate;

pub use codes::{CodeList, CodeOut, CreateCodes, CreatedCodes};
pub use offer::{CreateOffer, OfferExtra, OfferFilter, OfferRoomType, OfferShown, UpdateOffer, mask};
pub use report::{OfferReport, OfferReportQuery};
pub use validate::{CheckedCondition, ValidateOffer, ValidatedOffer};
