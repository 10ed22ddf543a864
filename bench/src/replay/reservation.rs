//! Reservations: rows of a hotel-demand file, and every reason why a row cannot become one.

use std::fmt;

use chrono::{Days, Month, NaiveDate};

use crate::money::parse_cents;

/// Maximum number of guests in a room. Larger parties are groups that a real hotel spreads over rooms; the file puts
/// them in one.
pub const MAX_GUESTS_PER_ROOM: u32 = 10;
/// The largest `max_nights` a property can have.
pub const MAX_NIGHTS: u32 = 365;
/// The largest `max_advance_days` and `horizon_nights` a property can have.
pub const MAX_HORIZON_NIGHTS: u32 = 1500;
/// The longest `code` of a room type.
const MAX_ROOM_TYPE_CODE: usize = 20;
/// The longest code of a channel.
const MAX_CHANNEL_CODE: usize = 50;
/// Maximum price per night in cents. Higher ones are typing errors, and sums of lower ones stay far inside of an `i64`.
const MAX_NIGHTLY_PRICE: i64 = 1_000_000_000;
/// A status that comes later than this after the departure is a typing error.
const LATEST_STATUS_AFTER_DEPARTURE: Days = Days::new(366);
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;

/// The columns that the replay reads, by their names in the published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    LeadTime,
    ArrivalYear,
    ArrivalMonth,
    ArrivalDay,
    WeekendNights,
    WeekNights,
    Adults,
    Children,
    Babies,
    Channel,
    RoomType,
    Adr,
    Status,
    StatusDate,
}

impl Column {
    pub const ALL: [Self; 14] = [
        Self::LeadTime,
        Self::ArrivalYear,
        Self::ArrivalMonth,
        Self::ArrivalDay,
        Self::WeekendNights,
        Self::WeekNights,
        Self::Adults,
        Self::Children,
        Self::Babies,
        Self::Channel,
        Self::RoomType,
        Self::Adr,
        Self::Status,
        Self::StatusDate,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::LeadTime => "lead_time",
            Self::ArrivalYear => "arrival_date_year",
            Self::ArrivalMonth => "arrival_date_month",
            Self::ArrivalDay => "arrival_date_day_of_month",
            Self::WeekendNights => "stays_in_weekend_nights",
            Self::WeekNights => "stays_in_week_nights",
            Self::Adults => "adults",
            Self::Children => "children",
            Self::Babies => "babies",
            Self::Channel => "distribution_channel",
            Self::RoomType => "reserved_room_type",
            Self::Adr => "adr",
            Self::Status => "reservation_status",
            Self::StatusDate => "reservation_status_date",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Number of the row as a spreadsheet counts: the header is row 1.
    pub row: usize,
    pub booked_on: NaiveDate,
    pub arrival: NaiveDate,
    pub departure: NaiveDate,
    pub nights: u32,
    pub adults: u32,
    pub children: u32,
    pub babies: u32,
    pub room_type: String,
    /// The average daily rate, in cents: the price of each night.
    pub nightly_price: i64,
    pub channel: String,
    pub outcome: Outcome,
    pub oddity: Option<Oddity>,
}

impl Reservation {
    pub fn guests(&self) -> u32 {
        self.adults + self.children + self.babies
    }

    pub fn revenue(&self) -> i64 {
        self.nightly_price * i64::from(self.nights)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    CheckedOut { on: NaiveDate },
    Cancelled { on: NaiveDate },
    NoShow { on: NaiveDate },
}

/// Oddity of a row that is played all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    NoShowBeforeArrival,
    CheckOutBeforeArrival,
    /// The row runs over several lines: right if a field holds a line break, wrong if a quote is not closed and
    /// swallowed rows.
    SeveralLines,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoShowBeforeArrival => "no-show recorded before the arrival, played on the arrival date",
            Self::CheckOutBeforeArrival => "check-out recorded before the arrival, played on the day of departure",
            Self::SeveralLines => "row over several lines, played as one: check its quotes",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    FieldCount,
    Unreadable(Column),
    UnknownStatus,
    NoNight,
    NoAdult,
    TooManyGuests,
    TooManyNights,
    TooFarAhead,
    NegativePrice,
    StatusBeforeBooking,
    StatusTooLate,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount => f.write_str("not as many fields as the header"),
            Self::Unreadable(column) => write!(f, "unreadable {}", column.name()),
            Self::UnknownStatus => f.write_str("unknown reservation_status"),
            Self::NoNight => f.write_str("no night"),
            Self::NoAdult => f.write_str("no adult"),
            Self::TooManyGuests => write!(f, "more than {MAX_GUESTS_PER_ROOM} guests in a room"),
            Self::TooManyNights => write!(f, "more than {MAX_NIGHTS} nights"),
            Self::TooFarAhead => write!(f, "ends more than {MAX_HORIZON_NIGHTS} nights after it was booked"),
            Self::NegativePrice => f.write_str("negative adr"),
            Self::StatusBeforeBooking => f.write_str("status dated before the booking"),
            Self::StatusTooLate => f.write_str("status dated more than a year after the departure"),
        }
    }
}

