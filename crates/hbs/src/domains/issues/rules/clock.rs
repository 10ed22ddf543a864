//! The hotel's time for an issue: when answer and solution are due, and what is overdue.
use super::super::model::{Issue, IssueStatus, IssueTarget};
use super::hours::ServiceHours;
use chrono::{DateTime, TimeDelta, Utc};

impl Issue {
    /// Moves the issue to a status. The clock stands still while it waits for the guest and once it is over.
    pub fn move_to(&mut self, status: IssueStatus, hours: &ServiceHours, now: DateTime<Utc>) {
        match (self.paused_since, status.runs()) {
            (Some(since), true) => {
                self.paused_seconds += hours.between(since, now).num_seconds();
                self.paused_since = None;
            }
            (None, false) => self.paused_since = Some(now),
            _ => {}
        }
        self.status = status;
        self.resolved_at = if status.is_over() { self.resolved_at.or(Some(now)) } else { None };
        self.closed_at = if status == IssueStatus::Closed { self.closed_at.or(Some(now)) } else { None };
        self.set_due(hours);
    }

    /// Sets the time by which the issue is to be answered and solved. What has been told as missed once is not told again.
    pub fn set_due(&mut self, hours: &ServiceHours) {
        let due = |minutes: i32| {
            hours.after(self.created_at, TimeDelta::minutes(minutes.into()) + TimeDelta::seconds(self.paused_seconds))
        };
        let runs = self.paused_since.is_none();
        self.answer_due_at = (runs && self.answered_at.is_none()).then(|| due(self.answer_minutes));
        self.solution_due_at = runs.then(|| due(self.solution_minutes));
    }

    /// Notes the targets that are missed by now and were not noted before, each with the time at which it was due.
    pub fn note_overdue(&mut self, now: DateTime<Utc>) -> Vec<(IssueTarget, DateTime<Utc>)> {
        let mut missed = Vec::new();
        if let Some(due) = self.answer_due_at.filter(|due| *due <= now && self.answer_breached_at.is_none()) {
            self.answer_breached_at = Some(due);
            missed.push((IssueTarget::Answer, due));
        }
        if let Some(due) = self.solution_due_at.filter(|due| *due <= now && self.solution_breached_at.is_none()) {
            self.solution_breached_at = Some(due);
            missed.push((IssueTarget::Solution, due));
        }
        missed
    }
}
