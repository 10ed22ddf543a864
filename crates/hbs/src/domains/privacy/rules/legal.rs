//! How long the law keeps what an erasure would take, and the words for it.
use crate::law::register_days_in_sql;
use crate::words::text_enum;

/// Years for which books and what they rest on are kept: the longest of the member states of the European Union.
pub const ACCOUNTING_YEARS: i32 = 10;

text_enum! {
    /// Reason for which data of an erased person stays.
    pub enum KeptFor {
        /// Commercial and tax law keeps invoices, payments and books.
        Accounting = "accounting",
        /// The law of the hotel's country keeps its register of guests.
        Register = "register",
        /// The record is append-only; its personal values are sealed, and the keys are destroyed.
        Record = "record",
    }
}

impl KeptFor {
    /// Returns the reason as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Accounting => {
                "Commercial and tax law keeps invoices, payments and the books for ten years: Article 17(3)(b) of the GDPR."
            }
            Self::Register => {
                "The law of the hotel's country keeps the register of guests after departure: Article 17(3)(b) of the GDPR."
            }
            Self::Record => {
                "The record of changes proves what was done and cannot be changed. It names fields; personal values in it are sealed, and \
                 their keys are destroyed."
            }
        }
    }

    /// Returns the last day of the duty as SQL: of a row `t` that counts from a date, at the hotel `p`. None: it does not end.
    pub fn until(self, from: &str) -> String {
        match self {
            Self::Accounting => format!("({from} + make_interval(years => {ACCOUNTING_YEARS}))::date"),
            Self::Register => format!("({from} + make_interval(days => {}))::date", register_days_in_sql("p.country")),
            Self::Record => "NULL::date".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_kept_as_long_as_its_country_says() {
        let until = KeptFor::Register.until("t.check_out");
        assert!(
            until.contains("p.country WHEN") && until.contains("WHEN 'ES' THEN 1096") && until.ends_with("ELSE 366 END))::date"),
            "{until}"
        );
        assert_eq!(KeptFor::Accounting.until("t.issue_date"), "(t.issue_date + make_interval(years => 10))::date");
        assert_eq!(KeptFor::Record.until("t.x"), "NULL::date");
    }
}