/// A row that cannot be played, with the text that says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub row: usize,
    pub reason: Reason,
    pub detail: String,
}

/// Reads one row. `field` gives the trimmed text of a column.
pub fn read_reservation<'a>(row: usize, field: impl Fn(Column) -> &'a str) -> Result<Reservation, Reject> {
    let reader = RowReader { row, field };
    let arrival = reader.arrival()?;
    let booked_on = reader.booked_on(arrival)?;
    let nights = reader.nights()?;
    let departure = arrival + Days::new(u64::from(nights));
    let [adults, children, babies] = reader.guests()?;
    let room_type = reader.room_type()?;
    let nightly_price = reader.nightly_price()?;
    reader.check_horizon(booked_on, departure)?;
    let (outcome, oddity) = reader.outcome(booked_on, arrival, departure)?;
    Ok(Reservation {
        row,
        booked_on,
        arrival,
        departure,
        nights,
        adults,
        children,
        babies,
        room_type,
        nightly_price,
        channel: channel_code((reader.field)(Column::Channel)),
        outcome,
        oddity,
    })
}

struct RowReader<F> {
    row: usize,
    field: F,
}

impl<'a, F: Fn(Column) -> &'a str> RowReader<F> {
    fn arrival(&self) -> Result<NaiveDate, Reject> {
        let year = self.number(Column::ArrivalYear)?;
        let month = self.month()?;
        let day = self.number(Column::ArrivalDay)?;
        let year =
            i32::try_from(year).ok().filter(|year| YEARS.contains(year)).ok_or_else(|| self.unreadable(Column::ArrivalYear))?;
        NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| self.unreadable(Column::ArrivalDay))
    }

    fn month(&self) -> Result<u32, Reject> {
        let text = (self.field)(Column::ArrivalMonth);
        text.parse::<Month>().map(|month| month.number_from_month()).map_err(|_| self.unreadable(Column::ArrivalMonth))
    }

    fn booked_on(&self, arrival: NaiveDate) -> Result<NaiveDate, Reject> {
        let lead_time = self.number(Column::LeadTime)?;
        arrival.checked_sub_days(Days::new(u64::from(lead_time))).ok_or_else(|| self.unreadable(Column::LeadTime))
    }

    fn nights(&self) -> Result<u32, Reject> {
        let nights = self.number(Column::WeekendNights)?.saturating_add(self.number(Column::WeekNights)?);
        match nights {
            0 => Err(self.reject(Reason::NoNight, "weekend and week nights are 0")),
            1..=MAX_NIGHTS => Ok(nights),
            _ => Err(self.reject(Reason::TooManyNights, format!("{nights} nights"))),
        }
    }

    fn guests(&self) -> Result<[u32; 3], Reject> {
        let adults = self.number(Column::Adults)?;
        let children = self.number(Column::Children)?;
        let babies = self.number(Column::Babies)?;
        let guests = adults.saturating_add(children).saturating_add(babies);
        if adults == 0 {
            return Err(self.reject(Reason::NoAdult, format!("{guests} guests")));
        }
        if guests > MAX_GUESTS_PER_ROOM {
            return Err(self.reject(Reason::TooManyGuests, format!("{guests} guests")));
        }
        Ok([adults, children, babies])
    }

    fn room_type(&self) -> Result<String, Reject> {
        let text = (self.field)(Column::RoomType);
        if is_missing(text) || text.chars().count() > MAX_ROOM_TYPE_CODE || text.chars().any(char::is_control) {
            return Err(self.unreadable(Column::RoomType));
        }
        Ok(text.to_owned())
    }

    fn nightly_price(&self) -> Result<i64, Reject> {
        let text = (self.field)(Column::Adr);
        match parse_cents(text) {
            Some(cents) if cents < 0 => Err(self.reject(Reason::NegativePrice, text)),
            Some(cents) if cents <= MAX_NIGHTLY_PRICE => Ok(cents),
            _ => Err(self.unreadable(Column::Adr)),
        }
    }

    fn check_horizon(&self, booked_on: NaiveDate, departure: NaiveDate) -> Result<(), Reject> {
        let ahead = departure.signed_duration_since(booked_on).num_days();
        if ahead >= i64::from(MAX_HORIZON_NIGHTS) {
            return Err(self.reject(Reason::TooFarAhead, format!("{ahead} nights")));
        }
        Ok(())
    }

    fn outcome(
        &self,
        booked_on: NaiveDate,
        arrival: NaiveDate,
        departure: NaiveDate,
    ) -> Result<(Outcome, Option<Oddity>), Reject> {
        let on = self.status_date()?;
        if on < booked_on {
            return Err(self.reject(Reason::StatusBeforeBooking, format!("{on}, booked on {booked_on}")));
        }
        if on > departure + LATEST_STATUS_AFTER_DEPARTURE {
            return Err(self.reject(Reason::StatusTooLate, format!("{on}, departure on {departure}")));
        }
        // Nobody is missed or leaves before the day of the arrival.
        let at_hotel = on.max(arrival);
        let early = |oddity| (on < arrival).then_some(oddity);
        let status = (self.field)(Column::Status);
        match status.to_ascii_lowercase().as_str() {
            "canceled" | "cancelled" => Ok((Outcome::Cancelled { on }, None)),
            "check-out" => Ok((Outcome::CheckedOut { on: at_hotel }, early(Oddity::CheckOutBeforeArrival))),
            "no-show" => Ok((Outcome::NoShow { on: at_hotel }, early(Oddity::NoShowBeforeArrival))),
            _ => Err(self.reject(Reason::UnknownStatus, status)),
        }
    }

    fn status_date(&self) -> Result<NaiveDate, Reject> {
        NaiveDate::parse_from_str((self.field)(Column::StatusDate), "%Y-%m-%d").map_err(|_| self.unreadable(Column::StatusDate))
    }

    /// A count. Spreadsheets and data frames write some as `2.0`.
    fn number(&self, column: Column) -> Result<u32, Reject> {
        let text = (self.field)(column);
        let whole = match text.split_once('.') {
            Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
            _ => text,
        };
        whole.parse().map_err(|_| self.unreadable(column))
    }

    fn unreadable(&self, column: Column) -> Reject {
        self.reject(Reason::Unreadable(column), (self.field)(column))
    }

    fn reject(&self, reason: Reason, detail: impl Into<String>) -> Reject {
        Reject { row: self.row, reason, detail: detail.into() }
    }
}

