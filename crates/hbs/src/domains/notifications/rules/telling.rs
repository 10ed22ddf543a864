//! The table of events: which of them tells whom of what.
use crate::domains::notifications::model::NotificationKind::{self, *};
use serde_json::Value;

/// An event, as far as it decides what is told.
#[derive(Debug, Clone, Copy)]
pub struct Fact<'a> {
    pub kind: &'a str,
    pub changes: &'a Value,
}

/// People who are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Staff who hold the permission of the kind at the hotel.
    Staff,
    /// The one of these who sees to the issue; all of them, if nobody does.
    Responsible,
    /// The one of these whom the event has made see to the issue.
    Assigned,
    /// The person whose booking it is about.
    Guest,
    /// The person who waits for rooms.
    Waiting,
    /// The guest of the issue: who raised it, or whose booking it is about.
    GuestOfIssue,
}

/// Condition under which an event tells something.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    /// A field has one of these words now.
    Is(&'static str, &'static [&'static str]),
    /// A field has one of the second words now, and had none of the first.
    Becomes(&'static str, &'static [&'static str], &'static [&'static str]),
    /// A field that was told has a value now.
    Has(&'static str),
    /// A field has no value.
    Lacks(&'static str),
}

struct Rule {
    event: &'static str,
    when: &'static [When],
    kind: NotificationKind,
    to: To,
}

const fn rule(event: &'static str, when: &'static [When], kind: NotificationKind, to: To) -> Rule {
    Rule { event, when, kind, to }
}

use When::{Always, Becomes, Has, Is, Lacks};

/// Statuses of bookings that nobody has promised to keep.
const NOT_YET: &[&str] = &["held", "expired"];

const RULES: &[Rule] = &[
    rule("booking.created", &[Is("status", &["confirmed"]), Lacks("imported")], BookingCreated, To::Staff),
    rule("booking.created", &[Is("status", &["confirmed"]), Lacks("imported")], MyBookingConfirmed, To::Guest),
    rule("booking.created", &[Has("imported")], BookingsImported, To::Staff),
    rule("booking.status_changed", &[Becomes("status", &["confirmed", "checked_in"], &["confirmed"])], BookingCreated, To::Staff),
    rule(
        "booking.status_changed",
        &[Becomes("status", &["confirmed", "checked_in", "checked_out"], &["confirmed"])],
        MyBookingConfirmed,
        To::Guest,
    ),
    rule("booking.status_changed", &[Becomes("status", NOT_YET, &["cancelled"])], BookingCancelled, To::Staff),
    rule("booking.status_changed", &[Becomes("status", NOT_YET, &["cancelled"])], MyBookingCancelled, To::Guest),
    rule("booking.amended", &[Always], MyBookingChanged, To::Guest),
    rule("change_request.created", &[Always], ChangeRequestMade, To::Staff),
    rule("change_request.proposed", &[Always], MyRequestAnswered, To::Guest),
    rule("change_request.granted", &[Always], MyRequestAnswered, To::Guest),
    rule("change_request.refused", &[Always], MyRequestAnswered, To::Guest),
    rule("feed_conflict.opened", &[Always], FeedConflictOpened, To::Staff),
    rule("feed_import.stale", &[Always], FeedStale, To::Staff),
    rule("refund.requested", &[Is("status", &["requested"])], RefundToApprove, To::Staff),
    rule("refund.requested", &[Always], MyRefund, To::Guest),
    rule("refund.approved", &[Always], MyRefund, To::Guest),
    rule("refund.rejected", &[Always], MyRefund, To::Guest),
    rule("refund.completed", &[Always], MyRefund, To::Guest),
    rule("refund.failed", &[Always], MyRefund, To::Guest),
    rule("refund.failed", &[Always], RefundFailed, To::Staff),
    rule("payment.updated", &[Has("attention")], PaymentAttention, To::Staff),
    rule("payment.captured", &[Has("attention")], PaymentAttention, To::Staff),
    rule("payment.unclear", &[Has("attention")], PaymentAttention, To::Staff),
    rule("property.date_closed", &[Always], NightAuditDone, To::Staff),
    rule("issue.created", &[Always], IssueRaised, To::Staff),
    rule("issue.created", &[Has("assignee_id")], IssueAssigned, To::Assigned),
    rule("issue.changed", &[Has("assignee_id")], IssueAssigned, To::Assigned),
    rule("issue.reopened", &[Has("assignee_id")], IssueAssigned, To::Assigned),
    rule("issue.replied", &[Always], IssueReplied, To::Responsible),
    rule("issue.attached", &[Is("opened_by", &["guest"])], IssueReplied, To::Responsible),
    rule("issue.answer_overdue", &[Always], IssueOverdue, To::Staff),
    rule("issue.solution_overdue", &[Always], IssueOverdue, To::Staff),
    rule("issue.created", &[Is("origin", &["staff"])], MyIssueAnswered, To::GuestOfIssue),
    rule("issue.answered", &[Always], MyIssueAnswered, To::GuestOfIssue),
    rule("issue.attached", &[Is("opened_by", &["staff"])], MyIssueAnswered, To::GuestOfIssue),
    rule("issue.resolved", &[Always], MyIssueAnswered, To::GuestOfIssue),
    rule("review.responded", &[Always], MyReviewAnswered, To::Guest),
    rule("review.created", &[Always], ReviewReceived, To::Staff),
    rule("waitlist_entry.offered", &[Always], WaitlistOffered, To::Waiting),
];

/// Kinds of the events that tell something, some more than once.
pub const TOLD_OF: &[&str] = &{
    let mut kinds = [""; RULES.len()];
    let mut n = 0;
    while n < RULES.len() {
        kinds[n] = RULES[n].event;
        n += 1;
    }
    kinds
};

/// Returns what an event tells, and whom.
pub fn told_by(fact: Fact<'_>) -> impl Iterator<Item = (NotificationKind, To)> {
    let rules = RULES.iter().filter(move |rule| rule.event == fact.kind && rule.when.iter().all(|when| when.holds(fact.changes)));
    rules.map(|rule| (rule.kind, rule.to))
}

impl When {
    fn holds(self, changes: &Value) -> bool {
        let (before, after) = (|field: &str| changes[field]["before"].as_str(), |field: &str| &changes[field]["after"]);
        let is_one = |field: &str, words: &[&str]| after(field).as_str().is_some_and(|word| words.contains(&word));
        match self {
            Always => true,
            Is(field, words) => is_one(field, words),
            Becomes(field, from, to) => is_one(field, to) && !before(field).is_some_and(|word| from.contains(&word)),
            Has(field) => !after(field).is_null(),
            Lacks(field) => after(field).is_null(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(kind: &str, changes: &Value) -> Vec<(NotificationKind, To)> {
        told_by(Fact { kind, changes }).collect()
    }

    #[test]
    fn a_hold_is_nobodys_news_until_it_is_confirmed() {
        let created = |status: &str| json!({"status": {"before": null, "after": status}});
        assert_eq!(told("booking.created", &created("held")), []);
        let both = [(BookingCreated, To::Staff), (MyBookingConfirmed, To::Guest)];
        assert_eq!(told("booking.created", &created("confirmed")), both);
        let moved = |before: &str, after: &str| json!({"status": {"before": before, "after": after}});
        assert_eq!(told("booking.status_changed", &moved("held", "confirmed")), both);
        assert_eq!(told("booking.status_changed", &moved("cancelled", "confirmed")), both, "it is back");
        assert_eq!(told("booking.status_changed", &moved("checked_in", "confirmed")), [], "a check-in that was undone");
        assert_eq!(told("booking.status_changed", &moved("held", "cancelled")), []);
        let cancelled = [(BookingCancelled, To::Staff), (MyBookingCancelled, To::Guest)];
        assert_eq!(told("booking.status_changed", &moved("confirmed", "cancelled")), cancelled);
    }

    #[test]
    fn imported_bookings_are_told_of_as_an_import() {
        let changes = json!({"status": {"before": null, "after": "confirmed"}, "imported": {"before": null, "after": true}});
        assert_eq!(told("booking.created", &changes), [(BookingsImported, To::Staff)]);
    }

    #[test]
    fn payments_are_told_of_when_they_need_somebody() {
        let attention = |after: Value| json!({"attention": {"before": null, "after": after}});
        assert_eq!(told("payment.updated", &attention(json!("overpaid"))), [(PaymentAttention, To::Staff)]);
        assert_eq!(told("payment.updated", &attention(Value::Null)), []);
        assert_eq!(told("payment.captured", &json!({})), []);
    }

    #[test]
    fn files_are_told_of_when_they_open_an_issue() {
        assert_eq!(told("issue.attached", &json!({"message_id": {"before": null, "after": "m"}})), []);
        let opened_by = |side: &str| json!({"opened_by": {"before": null, "after": side}});
        assert_eq!(told("issue.attached", &opened_by("guest")), [(IssueReplied, To::Responsible)]);
        assert_eq!(told("issue.attached", &opened_by("staff")), [(MyIssueAnswered, To::GuestOfIssue)]);
    }

    #[test]
    fn staff_are_told_of_kinds_with_a_permission() {
        for rule in RULES {
            let to_staff = matches!(rule.to, To::Staff | To::Responsible | To::Assigned);
            assert_eq!(rule.kind.spec().permission.is_some(), to_staff, "{}", rule.event);
        }
    }
}
