//! Inputs that all searches share.
use crate::domains::availability::dto::Children;
use crate::domains::bookings::selling;
use crate::domains::properties::Property;
use crate::domains::rates::HotelRates;
use crate::error::FieldError;
use crate::{Error, Result};

/// Guests in each room, and the number of rooms of one type.
pub struct Guests<'a> {
    pub adults: i32,
    children: Option<&'a Children>,
    pub rooms: i32,
}

impl<'a> Guests<'a> {
    pub fn of(adults: Option<i32>, children: Option<&'a Children>, rooms: Option<i32>) -> Self {
        Self { adults: adults.unwrap_or(2), children, rooms: rooms.unwrap_or(1) }
    }

    pub fn room_count(&self) -> usize {
        usize::try_from(self.rooms).unwrap_or(0)
    }

    /// The children's ages. Their number is enough where no price asks how old they are.
    pub fn ages<'b>(&self, rates: impl IntoIterator<Item = &'b HotelRates>) -> Result<Vec<i32>> {
        match self.children {
            None => Ok(Vec::new()),
            Some(Children::Ages(ages)) => Ok(ages.clone()),
            Some(Children::Number(number)) if *number == 0 || !rates.into_iter().any(HotelRates::tells_ages_apart) => {
                Ok(vec![0; *number])
            }
            Some(Children::Number(_)) => {
                let detail = "prices here depend on the ages of children: send them with commas, such as 4,9 (one child: 7,)";
                Err(wrong("children", detail))
            }
        }
    }
}

/// Checks the ages of children against the hotel's oldest age of a child.
pub fn check_ages(ages: &[i32], property: &Property) -> Result<()> {
    match selling::too_old(ages, property.settings.max_child_age) {
        Some((_, detail)) => Err(wrong("children", detail)),
        None => Ok(()),
    }
}

/// A refusal that names a query parameter.
pub fn wrong(name: &str, detail: impl Into<String>) -> Error {
    Error::invalid_fields(vec![FieldError::query(name, detail)])
}