fn is_missing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("na") || text.eq_ignore_ascii_case("null")
}

/// Makes the code of a channel: `TA/TO` becomes `ta/to`, and characters that a code cannot have become `_`. No figure
/// depends on the channel, so a missing one is not a reason to refuse the row.
fn channel_code(text: &str) -> String {
    let code = |letter: char| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() || "_./-".contains(letter) => letter,
        _ => '_',
    };
    let code: String = text.chars().map(code).collect();
    match code.trim_start_matches(|first: char| !first.is_ascii_alphanumeric()) {
        missing if is_missing(missing) => "undefined".to_owned(),
        code => code.chars().take(MAX_CHANNEL_CODE).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_become_codes() {
        for (text, code) in [
            ("TA/TO", "ta/to"),
            ("Direct", "direct"),
            ("(none) é", "none___"),
            ("", "undefined"),
            ("NULL", "undefined"),
            ("***", "undefined"),
        ] {
            assert_eq!(channel_code(text), code, "{text}");
        }
        assert_eq!(channel_code(&"x".repeat(99)).len(), MAX_CHANNEL_CODE);
    }
}

#[cfg(test)]
pub mod test_support {
    use super::*;

    pub fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    pub fn checked_out(on: &str) -> Outcome {
        Outcome::CheckedOut { on: date(on) }
    }

    pub fn reservation(booked_on: &str, arrival: &str, nights: u32, outcome: Outcome) -> Reservation {
        Reservation {
            row: 2,
            booked_on: date(booked_on),
            arrival: date(arrival),
            departure: date(arrival) + Days::new(u64::from(nights)),
            nights,
            adults: 2,
            children: 0,
            babies: 0,
            room_type: "A".to_owned(),
            nightly_price: 10_000,
            channel: "direct".to_owned(),
            outcome,
            oddity: None,
        }
    }
}
