use super::model::{Catalogue, OnOffer};
use crate::app::App;
use crate::domains::extras::{self, Offered};
use crate::domains::offers::{self, OnSale};
use crate::domains::properties::{self, Property};
use crate::domains::rates::pricing;
use crate::domains::rooms::RoomType;
use crate::domains::{images, rooms};
use crate::stores::postgres::Conn;
use diesel::QueryResult;
use futures_util::try_join;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Maximum number of remembered catalogues. One takes some ten kilobytes.
const CAPACITY: u64 = 2_000;

/// The catalogues that this process remembers.
pub struct Catalogues(moka::sync::Cache<Uuid, Known>);

#[derive(Clone)]
struct Known {
    version: i64,
    catalogue: Arc<Catalogue>,
}

impl Default for Catalogues {
    fn default() -> Self {
        Self(moka::sync::Cache::new(CAPACITY))
    }
}

impl Catalogues {
    /// The catalogues that this process remembers.
    pub fn of(app: &App) -> Arc<Self> {
        app.memory.of()
    }

    /// A hotel's catalogue, if there is the hotel. `version` is what [`stamps::version`](crate::stamps::version) said just now;
    /// only where it is not the one remembered, there is a round trip.
    ///
    /// Not for a transaction that has changed the catalogue itself: what may be rolled back must not be remembered.
    pub async fn get(&self, conn: &Conn, property_id: Uuid, version: Option<i64>) -> QueryResult<Option<Arc<Catalogue>>> {
        let Some(version) = version else { return Ok(None) };
        Ok(self.get_all(conn, &[(property_id, version)]).await?.pop())
    }

    /// The catalogues of several hotels with their versions, in the same order, without those that are not there.
    pub async fn get_all(&self, conn: &Conn, hotels: &[(Uuid, i64)]) -> QueryResult<Vec<Arc<Catalogue>>> {
        let remembered =
            |(id, version): &(Uuid, i64)| self.0.get(id).filter(|known| known.version == *version).map(|known| known.catalogue);
        let mut found: Vec<Option<Arc<Catalogue>>> = hotels.iter().map(remembered).collect();
        let missing: Vec<Uuid> = hotels.iter().zip(&found).filter(|(_, known)| known.is_none()).map(|((id, _), _)| *id).collect();
        if !missing.is_empty() {
            let mut loaded = load(conn, &missing).await?;
            for ((id, version), place) in hotels.iter().zip(&mut found) {
                let Some(catalogue) = loaded.remove(id) else { continue };
                let catalogue = Arc::new(catalogue);
                self.0.insert(*id, Known { version: *version, catalogue: Arc::clone(&catalogue) });
                *place = Some(catalogue);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }
}

/// Loads catalogues. The versions were read before: what is loaded is as new, or newer and asked for anew next time.
async fn load(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Catalogue>> {
    let (properties, types, mut amenities, of_hotels, images, mut rates, extras, offers) = try_join!(
        properties::find_all(conn, property_ids),
        rooms::types_of(conn, property_ids),
        rooms::amenity_codes(conn, property_ids),
        images::of_properties(conn, property_ids),
        images::of_room_types(conn, property_ids),
        pricing::load_rules(conn, property_ids),
        extras::of_properties(conn, property_ids),
        offers::of_properties(conn, property_ids),
    )?;
    let mut offers_of: HashMap<Uuid, Vec<OnSale>> = HashMap::new();
    for on_sale in offers.on_sale(&extras) {
        offers_of.entry(on_sale.offer.property_id).or_default().push(on_sale);
    }
    let mut extras_of: HashMap<Uuid, Vec<Offered>> = HashMap::new();
    for offered in extras {
        extras_of.entry(offered.extra.property_id).or_default().push(offered);
    }
    let mut of_hotels = images::primary_by_property(of_hotels);
    let mut images = images::by_room_type(images);
    let mut by_property: HashMap<Uuid, Vec<OnOffer>> = HashMap::with_capacity(properties.len());
    for kind in types {
        let RoomType { id, property_id, .. } = kind;
        let amenities = amenities.remove(&id).unwrap_or_default();
        let images = images.remove(&id).unwrap_or_default();
        by_property.entry(property_id).or_default().push(OnOffer { kind, amenities, images });
    }
    let mut catalogue = |property: Property| {
        let types = by_property.remove(&property.id).unwrap_or_default();
        let rates = rates.remove(&property.id).unwrap_or_default();
        let extras = extras_of.remove(&property.id).unwrap_or_default();
        let offers = offers_of.remove(&property.id).unwrap_or_default();
        (property.id, Catalogue { image: of_hotels.remove(&property.id), property, types, rates, extras, offers })
    };
    Ok(properties.into_iter().map(&mut catalogue).collect())
}
