//! Life cycle of a stay. Pure.
use crate::words::text_enum;
use chrono::NaiveDate;

text_enum! {
    /// State of a stay: `held` until the hold is confirmed or expires, then `confirmed` or `expired`; `checked_in` and
    /// `checked_out`; `cancelled`; `no_show` if the guests did not arrive. A booking's status is derived from its
    /// stays.
    pub enum Status {
        /// A hold: the stay occupies a room until the hold expires.
        Held = "held",
        Confirmed = "confirmed",
        CheckedIn = "checked_in",
        CheckedOut = "checked_out",
        Cancelled = "cancelled",
        /// An expired hold: nobody confirmed it in time.
        Expired = "expired",
        NoShow = "no_show",
    }
}

/// States of stays to come: their guests are expected.
pub const TO_COME: [Status; 2] = [Status::Held, Status::Confirmed];

/// States of stays that have not ended: to come, or with guests in the house.
pub const LIVE: [Status; 3] = [Status::Held, Status::Confirmed, Status::CheckedIn];

/// States of stays whose nights are all on sale again.
pub const WITHOUT_NIGHTS: [Status; 2] = [Status::Cancelled, Status::Expired];

impl Status {
    pub fn is_live(self) -> bool {
        LIVE.contains(&self)
    }

    pub fn is_to_come(self) -> bool {
        TO_COME.contains(&self)
    }

    /// Returns `true` if any night of the stay is taken. A no-show keeps its first one.
    pub fn has_nights(self) -> bool {
        !WITHOUT_NIGHTS.contains(&self)
    }
}

text_enum! {
    /// Action on a stay.
    pub enum Action {
        Confirm = "confirm",
        Cancel = "cancel",
        Expire = "expire",
        CheckIn = "check_in",
        CheckOut = "check_out",
        NoShow = "no_show",
        /// Undoes a cancellation or no-show.
        Reinstate = "reinstate",
        UndoCheckIn = "undo_check_in",
        UndoCheckOut = "undo_check_out",
    }
}

impl Action {
    /// Returns the state after the action.
    pub fn target(self) -> Status {
        match self {
            Self::Confirm | Self::Reinstate | Self::UndoCheckIn => Status::Confirmed,
            Self::Cancel => Status::Cancelled,
            Self::Expire => Status::Expired,
            Self::CheckIn | Self::UndoCheckOut => Status::CheckedIn,
            Self::CheckOut => Status::CheckedOut,
            Self::NoShow => Status::NoShow,
        }
    }

    /// Returns the kind of the event about a stay.
    pub fn stay_event(self) -> &'static str {
        match self {
            Self::Confirm => "stay.confirmed",
            Self::Cancel => "stay.cancelled",
            Self::Expire => "stay.expired",
            Self::CheckIn => "stay.checked_in",
            Self::CheckOut => "stay.checked_out",
            Self::NoShow => "stay.no_show",
            Self::Reinstate => "stay.reinstated",
            Self::UndoCheckIn => "stay.check_in_undone",
            Self::UndoCheckOut => "stay.check_out_undone",
        }
    }

    /// Returns `true` if the action undoes another one, which is possible until the business date ends.
    pub fn is_undo(self) -> bool {
        matches!(self, Self::Reinstate | Self::UndoCheckIn | Self::UndoCheckOut)
    }
}

/// Returns the day on which guests leave: of day use that of arrival, though the night of the day is theirs until they have left.
pub fn departure(check_in: NaiveDate, check_out: NaiveDate, is_day_use: bool) -> NaiveDate {
    if is_day_use { check_in } else { check_out }
}

/// Returns the state that the action leads to from a state, if it is possible there: the one table of moves.
pub fn next(from: Status, action: Action) -> Option<Status> {
    let possible = match action {
        // An expired hold is confirmed where the payment came late.
        Action::Confirm => matches!(from, Status::Held | Status::Expired),
        Action::Expire => matches!(from, Status::Held),
        Action::Cancel => from.is_to_come(),
        Action::CheckIn | Action::NoShow => matches!(from, Status::Confirmed),
        Action::CheckOut | Action::UndoCheckIn => matches!(from, Status::CheckedIn),
        Action::Reinstate => matches!(from, Status::Cancelled | Status::NoShow),
        Action::UndoCheckOut => matches!(from, Status::CheckedOut),
    };
    possible.then_some(action.target())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_of_moves() {
        let mut table = String::new();
        for from in Status::ALL {
            for action in Action::ALL {
                if let Some(to) = next(*from, *action) {
                    table.push_str(&format!("{from} --{action}--> {to}\n"));
                }
            }
        }
        let expected = "held --confirm--> confirmed\n\
            held --cancel--> cancelled\n\
            held --expire--> expired\n\
            confirmed --cancel--> cancelled\n\
            confirmed --check_in--> checked_in\n\
            confirmed --no_show--> no_show\n\
            checked_in --check_out--> checked_out\n\
            checked_in --undo_check_in--> confirmed\n\
            checked_out --undo_check_out--> checked_in\n\
            cancelled --reinstate--> confirmed\n\
            expired --confirm--> confirmed\n\
            no_show --reinstate--> confirmed\n";
        assert_eq!(table, expected);
    }
}
