//! Actions on tasks: which task can take which, and what comes of it.
use crate::domains::housekeeping::error::HousekeepingError;
use crate::domains::housekeeping::model::{Deed, SkipReason, Task, TaskAction, TaskStatus};
use crate::domains::rooms::Housekeeping;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Returns what an action by somebody makes of a task; `None` if it is so already.
pub fn deed(
    task: &Task,
    action: TaskAction,
    skip_reason: Option<SkipReason>,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<Option<Deed>, HousekeepingError> {
    use TaskStatus::{Finished, Inspected, Open, Skipped, Started};
    let status = match (action, task.status) {
        (TaskAction::Start, Started) | (TaskAction::Finish, Finished) | (TaskAction::Inspect, Inspected) => return Ok(None),
        (TaskAction::Reopen, Open) => return Ok(None),
        (TaskAction::Skip, Skipped) if skip_reason == task.skip_reason => return Ok(None),
        (TaskAction::Start, Open | Skipped | Finished) => Started,
        (TaskAction::Finish, Open | Started) => Finished,
        (TaskAction::Inspect, Finished) if by.is_some() && by == task.finished_by => return Err(HousekeepingError::OwnWork),
        (TaskAction::Inspect, Finished) => Inspected,
        (TaskAction::Skip, Open | Started | Skipped) => Skipped,
        (TaskAction::Reopen, Finished | Inspected | Skipped) => Open,
        (action, status) => return Err(HousekeepingError::WrongStatus { status, action }),
    };
    let undone = Deed {
        status,
        skip_reason: Some(None),
        started_at: Some(None),
        finished_at: Some(None),
        finished_by: Some(None),
        inspected_at: Some(None),
        inspected_by: Some(None),
    };
    Ok(Some(match action {
        TaskAction::Start => Deed { started_at: Some(Some(at)), ..undone },
        TaskAction::Finish => Deed { started_at: None, finished_at: Some(Some(at)), finished_by: Some(by), ..undone },
        TaskAction::Inspect => {
            let inspected = Deed { inspected_at: Some(Some(at)), inspected_by: Some(by), ..undone };
            Deed { started_at: None, finished_at: None, finished_by: None, ..inspected }
        }
        TaskAction::Skip => Deed { skip_reason: Some(skip_reason), ..undone },
        TaskAction::Reopen => undone,
    }))
}

/// Returns the state of the room after an action on its task, if the action sets it.
pub fn room_state(before: TaskStatus, action: TaskAction) -> Option<Housekeeping> {
    let was_touched = matches!(before, TaskStatus::Started | TaskStatus::Finished | TaskStatus::Inspected);
    match action {
        TaskAction::Start => Some(Housekeeping::InProgress),
        TaskAction::Finish => Some(Housekeeping::Clean),
        TaskAction::Inspect => Some(Housekeeping::Inspected),
        TaskAction::Skip | TaskAction::Reopen => was_touched.then_some(Housekeeping::Dirty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::housekeeping::model::{Service, TaskId};
    use crate::testing::december;

    fn task(status: TaskStatus, finished_by: Option<Uuid>) -> Task {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        Task {
            property_id: Uuid::nil(),
            id: TaskId::now_v7(),
            date: december(1),
            room_id: Uuid::nil(),
            service: Service::Departure,
            credits: 30,
            status,
            attendant_id: None,
            place: 0,
            is_rush: false,
            changes_linen: false,
            has_turn_down: false,
            notes: None,
            skip_reason: (status == TaskStatus::Skipped).then_some(SkipReason::NoAccess),
            started_at: None,
            finished_at: None,
            finished_by,
            inspected_at: None,
            inspected_by: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn every_action_has_its_place() {
        use TaskAction::{Finish, Inspect, Reopen, Skip, Start};
        use TaskStatus::{Finished, Inspected, Open, Skipped, Started};
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let after = |status, action| {
            let reason = (action == Skip).then_some(SkipReason::Declined);
            deed(&task(status, None), action, reason, Some(Uuid::max()), at)
                .map(|deed| deed.map_or(status, |deed| deed.status))
                .ok()
        };
        let table = [
            (Open, [Some(Started), Some(Finished), None, Some(Skipped), Some(Open)]),
            (Started, [Some(Started), Some(Finished), None, Some(Skipped), None]),
            (Finished, [Some(Started), Some(Finished), Some(Inspected), None, Some(Open)]),
            (Inspected, [None, None, Some(Inspected), None, Some(Open)]),
            (Skipped, [Some(Started), None, None, Some(Skipped), Some(Open)]),
        ];
        for (status, expected) in table {
            assert_eq!([Start, Finish, Inspect, Skip, Reopen].map(|action| after(status, action)), expected, "{status}");
        }
    }

    #[test]
    fn nobody_inspects_what_they_have_made_up() {
        let (me, other, at) = (Uuid::from_u128(1), Uuid::from_u128(2), DateTime::<Utc>::UNIX_EPOCH);
        let finished = task(TaskStatus::Finished, Some(me));
        let inspect = |by| deed(&finished, TaskAction::Inspect, None, by, at);
        assert!(matches!(inspect(Some(me)), Err(HousekeepingError::OwnWork)));
        assert_eq!(inspect(Some(other)).ok().flatten().map(|deed| deed.inspected_by), Some(Some(Some(other))));
        let by_integration = task(TaskStatus::Finished, None);
        assert!(deed(&by_integration, TaskAction::Inspect, None, None, at).is_ok());
    }

    #[test]
    fn a_room_that_nobody_has_touched_stays_what_it_is() {
        assert_eq!(room_state(TaskStatus::Open, TaskAction::Skip), None);
        assert_eq!(room_state(TaskStatus::Started, TaskAction::Skip), Some(Housekeeping::Dirty));
        assert_eq!(room_state(TaskStatus::Skipped, TaskAction::Reopen), None);
        assert_eq!(room_state(TaskStatus::Inspected, TaskAction::Reopen), Some(Housekeeping::Dirty));
    }
}
