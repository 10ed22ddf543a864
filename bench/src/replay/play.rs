//! Plays a schedule through the API: day by day, phase by phase, several clients in each.

use std::fmt;

use chrono::NaiveDate;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::api::{Api, CallError};
use crate::error::{Context, Result};
use crate::hotel::{CURRENCY, Created, Property};
use crate::money::format_cents;
use crate::progress::Progress;
use crate::replay::reservation::Reservation;
use crate::replay::schedule::{Day, Pace, Phase};

const CHILD_AGE: u8 = 8;
const BABY_AGE: u8 = 1;
/// Noon at Greenwich is the same date at the hotel.
const TIME_OF_DAY: &str = "T12:00:00Z";

/// A step that the server refused, or did not answer.
#[derive(Debug)]
pub struct Failure {
    pub row: usize,
    pub phase: Phase,
    pub error: CallError,
}

impl Failure {
    /// Returns the kind by which failures are counted.
    pub fn kind(&self) -> String {
        match &self.error {
            CallError::Broken(_) => format!("{} without a proper answer", self.phase),
            CallError::Refused(problem) => format!("{} answered {} {}", self.phase, problem.status, problem.code),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {} failed: {}", self.row, self.phase, self.error)
    }
}

/// What a booking owes.
#[derive(Debug, Deserialize)]
struct Owed {
    balance: Balance,
}

#[derive(Debug, Deserialize)]
struct Balance {
    amount: String,
}

impl Balance {
    /// Returns `true` if nothing is to be paid.
    fn is_nothing(&self) -> bool {
        self.amount.starts_with('-') || self.amount.chars().all(|digit| matches!(digit, '0' | '.'))
    }
}

#[derive(Debug, Default)]
pub struct Played {
    pub failures: Vec<Failure>,
    /// Steps left out because an earlier step of the same row failed.
    pub left_out: usize,
}

pub struct Play<'a> {
    pub api: &'a Api,
    pub property: &'a Property,
    pub reservations: &'a [Reservation],
    pub clients: usize,
    /// Sets the idempotency keys of this replay apart from those of others on the same server.
    pub run: &'a str,
    pub pace: Pace,
}

pub async fn set_clock(api: &Api, date: NaiveDate) -> Result<()> {
    let now = json!({"now": format!("{date}{TIME_OF_DAY}")});
    let _: IgnoredAny = api
        .put("/test/clock", &now)
        .await
        .context(format!("cannot set the clock to {date} (it takes a server with HBS_TEST_CLOCK=1)"))?;
    Ok(())
}

