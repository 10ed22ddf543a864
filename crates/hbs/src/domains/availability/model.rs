use crate::money::Currency;
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

/// Area in which hotels are searched.
#[derive(Debug, Clone, Default)]
pub struct Area {
    pub city: Option<String>,
    pub country: Option<String>,
    pub currency: Option<Currency>,
    pub around: Option<Around>,
}

/// A circle on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// Latitude in degrees.
    pub latitude: f64,
    pub longitude: f64,
    pub radius_km: f64,
}

/// Free rooms of a room type, night by night.
#[derive(Debug, Queryable)]
pub struct FreeNights {
    pub room_type_id: Uuid,
    pub nights: Vec<NaiveDate>,
    /// Number of free rooms for each of the nights.
    pub rooms: Vec<i32>,
}

const EARTH_RADIUS_KM: f64 = 6_371.0;
const KM_PER_DEGREE: f64 = EARTH_RADIUS_KM * std::f64::consts::PI / 180.0;

impl Around {
    /// Returns the southernmost and the northernmost latitude.
    pub fn latitudes(&self) -> (f64, f64) {
        let degrees = self.radius_km / KM_PER_DEGREE;
        (self.latitude - degrees, self.latitude + degrees)
    }

    /// Returns the westernmost and the easternmost longitude; none if the circle meets a pole or the date line.
    pub fn longitudes(&self) -> Option<(f64, f64)> {
        let (south, north) = self.latitudes();
        let widest = south.abs().max(north.abs());
        if widest >= 90.0 {
            return None;
        }
        let degrees = self.radius_km / (KM_PER_DEGREE * widest.to_radians().cos());
        let (west, east) = (self.longitude - degrees, self.longitude + degrees);
        (west >= -180.0 && east <= 180.0).then_some((west, east))
    }

    /// Returns the distance of a place from the middle in kilometres, along the ground (haversine formula).
    pub fn distance_km(&self, latitude: f64, longitude: f64) -> f64 {
        let (from, to) = (self.latitude.to_radians(), latitude.to_radians());
        let across = (longitude - self.longitude).to_radians();
        let half = ((to - from) / 2.0).sin().powi(2) + from.cos() * to.cos() * (across / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_KM * half.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let lisbon = Around { latitude: 38.7223, longitude: -9.1393, radius_km: 300.0 };
        assert!((lisbon.distance_km(41.1579, -8.6291) - 274.0).abs() < 2.0, "to Porto");
        assert!(lisbon.distance_km(38.7223, -9.1393) < 0.001);
        let suva = Around { latitude: -18.1248, longitude: 178.4501, radius_km: 1_500.0 };
        assert!((suva.distance_km(-13.8333, -171.7667) - 1_140.0).abs() < 25.0, "to Apia, across the date line");
        assert_eq!(suva.longitudes(), None);
        assert_eq!(Around { latitude: 89.0, ..lisbon }.longitudes(), None);
        let (west, east) = lisbon.longitudes().expect("no pole near");
        assert!(west < -12.0 && east > -6.0);
    }
}
