//! Inputs that all searches share.
use crate::app::App;
use crate::domains::availability::dto::Children;
use crate::domains::bookings::rules::Ages;
use crate::domains::bookings::selling;
use crate::domains::catalogue::Catalogue;
use crate::domains::offers::{self, Buyer, GivenCode};
use crate::domains::properties::Property;
use crate::domains::rates::HotelRates;
use crate::error::{FieldError, Place};
use crate::guesses::Guesser;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Guests in each room, and the number of rooms of one type.
pub struct Guests<'a> {
    pub adults: i32,
    children: Asked<'a>,
    pub rooms: i32,
}

/// Children, by one parameter or the other.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Children(Option<&'a Children>),
    Ages(&'a [i32]),
}

impl<'a> Guests<'a> {
    pub fn of(adults: Option<i32>, children: Option<&'a Children>, ages: Option<&'a Ages>, rooms: Option<i32>) -> Result<Self> {
        let children = match (children, ages) {
            (Some(_), Some(_)) => return Err(wrong("children_ages", "is sent in the place of children, not beside it")),
            (None, Some(Ages(ages))) => Asked::Ages(ages),
            (children, None) => Asked::Children(children),
        };
        Ok(Self { adults: adults.unwrap_or(2), children, rooms: rooms.unwrap_or(1) })
    }

    pub fn room_count(&self) -> usize {
        usize::try_from(self.rooms).unwrap_or(0)
    }

    /// The children's ages. Their number is enough where no price asks how old they are.
    pub fn ages<'b>(&self, rates: impl IntoIterator<Item = &'b HotelRates>) -> Result<Vec<i32>> {
        match self.children {
            Asked::Children(None) => Ok(Vec::new()),
            Asked::Ages(ages) => Ok(ages.to_vec()),
            Asked::Children(Some(Children::Ages(ages))) => Ok(ages.clone()),
            Asked::Children(Some(Children::Number(number)))
                if *number == 0 || !rates.into_iter().any(HotelRates::tells_ages_apart) =>
            {
                Ok(vec![0; *number])
            }
            Asked::Children(Some(Children::Number(_))) => {
                Err(wrong("children", "prices here depend on the ages of children: send children_ages, such as 4,9"))
            }
        }
    }

    /// Checks the children's ages against the hotel's oldest age of a child.
    pub fn check_ages(&self, ages: &[i32], property: &Property) -> Result<()> {
        let name = if matches!(self.children, Asked::Ages(_)) { "children_ages" } else { "children" };
        too_old(ages, property).map_or(Ok(()), |detail| Err(wrong(name, detail)))
    }
}

/// The reason why children are too old to be children at a hotel.
pub fn too_old(ages: &[i32], property: &Property) -> Option<String> {
    selling::too_old(ages, property.settings.max_child_age).map(|(_, detail)| detail)
}

/// The one who searches, as offers ask about them.
pub fn buyer<'a>(
    property: &Property,
    now: DateTime<Utc>,
    channel: &'a str,
    is_member: bool,
    code: Option<&'a GivenCode>,
) -> Buyer<'a> {
    let (local_date, today) = (property.local_time(now).date(), property.business_date(now));
    Buyer { local_date, today, channel, is_member, code, without: &[] }
}

/// The code of an offer that is sent with a search, if it is one of the hotel and its offer is not over.
pub async fn given_code(
    app: &App,
    guesser: Guesser,
    catalogue: &Catalogue,
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<GivenCode>> {
    let Some(text) = code else { return Ok(None) };
    let property = &catalogue.property;
    let code = offers::given(app, guesser, property.id, &catalogue.offers, text, Place::Query).await?;
    selling::check_code(Some(&code), catalogue, property.local_time(now).date())?;
    Ok(Some(code))
}

/// A refusal that names a query parameter.
pub fn wrong(name: &str, detail: impl Into<String>) -> Error {
    Error::invalid_fields(vec![FieldError::query(name, detail)])
}

/// The code of an offer that is sent with a search of hotels, by hotel: of those that have it, and whose offer is not over.
pub async fn codes_at(
    app: &App,
    guesser: Guesser,
    hotels: &[Arc<Catalogue>],
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, GivenCode>> {
    let Some(text) = code.filter(|_| !hotels.is_empty()) else { return Ok(HashMap::new()) };
    let ids: Vec<Uuid> = hotels.iter().map(|hotel| hotel.property.id).collect();
    let mut codes = offers::given_at(app, guesser, &ids, text, Place::Query).await?;
    let mut over = None;
    for hotel in hotels {
        let (id, local_date) = (hotel.property.id, hotel.property.local_time(now).date());
        if let Err(error) = selling::check_code(codes.get(&id), hotel, local_date) {
            codes.remove(&id);
            over = Some(error);
        }
    }
    match over {
        Some(error) if codes.is_empty() => Err(error.into()),
        _ => Ok(codes),
    }
}
