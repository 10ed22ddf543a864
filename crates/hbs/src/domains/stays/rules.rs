//! What a stay may become. Pure.
use crate::words::text_enum;

text_enum! {
    /// The state of a stay. A booking's status is derived from its stays.
    pub enum Status {
        /// Occupies a room until the hold expires.
        Held = "held",
        Confirmed = "confirmed",
        CheckedIn = "checked_in",
        CheckedOut = "checked_out",
        Cancelled = "cancelled",
        /// A hold that nobody confirmed in time.
        Expired = "expired",
        NoShow = "no_show",
    }
}

/// The states of stays to come: their guests are expected.
pub const TO_COME: [Status; 2] = [Status::Held, Status::Confirmed];

/// The states of stays that have not ended: to come, or with guests in the house.
pub const LIVE: [Status; 3] = [Status::Held, Status::Confirmed, Status::CheckedIn];

/// The states of stays whose nights are all on sale again.
pub const WITHOUT_NIGHTS: [Status; 2] = [Status::Cancelled, Status::Expired];

impl Status {
    pub fn is_live(self) -> bool {
        LIVE.contains(&self)
    }

    pub fn is_to_come(self) -> bool {
        TO_COME.contains(&self)
    }

    /// Whether any night of the stay is taken. A no-show keeps its first one.
    pub fn has_nights(self) -> bool {
        !WITHOUT_NIGHTS.contains(&self)
    }
}

text_enum! {
    /// What can be done with a stay.
    pub enum Action {
        Confirm = "confirm",
        Cancel = "cancel",
        Expire = "expire",
        CheckIn = "check_in",
        CheckOut = "check_out",
        NoShow = "no_show",
        /// Of a stay that was cancelled, or whose guests were recorded as missing.
        Reinstate = "reinstate",
        UndoCheckIn = "undo_check_in",
        UndoCheckOut = "undo_check_out",
    }
}

impl Action {
    /// The state that it leads to.
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

    /// The kind of the event about a stay.
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

    /// Whether it undoes another one, which is possible until the business date ends.
    pub fn is_undo(self) -> bool {
        matches!(self, Self::Reinstate | Self::UndoCheckIn | Self::UndoCheckOut)
    }
}

/// The one table of moves: where a stay goes from here, if the action exists here.
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
