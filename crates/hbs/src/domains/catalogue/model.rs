use crate::domains::extras::Offered;
use crate::domains::images::ImageOut;
use crate::domains::offers::OnSale;
use crate::domains::properties::Property;
use crate::domains::rates::HotelRates;
use crate::domains::rooms::RoomType;
use crate::texts::Reading;
use uuid::Uuid;

/// Catalogue of a hotel: its offer, whatever the night.
#[derive(Debug)]
pub struct Catalogue {
    pub property: Property,
    /// The primary picture of the hotel itself.
    pub image: Option<ImageOut>,
    /// Room types, by code.
    pub types: Vec<OnOffer>,
    /// Rates of the hotel, without those of any night: see [`HotelRates::at`].
    pub rates: HotelRates,
    /// Extras, those included that are not sold any more.
    pub extras: Vec<Offered>,
    /// Offers that are not archived, oldest first.
    pub offers: Vec<OnSale>,
}

/// A room type with its amenities and pictures.
#[derive(Debug)]
pub struct OnOffer {
    pub kind: RoomType,
    /// Codes of the amenities, in order.
    pub amenities: Vec<String>,
    pub images: Vec<ImageOut>,
}

impl Catalogue {
    pub fn room_type(&self, id: Uuid) -> Option<&RoomType> {
        self.room_types().find(|kind| kind.id == id)
    }

    /// Returns an offer that is not archived.
    pub fn offer(&self, id: Uuid) -> Option<&OnSale> {
        self.offers.iter().find(|on_sale| on_sale.offer.id == id)
    }

    /// Returns the name of an offer for a reader.
    pub fn offer_name(&self, id: Uuid, reading: &Reading) -> String {
        let name = |on_sale: &OnSale| reading.name(&on_sale.offer.name, &on_sale.offer.texts, &self.property.default_locale);
        self.offer(id).map(name).unwrap_or_default()
    }

    pub fn room_types(&self) -> impl Iterator<Item = &RoomType> {
        self.types.iter().map(|on_offer| &on_offer.kind)
    }
}
