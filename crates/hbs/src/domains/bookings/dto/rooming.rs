//! Options of importing a rooming list.
use crate::sheets::ImportOptions;
use serde::Deserialize;

/// Options of importing a rooming list.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct RoomingQuery {
    /// `true` to report what would happen and change nothing.
    #[param(default = false)]
    pub dry_run: bool,
    /// `true` to book the valid rows and leave out the others.
    #[param(default = false)]
    pub partial: bool,
}

impl RoomingQuery {
    pub fn options(&self) -> ImportOptions {
        ImportOptions { dry_run: self.dry_run, partial: self.partial }
    }
}
