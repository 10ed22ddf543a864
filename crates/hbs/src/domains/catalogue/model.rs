use crate::domains::images::ImageOut;
use crate::domains::properties::Property;
use crate::domains::rates::HotelRates;
use crate::domains::rooms::RoomType;
use uuid::Uuid;

/// What a hotel offers, whatever the night.
#[derive(Debug)]
pub struct Catalogue {
    pub property: Property,
    /// By code.
    pub types: Vec<OnOffer>,
    /// No night is among them: see [`HotelRates::at`].
    pub rates: HotelRates,
}

/// A room type with what it has and looks like.
#[derive(Debug)]
pub struct OnOffer {
    pub kind: RoomType,
    /// Their codes, in order.
    pub amenities: Vec<String>,
    pub images: Vec<ImageOut>,
}

impl Catalogue {
    pub fn room_type(&self, id: Uuid) -> Option<&RoomType> {
        self.room_types().find(|kind| kind.id == id)
    }

    pub fn room_types(&self) -> impl Iterator<Item = &RoomType> {
        self.types.iter().map(|on_offer| &on_offer.kind)
    }
}
