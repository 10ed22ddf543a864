//! Agreements of a guest and the hotel: prices and terms of stays, whatever becomes of rates until they are sold. Pure.
use super::amendment::{Mention, Wanted};
use super::selling::Sold;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::Stay;
use crate::domains::stays::Status;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Agreement on the price of each stay that is to be changed or added.
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

/// Stay that an agreed price is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Subject {
    Stay {
        stay_id: Uuid,
        was: Box<Basis>,
    },
    /// A room to be added, by its place among them.
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

/// State of a stay on which the agreement was made.
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

    /// Returns the agreed price of a stay, if the stay is still what it was.
    pub fn sold(&self, wanted: &Wanted) -> Result<&Sold, BookingError> {
        let of = Subject::of(wanted);
        let agreed = self.stays.iter().find(|agreed| agreed.of == of).map(|agreed| &agreed.sold);
        // Dates that the amendment takes from the booking, or from the calendar, may be other ones by now.
        let agreed = agreed.filter(|sold| sold.nights.iter().map(|night| night.date).eq(wanted.nights.iter()));
        agreed.ok_or(BookingError::AgreementOutdated)
    }

    /// Checks that everything is still as agreed.
    pub fn check(&self, wanted: &[Wanted]) -> Result<(), BookingError> {
        if self.stays.iter().any(|agreed| !wanted.iter().any(|one| Subject::of(one) == agreed.of)) {
            return Err(BookingError::AgreementOutdated);
        }
        wanted.iter().filter(|one| !one.costs_the_same()).try_for_each(|one| self.sold(one).map(|_| ()))
    }
}
