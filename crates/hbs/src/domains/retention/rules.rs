//! For how long what is kept. Pure.
use super::model::RetainedKind;
use crate::law::{REGISTER_DAYS, register_days};
use chrono::{Days, NaiveDate};

/// Returns for how many days at least a kind of data is kept in a country; 0 where nothing is known that asks for it.
pub fn least(kind: RetainedKind, country: &str) -> i32 {
    match kind {
        RetainedKind::StayDocuments | RetainedKind::RegistrationCards => register_days(country),
        RetainedKind::GuestDocuments
        | RetainedKind::LostItemPhotos
        | RetainedKind::IssueAttachments
        | RetainedKind::WaitlistEntries
        | RetainedKind::GuestProfiles => 0,
    }
}

/// Returns for how many days a kind of data is kept where the hotel has not said so. None: until somebody removes it.
pub fn standard(kind: RetainedKind, country: &str) -> Option<i32> {
    match kind {
        RetainedKind::GuestDocuments => Some(30),
        RetainedKind::StayDocuments | RetainedKind::RegistrationCards => Some(REGISTER_DAYS.max(least(kind, country))),
        RetainedKind::LostItemPhotos => Some(90),
        RetainedKind::IssueAttachments => Some(730),
        RetainedKind::WaitlistEntries => Some(90),
        // Whoever comes every few years is known again, unless the hotel wants it otherwise.
        RetainedKind::GuestProfiles => None,
    }
}

/// Returns the date before which a kind of data goes, whatever the rule says not before the law lets it. None: it is kept.
pub fn before(kind: RetainedKind, days: Option<i32>, country: &str, today: NaiveDate) -> Option<NaiveDate> {
    let days = days?.max(least(kind, country));
    today.checked_sub_days(Days::new(u64::try_from(days).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    #[test]
    fn what_the_law_keeps_stays_whatever_the_rule_says() {
        let before = |kind, days, country| super::before(kind, days, country, december(31));
        assert_eq!(before(RetainedKind::GuestDocuments, Some(30), "ES"), Some(december(1)), "profiles are no register");
        assert_eq!(before(RetainedKind::StayDocuments, Some(30), "IS"), Some(december(1)));
        assert_eq!(before(RetainedKind::StayDocuments, Some(30), "ES"), Some(december(31) - Days::new(1096)));
        assert_eq!(before(RetainedKind::RegistrationCards, Some(2000), "ES"), Some(december(31) - Days::new(2000)));
        assert_eq!(before(RetainedKind::StayDocuments, None, "ES"), None);
    }

    #[test]
    fn no_standard_is_shorter_than_the_law() {
        for country in ["AT", "ES", "FR", "PT", "IS"] {
            for kind in RetainedKind::ALL {
                assert!(standard(*kind, country).is_none_or(|standard| standard >= least(*kind, country)), "{kind} {country}");
            }
            assert_eq!(least(RetainedKind::StayDocuments, country), register_days(country));
        }
    }
}
