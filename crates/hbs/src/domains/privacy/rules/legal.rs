//! How long the law keeps what an erasure would take, and the words for it.
use crate::law::{book_years_in_sql, register_days_in_sql};
use crate::words::text_enum;

text_enum! {
    /// Reason for which data of an erased person stays.
    pub enum KeptFor {
        /// The hotel must keep invoices, payments and books for as long as commercial and tax law of its country asks.
        Accounting = "accounting",
        /// The hotel must keep its register of guests for as long as the law of its country asks.
        Register = "register",
        /// The record is append-only; its personal values are sealed, and the keys are destroyed.
        Record = "record",
    }
}

impl KeptFor {
    /// Returns the reason as a sentence. It names the one article that is the same wherever the regulation holds: which law of
    /// its country a hotel is under, the hotel knows.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Accounting => {
                "The hotel must keep invoices, payments and books for as long as commercial and tax law of its country asks \
                 (Article 17(3)(b) of the GDPR). The date is what is assumed of that law here; the hotel knows which it is under."
            }
            Self::Register => {
                "The hotel must keep its register of guests after departure for as long as the law of its country asks \
                 (Article 17(3)(b) of the GDPR). The date is what is assumed of that law here; the hotel knows which it is under."
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
            Self::Accounting => format!("make_date(extract(year FROM {from})::int + {}, 12, 31)", book_years_in_sql("p.country")),
            Self::Register => format!("({from} + make_interval(days => {}))::date", register_days_in_sql("p.country")),
            Self::Record => "NULL::date".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_are_kept_as_long_as_their_country_says() {
        let until = KeptFor::Accounting.until("t.issue_date");
        assert!(
            until.starts_with("make_date(extract(year FROM t.issue_date)::int + CASE p.country WHEN")
                && until.contains("WHEN 'AT' THEN 7")
                && until.ends_with("ELSE 10 END, 12, 31)"),
            "{until}"
        );
    }

    #[test]
    fn a_register_is_kept_as_long_as_its_country_says() {
        let until = KeptFor::Register.until("t.check_out");
        assert!(
            until.contains("p.country WHEN") && until.contains("WHEN 'ES' THEN 1096") && until.ends_with("ELSE 366 END))::date"),
            "{until}"
        );
        assert_eq!(KeptFor::Record.until("t.x"), "NULL::date");
    }
}
