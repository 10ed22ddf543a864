//! The table of moves: what an issue must be to become another.
use super::super::error::IssueError;
use super::super::model::IssueStatus;

/// Checks that an issue may be moved from one status to another by the staff.
pub fn check_move(from: IssueStatus, to: IssueStatus) -> Result<(), IssueError> {
    use IssueStatus::{Closed, InProgress, Open, Resolved, Waiting};
    let possible = match to {
        // From what is over, the first reopens it.
        Open | Closed => true,
        InProgress | Waiting => matches!(from, Open | InProgress | Waiting),
        Resolved => from != Closed,
    };
    if possible || from == to { Ok(()) } else { Err(IssueError::IllegalMove { from, to }) }
}

/// Returns what an issue becomes by a message of its guest: whatever it was, it is the hotel's turn.
pub fn after_guest(status: IssueStatus) -> IssueStatus {
    if status.runs() { status } else { IssueStatus::Open }
}

/// Returns what an issue becomes by an answer, if the staff say nothing else: somebody is at it now. What was solved stays so,
/// and what was closed is open again.
pub fn after_answer(status: IssueStatus) -> IssueStatus {
    match status {
        IssueStatus::Open => IssueStatus::InProgress,
        IssueStatus::Closed => IssueStatus::Open,
        IssueStatus::InProgress | IssueStatus::Waiting | IssueStatus::Resolved => status,
    }
}

/// Returns what an issue becomes by a file that is attached to a message. A file of the guest is their word, as a message is; one
/// of the staff opens what was closed, and answers nothing. A file of a note is among the staff.
pub fn after_file(status: IssueStatus, by_staff: bool, of_note: bool) -> IssueStatus {
    match (by_staff, of_note) {
        (false, _) => after_guest(status),
        (true, false) if status == IssueStatus::Closed => IssueStatus::Open,
        (true, _) => status,
    }
}

/// Returns what an issue becomes when another one is merged into it: the status of that where it has more to be done.
pub fn after_merge(status: IssueStatus, of_other: IssueStatus) -> IssueStatus {
    let is_behind = !status.runs() && of_other.runs() || status.is_over() && !of_other.is_over();
    if is_behind { of_other } else { status }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IssueStatus::{Closed, InProgress, Open, Resolved, Waiting};

    #[test]
    fn the_table_of_moves() {
        let impossible =
            [(Resolved, InProgress), (Resolved, Waiting), (Closed, InProgress), (Closed, Waiting), (Closed, Resolved)];
        for from in IssueStatus::ALL {
            for to in IssueStatus::ALL {
                assert_eq!(check_move(*from, *to).is_ok(), !impossible.contains(&(*from, *to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn messages_move_issues() {
        let moved = |by: fn(IssueStatus) -> IssueStatus| IssueStatus::ALL.iter().copied().map(by).collect::<Vec<_>>();
        assert_eq!(moved(after_guest), [Open, InProgress, Open, Open, Open]);
        assert_eq!(moved(after_answer), [InProgress, InProgress, Waiting, Resolved, Open]);
        assert_eq!(moved(|status| after_file(status, false, false)), moved(after_guest));
        assert_eq!(moved(|status| after_file(status, true, false)), [Open, InProgress, Waiting, Resolved, Open]);
        assert_eq!(moved(|status| after_file(status, true, true)), IssueStatus::ALL);
    }

    #[test]
    fn nothing_open_is_buried_by_a_merge() {
        for (into, merged, expected) in [
            (Closed, Open, Open),
            (Resolved, InProgress, InProgress),
            (Closed, Waiting, Waiting),
            (Waiting, Open, Open),
            (Waiting, Closed, Waiting),
            (InProgress, Waiting, InProgress),
            (Open, Resolved, Open),
            (Resolved, Closed, Resolved),
            (Closed, Resolved, Closed),
        ] {
            assert_eq!(after_merge(into, merged), expected, "{merged} into {into}");
        }
    }
}