impl Play<'_> {
    /// Goes on after a refused step. Stops only if the clock cannot be set.
    pub async fn play(&self, days: &[Day]) -> Result<Played> {
        let steps = days.iter().flat_map(|day| day.phases.values()).map(Vec::len).sum();
        let progress = Progress::new("replay", steps);
        let mut played = Played::default();
        // The id of each reservation's booking; none before it is booked and after a failure.
        let mut bookings = vec![None; self.reservations.len()];
        for (place, day) in days.iter().enumerate() {
            progress.note(day.date.to_string());
            set_clock(self.api, day.date).await?;
            for (phase, members) in &day.phases {
                self.play_phase(*phase, members, &mut bookings, &mut played, &progress).await;
            }
            if self.pace == Pace::Audited {
                let next = days.get(place + 1).map(|next| next.date);
                self.close_dates(day.date, next.or(day.date.succ_opt())).await?;
            }
        }
        progress.finish();
        Ok(played)
    }

    async fn play_phase(
        &self,
        phase: Phase,
        members: &[usize],
        bookings: &mut [Option<String>],
        played: &mut Played,
        progress: &Progress,
    ) {
        let steps: Vec<_> = members.iter().map(|&index| (index, bookings[index].take())).collect();
        let calls = steps
            .into_iter()
            .map(|(index, booking)| async move { (index, self.step(phase, &self.reservations[index], booking).await) });
        let mut answers = stream::iter(calls).buffer_unordered(self.clients);
        while let Some((index, answer)) = answers.next().await {
            progress.step();
            match answer {
                Some(Ok(booking)) => bookings[index] = Some(booking),
                Some(Err(error)) => {
                    let failure = Failure { row: self.reservations[index].row, phase, error };
                    progress.say(&failure.to_string());
                    played.failures.push(failure);
                }
                None => played.left_out += 1,
            }
        }
    }

    /// Closes each date from one on, up to and without another, in the night after it.
    async fn close_dates(&self, from: NaiveDate, until: Option<NaiveDate>) -> Result<()> {
        let path = format!("/properties/{}/night-audit", self.property.id);
        for date in from.iter_days().take_while(|date| until.is_some_and(|until| *date < until)) {
            if let Some(next) = date.succ_opt() {
                set_clock(self.api, next).await?;
            }
            let audit = json!({"business_date": date});
            let _: IgnoredAny = self.api.post(&path, &audit).await.context(format!("cannot close {date}"))?;
        }
        Ok(())
    }

    /// Takes one step of a reservation and returns its booking; `None` if an earlier step failed.
    async fn step(&self, phase: Phase, reservation: &Reservation, booking: Option<String>) -> Option<Result<String, CallError>> {
        let action = match phase {
            Phase::Book => return Some(self.book(reservation).await),
            Phase::Cancel => "cancel",
            Phase::CheckIn => "check-in",
            Phase::CheckOut => "check-out",
            Phase::NoShow => "no-show",
        };
        let booking = booking?;
        let path = format!("/bookings/{booking}/{action}");
        // Nobody makes up the rooms.
        let body = match phase {
            Phase::CheckIn => json!({"ignore_housekeeping": true, "reason": "replay"}),
            _ => json!({}),
        };
        // Guests pay before they leave; those who gave their rooms up pay what that costs.
        if phase == Phase::CheckOut
            && let Err(error) = self.pay(reservation, &booking).await
        {
            return Some(Err(error));
        }
        if let Err(error) = self.api.post::<IgnoredAny>(&path, &body).await {
            return Some(Err(error));
        }
        if matches!(phase, Phase::Cancel | Phase::NoShow)
            && let Err(error) = self.pay(reservation, &booking).await
        {
            return Some(Err(error));
        }
        Some(Ok(booking))
    }

    /// Pays what is left of a booking, if anything is.
    async fn pay(&self, reservation: &Reservation, booking: &str) -> Result<(), CallError> {
        let Owed { balance } = self.api.get(&format!("/bookings/{booking}")).await?;
        if balance.is_nothing() {
            return Ok(());
        }
        let amount = json!({"amount": balance.amount, "currency": CURRENCY});
        let payment = json!({"booking_id": booking, "method": "card_terminal", "amount": amount});
        let key = format!("replay-{}-{}-paid", self.run, reservation.row);
        self.api.post_once::<IgnoredAny>("/payments", &payment, &key).await.map(drop)
    }

    async fn book(&self, reservation: &Reservation) -> Result<String, CallError> {
        let key = format!("replay-{}-{}", self.run, reservation.row);
        let created: Created = self.api.post_once("/bookings", &self.booking(reservation), &key).await?;
        Ok(created.id)
    }

    fn booking(&self, reservation: &Reservation) -> Value {
        let row = reservation.row;
        json!({
            "property_id": self.property.id,
            "check_in": reservation.arrival,
            "check_out": reservation.departure,
            "rooms": [{
                "room_type_id": self.property.room_types.get(&reservation.room_type),
                "adults": reservation.adults,
                "children_ages": children_ages(reservation),
                "nightly_price": {"amount": format_cents(reservation.nightly_price), "currency": CURRENCY},
            }],
            "contact": {"full_name": format!("Guest of row {row}"), "email": format!("row-{row}@replay.test")},
            "channel": reservation.channel,
            "external_reference": row.to_string(),
        })
    }
}

fn children_ages(reservation: &Reservation) -> Vec<u8> {
    let children = (0..reservation.children).map(|_| CHILD_AGE);
    children.chain((0..reservation.babies).map(|_| BABY_AGE)).collect()
}
