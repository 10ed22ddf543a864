//! Stays that bear no taxes: the taxes that are taken back, and those that are never charged. Pure.
use crate::domains::bookings::model::TaxExemption;
use crate::domains::folios::{FolioEntry, FolioKind, NewFolioEntry};
use chrono::NaiveDate;
use uuid::Uuid;

impl TaxExemption {
    /// Returns `true` if a tax of a date is not borne.
    fn covers(&self, date: NaiveDate, tax_rule_id: Option<Uuid>) -> bool {
        let is_meant = self.tax_rule_ids.as_ref().is_none_or(|rules| rules.contains(&tax_rule_id));
        date >= self.from_date && is_meant
    }

    /// The taxes among a stay's open lines that are taken back: of dates from today on, on its price and its extras.
    pub fn taken_back(&self, open: &[FolioEntry], today: NaiveDate) -> Vec<FolioEntry> {
        let is_borne = |line: &&FolioEntry| {
            line.kind == FolioKind::Tax
                && line.stay_id == Some(self.stay_id)
                && (line.is_of_price() || line.stay_extra_id.is_some())
                && line.service_date >= today
                && self.covers(line.service_date, line.tax_rule_id)
        };
        open.iter().filter(is_borne).cloned().collect()
    }

    /// Leaves out taxes that are to be charged and are not borne.
    pub fn without(&self, mut lines: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
        lines.retain(|line| {
            let is_charged_tax = line.kind == FolioKind::Tax && line.reverses_id.is_none();
            !is_charged_tax || !self.covers(line.service_date, line.tax_rule_id)
        });
        lines
    }
}

/// Leaves out taxes that a stay does not bear, if it is exempt from any.
pub fn without_exempt(exemption: Option<&TaxExemption>, lines: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
    match exemption {
        Some(exemption) => exemption.without(lines),
        None => lines,
    }
}
