//! What a guest and the hotel agreed on: what stays are to be sold at, whatever becomes of rates until it is done. Pure.
use super::amendment::{Mention, Wanted};
use super::selling::Sold;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::Stay;
use crate::domains::stays::Status;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What each stay that is to be another one is sold at then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    stays: Vec<AgreedStay>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AgreedStay {
    #[serde(flatten)]
    of: Subject,
    sold: Sold,
}

/// Which stay is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Subject {
    Stay {
        stay_id: Uuid,
        was: Box<Basis>,
    },
    /// By its place among the rooms to be added.
    Added {
        added: usize,
    },
}

impl Subject {
    fn of(wanted: &Wanted) -> Self {
        match wanted.mention {
            Mention::Added(added) => Self::Added { added },
            _ => Self::Stay { stay_id: wanted.stay.id, was: Box::new(Basis::of(&wanted.stay)) },
        }
    }
}

/// What the agreement was made upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Basis {
    status: Status,
    room_type_id: Uuid,
    rate_plan_id: Option<Uuid>,
    check_in: NaiveDate,
    check_out: NaiveDate,
    adults: i32,
    children_ages: Vec<Option<i32>>,
    total_minor: i64,
}

impl Basis {
    fn of(stay: &Stay) -> Self {
        Self {
            status: stay.status,
            room_type_id: stay.room_type_id,
            rate_plan_id: stay.rate_plan_id,
            check_in: stay.check_in,
            check_out: stay.check_out,
            adults: stay.adults,
            children_ages: stay.children_ages.clone(),
            total_minor: stay.total_minor,
        }
    }
}

impl Agreement {
    pub fn of<'a>(stays: impl IntoIterator<Item = (&'a Wanted, &'a Sold)>) -> Self {
        let agreed = |(wanted, sold): (&Wanted, &Sold)| AgreedStay { of: Subject::of(wanted), sold: sold.clone() };
        Self { stays: stays.into_iter().map(agreed).collect() }
    }

    /// What a stay is sold at, if it is still what it was.
    pub fn sold(&self, wanted: &Wanted) -> Result<&Sold, BookingError> {
        let of = Subject::of(wanted);
        let agreed = self.stays.iter().find(|agreed| agreed.of == of).map(|agreed| &agreed.sold);
        // Dates that the amendment takes from the booking, or from the calendar, may be other ones by now.
        let agreed = agreed.filter(|sold| sold.nights.iter().map(|night| night.date).eq(wanted.nights.iter()));
        agreed.ok_or(BookingError::AgreementOutdated)
    }

    /// Whether all of it is still what was agreed on.
    pub fn check(&self, wanted: &[Wanted]) -> Result<(), BookingError> {
        if self.stays.iter().any(|agreed| !wanted.iter().any(|one| Subject::of(one) == agreed.of)) {
            return Err(BookingError::AgreementOutdated);
        }
        wanted.iter().filter(|one| !one.costs_the_same()).try_for_each(|one| self.sold(one).map(|_| ()))
    }
}
