//! Averages, windows of time, and what a change makes of a review.
use super::model::{HidingReason, ModerationAction, ReviewStatus, Score, WRITE_WITHIN_DAYS};
use crate::numbers::quotient;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Maximum number of characters of an author's name.
const MAX_NAME: usize = 80;

/// Returns an average, rounded to a hundredth; none of nothing.
pub fn average(Score { count, sum }: Score) -> Option<f64> {
    let hundredths = quotient(sum * 100, count)?;
    Some(f64::from(i32::try_from(hundredths).ok()?) / 100.0)
}

/// Returns `true` while an author can change and remove a review.
pub fn is_editable(created_at: DateTime<Utc>, edit_days: i32, now: DateTime<Utc>) -> bool {
    now < created_at + TimeDelta::days(edit_days.into())
}

/// Returns the last day on which a stay can be reviewed.
pub fn last_day(departed_on: NaiveDate) -> NaiveDate {
    departed_on + TimeDelta::days(WRITE_WITHIN_DAYS)
}

/// Returns the status of a new review.
pub fn first_status(is_moderated: bool) -> ReviewStatus {
    if is_moderated { ReviewStatus::Pending } else { ReviewStatus::Published }
}

/// Returns the status of a review after its author has changed it: where reviews wait, what was published waits again. What is
/// hidden stays hidden.
pub fn status_after_edit(status: ReviewStatus, is_moderated: bool) -> ReviewStatus {
    match status {
        ReviewStatus::Published => first_status(is_moderated),
        ReviewStatus::Pending | ReviewStatus::Hidden => status,
    }
}

/// Decides which status and reason a decision of staff comes to; where it makes no sense, the reason why.
pub fn moderated(
    action: ModerationAction,
    reason: Option<HidingReason>,
) -> Result<(ReviewStatus, Option<HidingReason>), &'static str> {
    match (action, reason) {
        (ModerationAction::Publish, None) => Ok((ReviewStatus::Published, None)),
        (ModerationAction::Publish, Some(_)) => Err("is for hiding a review only"),
        (ModerationAction::Hide, Some(reason)) => Ok((ReviewStatus::Hidden, Some(reason))),
        (ModerationAction::Hide, None) => Err("is needed to hide a review"),
    }
}

/// Returns the name under which a review appears if its author names none: the first word of the contact's name.
pub fn first_name(full_name: &str) -> Option<String> {
    let word: String = full_name.split_whitespace().next()?.chars().take(MAX_NAME).collect();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_rounded_half_away_from_zero() {
        let of = |count, sum| average(Score { count, sum });
        for (count, sum, expected) in [
            (0, 0, None),
            (1, 5, Some(5.0)),
            (3, 13, Some(4.33)),
            (3, 14, Some(4.67)),
            (8, 33, Some(4.13)),
            (200, 801, Some(4.01)),
        ] {
            assert_eq!(of(count, sum), expected, "{sum} by {count}");
        }
    }

    #[test]
    fn authors_change_their_reviews_for_some_days() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let created = at("2026-12-01T12:00:00Z");
        assert!(is_editable(created, 1, at("2026-12-02T11:59:59Z")));
        assert!(!is_editable(created, 1, at("2026-12-02T12:00:00Z")) && !is_editable(created, 0, created));
    }

    #[test]
    fn an_edit_is_moderated_like_a_new_review() {
        use ReviewStatus::{Hidden, Pending, Published};
        for (status, is_moderated, after) in [
            (Published, false, Published),
            (Published, true, Pending),
            (Pending, false, Pending),
            (Hidden, false, Hidden),
            (Hidden, true, Hidden),
        ] {
            assert_eq!(status_after_edit(status, is_moderated), after);
        }
        assert_eq!((first_status(true), first_status(false)), (Pending, Published));
    }

    /// T-rev-hide: nothing is hidden without a reason.
    #[test]
    fn what_is_hidden_is_hidden_for_a_reason() {
        use ModerationAction::{Hide, Publish};
        assert!(moderated(Hide, None).is_err() && moderated(Publish, Some(HidingReason::Fake)).is_err());
        assert_eq!(moderated(Hide, Some(HidingReason::Fake)), Ok((ReviewStatus::Hidden, Some(HidingReason::Fake))));
        assert_eq!(moderated(Publish, None), Ok((ReviewStatus::Published, None)));
    }

    #[test]
    fn readers_see_a_first_name_only() {
        assert_eq!(first_name("  Ana Sousa ").as_deref(), Some("Ana"));
        assert_eq!(first_name("   "), None);
        assert_eq!(first_name(&"a".repeat(100)).map(|name| name.len()), Some(MAX_NAME));
    }
}
