//! Rules for what can be agreed with a group.
use super::dto::{BlockLine, GroupRate};
use crate::domains::inventory::{Counts, Nights};
use crate::error::FieldError;
use crate::money::Currency;
use chrono::NaiveDate;
use uuid::Uuid;

/// Maximum number of nights: longer than any event, shorter than what somebody types by mistake.
const MAX_NIGHTS: i64 = 366;

/// A group's code in the form in which it is stored, if it can be one: 3 to 30 letters, digits and hyphens.
pub fn code(text: &str) -> Option<String> {
    let is_one = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let is_code = (3..=30).contains(&text.len()) && text.chars().all(is_one) && !text.starts_with('-');
    is_code.then(|| text.to_ascii_uppercase())
}

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code that is made here: 50 bits, which nobody guesses.
const DRAWN_LENGTH: u32 = 10;

/// A new code for a group that has not chosen one.
pub fn draw_code() -> String {
    let bits: u64 = rand::random();
    let character = |place: u32| char::from(ALPHABET[usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0)]);
    (0..DRAWN_LENGTH).map(character).collect()
}

/// The rooms of each night, if the lines make sense: of known types, after today, each night of a type once.
pub fn nights(block: &[BlockLine], types: &[Uuid], today: NaiveDate) -> Result<Counts, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut rooms = Counts::new();
    for (place, line) in block.iter().enumerate() {
        let wrong = |field: &str, detail: String| FieldError::body(format!("/block/{place}/{field}"), detail);
        let nights = Nights::new(line.from, line.to);
        if !types.contains(&line.room_type_id) {
            errors.push(wrong("room_type_id", "is not a room type of the property".into()));
        }
        if line.from < today {
            errors.push(wrong("from", format!("is in the past: today is {today} at the hotel")));
        }
        if !(1..=MAX_NIGHTS).contains(&nights.count()) {
            errors.push(wrong("to", format!("must be 1 to {MAX_NIGHTS} nights after `from`")));
            continue;
        }
        let twice = nights.iter().find(|night| rooms.insert((*night, line.room_type_id), line.rooms).is_some());
        if let Some(night) = twice {
            errors.push(wrong("from", format!("an earlier line has rooms of the type on {night}, too")));
        }
    }
    if errors.is_empty() { Ok(rooms) } else { Err(errors) }
}

/// Checks a cut-off date: unsold rooms go back on sale before guests come, and not at once.
pub fn check_cut_off(cut_off: NaiveDate, first_night: Option<NaiveDate>, today: NaiveDate) -> Result<(), FieldError> {
    if cut_off <= today {
        return Err(FieldError::body("/cut_off", format!("must be after today, {today} at the hotel")));
    }
    match first_night {
        Some(first) if cut_off > first => {
            Err(FieldError::body("/cut_off", format!("must not be after the first night, {first}")))
        }
        _ => Ok(()),
    }
}

pub fn check_rates(rates: &[GroupRate], types: &[Uuid], currency: Currency) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    for (place, rate) in rates.iter().enumerate() {
        if !types.contains(&rate.room_type_id) {
            errors.push(FieldError::body(format!("/rates/{place}/room_type_id"), "is not a room type of the property"));
        }
        if rates[..place].iter().any(|other| other.room_type_id == rate.room_type_id) {
            errors.push(FieldError::body(format!("/rates/{place}/room_type_id"), "is named twice"));
        }
        if rate.nightly_price.currency != currency {
            errors.push(FieldError::body(format!("/rates/{place}/nightly_price/currency"), format!("must be {currency}")));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    fn line(from: u32, to: u32) -> BlockLine {
        BlockLine { room_type_id: Uuid::nil(), from: december(from), to: december(to), rooms: 2 }
    }

    #[test]
    fn lines_are_nights_of_a_type_each_once() {
        let nights_of = |lines: &[BlockLine]| nights(lines, &[Uuid::nil()], december(5));
        assert_eq!(nights_of(&[line(5, 7), line(7, 8)]).map(|nights| nights.len()), Ok(3));
        let pointers = |lines: &[BlockLine]| {
            let errors = nights_of(lines).expect_err("refused");
            errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        };
        assert_eq!(pointers(&[line(5, 7), line(6, 8)]), ["/block/1/from"]);
        assert_eq!(pointers(&[line(4, 7)]), ["/block/0/from"]);
        assert_eq!(pointers(&[line(7, 7)]), ["/block/0/to"]);
        assert_eq!(pointers(&[BlockLine { room_type_id: Uuid::max(), ..line(5, 6) }]), ["/block/0/room_type_id"]);
    }

    #[test]
    fn the_cut_off_is_to_come_and_not_after_the_first_night() {
        assert!(check_cut_off(december(6), Some(december(6)), december(5)).is_ok());
        assert!(check_cut_off(december(5), Some(december(6)), december(5)).is_err());
        assert!(check_cut_off(december(7), Some(december(6)), december(5)).is_err());
    }
}
