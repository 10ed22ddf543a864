//! Limits of hotels on bookings, and capacities of rooms.
use crate::domains::inventory::Nights;
use crate::domains::properties::Property;
use crate::error::FieldError;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// The limits of a property that a request is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub today: NaiveDate,
    pub max_nights: i32,
    pub max_advance_days: i32,
    pub max_rooms: i32,
    /// Time since which the hotel takes no more guests who come today, if it has passed.
    pub closed_today_since: Option<NaiveTime>,
}

/// Returns the time at which bookings for the same day ended, if the hotel ends them and that is past.
pub fn closed_today_since(local: NaiveDateTime, cutoff: Option<NaiveTime>) -> Option<NaiveTime> {
    cutoff.filter(|cutoff| local.time() >= *cutoff)
}

impl Limits {
    /// Returns the limits for guests.
    pub fn of(property: &Property, now: DateTime<Utc>) -> Self {
        Self {
            today: property.business_date(now),
            max_nights: property.settings.max_nights,
            max_advance_days: property.settings.max_advance_days,
            max_rooms: property.settings.max_rooms_per_booking,
            closed_today_since: closed_today_since(property.local_time(now), property.settings.same_day_cutoff),
        }
    }

    /// Returns the limits for staff, who still book for today when guests cannot, and as many rooms as they like.
    pub fn for_staff(self) -> Self {
        Self { closed_today_since: None, ..self.for_groups() }
    }

    /// Returns the limits for guests of a group, who book many rooms together.
    pub fn for_groups(self) -> Self {
        Self { max_rooms: self.max_rooms.max(MOST_ROOMS), ..self }
    }
}

/// Most rooms of a booking, whoever makes it: bounds what a request can lock.
pub const MOST_ROOMS: i32 = 50;

/// Longest stay that any property can allow: bounds what a request can lock.
pub const MAX_NIGHTS: i64 = 365;

/// Says what is wrong with a departure that is not after the arrival; to those who want a room by day, how it is sold.
pub fn order_of(nights: Nights) -> &'static str {
    if nights.to == nights.from {
        "must be after check_in: a stay has a night at least. Day use is sold by staff of the hotel: one room and one day, as a \
         booking or a walk-in"
    } else {
        "must be after check_in"
    }
}

/// Checks dates as for any property.
pub fn check_order(nights: Nights) -> Result<(), Vec<FieldError>> {
    if nights.to <= nights.from {
        return Err(vec![FieldError::body("/check_out", order_of(nights))]);
    }
    if nights.count() > MAX_NIGHTS {
        return Err(vec![FieldError::body("/check_out", format!("a stay has at most {MAX_NIGHTS} nights"))]);
    }
    Ok(())
}

/// Checks dates and rooms against a property's limits.
pub fn check_limits(nights: Nights, rooms: usize, limits: &Limits) -> Result<(), Vec<FieldError>> {
    let mut errors = check_nights(nights, limits).err().unwrap_or_default();
    if let Err(detail) = check_rooms(rooms, limits) {
        errors.push(FieldError::body("/rooms", detail));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Checks the number of rooms of one booking against a property's limit, with the error in words.
pub fn check_rooms(rooms: usize, limits: &Limits) -> Result<(), String> {
    let most = limits.max_rooms;
    match i32::try_from(rooms) {
        Ok(rooms) if rooms <= most => Ok(()),
        _ => Err(format!("a booking here has at most {most} rooms")),
    }
}

/// The dates that a property allows for a stay.
pub fn check_nights(nights: Nights, limits: &Limits) -> Result<(), Vec<FieldError>> {
    let Limits { today, max_nights, max_advance_days, max_rooms: _, closed_today_since } = *limits;
    let mut errors = Vec::new();
    if nights.from < today {
        errors.push(FieldError::body("/check_in", format!("is in the past: today is {today} at the hotel")));
    }
    if let Some(cutoff) = closed_today_since.filter(|_| nights.from == today) {
        let detail = format!("is too late to book: for the same day the hotel takes bookings until {}", cutoff.format("%H:%M"));
        errors.push(FieldError::body("/check_in", detail));
    }
    let latest = today + Days::new(u64::try_from(max_advance_days).unwrap_or(0));
    if nights.from > latest {
        errors.push(FieldError::body("/check_in", format!("is too far ahead: the hotel takes bookings until {latest}")));
    }
    if nights.count() > i64::from(max_nights) {
        errors.push(FieldError::body("/check_out", format!("a stay here has at most {max_nights} nights")));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Capacity of a room of a type.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
}

impl Capacity {
    /// Returns what exceeds the capacity, by the field that has it.
    pub fn check(&self, adults: i32, children: usize) -> Option<(&'static str, String)> {
        let children = i32::try_from(children).unwrap_or(i32::MAX);
        if adults > self.max_adults {
            Some(("adults", format!("a room of this type takes at most {} adults", self.max_adults)))
        } else if children > self.max_children {
            Some(("children_ages", format!("a room of this type takes at most {} children", self.max_children)))
        } else if adults.saturating_add(children) > self.max_guests {
            Some(("adults", format!("a room of this type takes at most {} guests", self.max_guests)))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    #[test]
    fn limits_name_the_field() {
        let limits = Limits { today: day(1), max_nights: 7, max_advance_days: 10, max_rooms: 2, closed_today_since: None };
        let pointers = |from, to, rooms| match check_limits(Nights::new(day(from), day(to)), rooms, &limits) {
            Ok(()) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.pointer).collect(),
        };
        assert_eq!(pointers(1, 8, 2), [""; 0]);
        assert_eq!(pointers(0, 2, 1), ["/check_in"]);
        assert_eq!(pointers(12, 13, 1), ["/check_in"]);
        assert_eq!(pointers(11, 18, 1), [""; 0], "the last day that can be booked");
        assert_eq!(pointers(1, 9, 3), ["/check_out", "/rooms"]);
        assert!(check_rooms(50, &limits.for_staff()).is_ok() && check_rooms(51, &limits.for_staff()).is_err());
        assert!(check_rooms(3, &limits.for_groups()).is_ok());
        let six = NaiveTime::from_hms_opt(18, 0, 0);
        let closed = Limits { closed_today_since: six, ..limits };
        assert!(check_limits(Nights::new(day(1), day(2)), 1, &closed).is_err());
        assert!(check_limits(Nights::new(day(2), day(3)), 1, &closed).is_ok());
        let by_day = check_order(Nights::new(day(1), day(1))).expect_err("no night");
        assert!(by_day[0].detail.contains("Day use is sold by staff of the hotel"), "{}", by_day[0].detail);
        assert!(check_order(Nights::new(day(2), day(1))).is_err());
        assert!(check_order(Nights::new(day(0), day(366))).is_err());
    }

    #[test]
    fn same_day_bookings_end_on_the_minute() {
        let at = |n, hour, minute| day(n).and_hms_opt(hour, minute, 0).expect("a time");
        let six = NaiveTime::from_hms_opt(18, 0, 0);
        assert_eq!(closed_today_since(at(1, 17, 59), six), None);
        assert_eq!(closed_today_since(at(1, 18, 0), six), six);
        assert_eq!(closed_today_since(at(1, 23, 59), None), None);
    }
}
