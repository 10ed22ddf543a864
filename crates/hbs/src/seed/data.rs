//! The hotels and people of the demo.
use crate::domains::blocks::BlockKind;
use crate::domains::properties::PriceMode;
use crate::domains::rooms::{Bed, BedKind};

/// The password of every demo login.
pub const DEMO_PASSWORD: &str = "demo-password";

pub struct StaffMember {
    pub email: &'static str,
    pub full_name: &'static str,
    pub role: &'static str,
    /// `true` for all hotels, `false` for the first demo hotel only.
    pub everywhere: bool,
}

const fn member(email: &'static str, full_name: &'static str, role: &'static str, everywhere: bool) -> StaffMember {
    StaffMember { email, full_name, role, everywhere }
}

/// Demo staff: one login per default role.
pub const STAFF: &[StaffMember] = &[
    member("admin@demo.example", "Alma Admin", "super_admin", true),
    member("manager@demo.example", "Marta Manager", "property_manager", false),
    member("desk@demo.example", "Dora Desk", "front_desk", false),
    member("housekeeping@demo.example", "Hugo Housekeeping", "housekeeping", false),
    member("head.housekeeper@demo.example", "Helena Housekeeper", "head_housekeeper", false),
    member("revenue@demo.example", "Rita Revenue", "revenue_manager", false),
    member("finance@demo.example", "Filipe Finance", "finance", false),
    member("support@demo.example", "Sara Support", "support_agent", false),
    member("content@demo.example", "Carlos Content", "content_editor", true),
    member("auditor@demo.example", "Aida Auditor", "auditor", true),
];

pub const GUESTS: &[(&str, &str)] = &[("ana@demo.example", "Ana Sousa"), ("ben@demo.example", "Ben Miller")];

pub const AMENITIES: &[(&str, &str)] = &[
    ("wifi", "Free Wi-Fi"),
    ("air_conditioning", "Air conditioning"),
    ("balcony", "Balcony"),
    ("sea_view", "Sea view"),
    ("minibar", "Minibar"),
    ("kitchenette", "Kitchenette"),
    ("accessible", "Accessible for wheelchairs"),
];

pub struct Hotel {
    pub name: String,
    pub description: &'static str,
    pub description_pt: &'static str,
    pub street: String,
    pub city: &'static str,
    pub postal_code: &'static str,
    pub country: &'static str,
    /// Latitude and longitude in degrees.
    pub location: (f64, f64),
    pub time_zone: &'static str,
    pub currency: &'static str,
    pub prices: PriceMode,
    /// Taxes: name and parts per million.
    pub taxes: &'static [(&'static str, i32)],
    /// City tax per adult and night, added to prices, where the city has one.
    pub city_tax_minor: Option<i64>,
    pub types: Vec<TypeSpec>,
}

pub struct TypeSpec {
    pub code: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub name_pt: &'static str,
    pub description_pt: &'static str,
    /// Colour of the beds in the room type's picture.
    pub colour: [u8; 3],
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: Vec<Bed>,
    pub size_sqm: i32,
    pub price_minor: i64,
    pub rooms: u32,
    pub amenities: &'static [&'static str],
}

/// A room that is not for sale, or not at its best, for some nights from today on.
pub struct BlockSpec {
    pub room: &'static str,
    pub kind: BlockKind,
    pub reason: &'static str,
    /// Days from the day on which the demo is loaded.
    pub from_today: u64,
    pub nights: u64,
}

pub const DEMO_BLOCKS: &[BlockSpec] = &[
    BlockSpec { room: "101", kind: BlockKind::OutOfOrder, reason: "The bathroom is being retiled", from_today: 0, nights: 10 },
    BlockSpec { room: "201", kind: BlockKind::Frozen, reason: "Held back for the owner's family", from_today: 14, nights: 3 },
    BlockSpec { room: "102", kind: BlockKind::OutOfService, reason: "One reading lamp is broken", from_today: 0, nights: 5 },
];

pub fn demo_hotels() -> Vec<Hotel> {
    vec![
        Hotel {
            name: "Hotel Miramar".into(),
            description: "A quiet house above the bay, five minutes from the beach.",
            description_pt: "Uma casa tranquila sobre a baía, a cinco minutos da praia.",
            street: "Avenida do Mar 1".into(),
            city: "Lagos",
            postal_code: "8600-315",
            country: "PT",
            location: (37.0956, -8.6716),
            time_zone: "Europe/Lisbon",
            currency: "EUR",
            prices: PriceMode::Gross,
            taxes: &[("IVA 6 %", 60_000)],
            city_tax_minor: None,
            types: types(1.0),
        },
        Hotel {
            name: "Hudson Square Hotel".into(),
            description: "Brick, steel and good coffee in the middle of Manhattan.",
            description_pt: "Tijolo, aço e bom café no coração de Manhattan.",
            street: "310 Spring Street".into(),
            city: "New York",
            postal_code: "10013",
            country: "US",
            location: (40.7259, -74.0079),
            time_zone: "America/New_York",
            currency: "USD",
            prices: PriceMode::Net,
            taxes: &[("Sales tax 8.875 %", 88_750), ("Hotel occupancy tax 5.875 %", 58_750)],
            city_tax_minor: None,
            types: types(2.2),
        },
    ]
}

struct City {
    name: &'static str,
    postal_code: &'static str,
    country: &'static str,
    location: (f64, f64),
    time_zone: &'static str,
    currency: &'static str,
    prices: PriceMode,
    taxes: &'static [(&'static str, i32)],
}

const CITIES: &[City] = &[
    City {
        name: "Lisbon",
        postal_code: "1100-148",
        country: "PT",
        location: (38.7223, -9.1393),
        time_zone: "Europe/Lisbon",
        currency: "EUR",
        prices: PriceMode::Gross,
        taxes: &[("IVA 6 %", 60_000)],
    },
    City {
        name: "Berlin",
        postal_code: "10117",
        country: "DE",
        location: (52.5200, 13.4050),
        time_zone: "Europe/Berlin",
        currency: "EUR",
        prices: PriceMode::Gross,
        taxes: &[("MwSt 7 %", 70_000)],
    },
    City {
        name: "London",
        postal_code: "W1D 4EG",
        country: "GB",
        location: (51.5074, -0.1278),
        time_zone: "Europe/London",
        currency: "GBP",
        prices: PriceMode::Gross,
        taxes: &[("VAT 20 %", 200_000)],
    },
    City {
        name: "Chicago",
        postal_code: "60611",
        country: "US",
        location: (41.8781, -87.6298),
        time_zone: "America/Chicago",
        currency: "USD",
        prices: PriceMode::Net,
        taxes: &[("Hotel tax 17.4 %", 174_000)],
    },
    City {
        name: "Tokyo",
        postal_code: "104-0061",
        country: "JP",
        location: (35.6762, 139.6503),
        time_zone: "Asia/Tokyo",
        currency: "JPY",
        prices: PriceMode::Net,
        taxes: &[("Consumption tax 10 %", 100_000)],
    },
];

const HOTELS_PER_CITY: u32 = 200;
const FIRST: &[&str] = &["Grand", "Royal", "Little", "Old", "New", "Blue", "Golden", "Garden", "Park", "River"];
const SECOND: &[&str] = &["Harbour", "Palace", "Plaza", "Corner", "Court", "Terrace", "Lodge", "House", "Inn", "Residence"];

/// Makes the hotel of a number: each city gets 200 in turn.
pub fn numbered_hotel(number: u32) -> Hotel {
    let pick = |list: &'static [&'static str], by: u32| list[usize::try_from(by).unwrap_or(0) % list.len()];
    let city = &CITIES[usize::try_from((number - 1) / HOTELS_PER_CITY).unwrap_or(0) % CITIES.len()];
    let yen = if city.currency == "JPY" { 1.5 } else { 1.0 };
    Hotel {
        name: format!("{} {} {} {number}", pick(FIRST, number), pick(SECOND, number / 10), city.name),
        description: "One of many.",
        description_pt: "Um de muitos.",
        street: format!("Main Street {number}"),
        city: city.name,
        postal_code: city.postal_code,
        country: city.country,
        location: around(city.location, number),
        time_zone: city.time_zone,
        currency: city.currency,
        prices: city.prices,
        taxes: city.taxes,
        city_tax_minor: (city.name == "Lisbon").then_some(400),
        types: types(yen * (0.6 + f64::from(number % 20) / 10.0)),
    }
}

/// Returns a place within a few kilometres, the same for a number every time.
fn around((latitude, longitude): (f64, f64), number: u32) -> (f64, f64) {
    let offset = |step: u32| (f64::from(number * step % 101) - 50.0) / 1000.0;
    // To a ten-thousandth of a degree, about 10 m.
    let rounded = |degrees: f64| (degrees * 1e4).round() / 1e4;
    (rounded(latitude + offset(37)), rounded(longitude + offset(61)))
}

/// Makes five types, dearer by `level`. Demo prices only: rounded to whole units of the currency.
fn types(level: f64) -> Vec<TypeSpec> {
    let price = |base: f64| {
        #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "small made-up numbers")]
        let whole = (base * level).round() as i64;
        whole * 100
    };
    let bed = |kind, count| Bed { kind, count };
    vec![
        TypeSpec {
            code: "SGL",
            name: "Single room",
            description: "Small, quiet, to the courtyard.",
            name_pt: "Quarto individual",
            description_pt: "Pequeno, sossegado, virado para o pátio.",
            colour: [96, 125, 139],
            max_adults: 1,
            max_children: 0,
            max_guests: 1,
            beds: vec![bed(BedKind::Single, 1)],
            size_sqm: 14,
            price_minor: price(70.0),
            rooms: 8,
            amenities: &["wifi", "air_conditioning"],
        },
        TypeSpec {
            code: "DBL",
            name: "Double room",
            description: "A double bed and a desk.",
            name_pt: "Quarto duplo",
            description_pt: "Uma cama de casal e uma secretária.",
            colour: [63, 106, 148],
            max_adults: 2,
            max_children: 1,
            max_guests: 3,
            beds: vec![bed(BedKind::Double, 1)],
            size_sqm: 20,
            price_minor: price(110.0),
            rooms: 20,
            amenities: &["wifi", "air_conditioning", "minibar"],
        },
        TypeSpec {
            code: "TWN",
            name: "Twin room",
            description: "Two beds; accessible.",
            name_pt: "Quarto twin",
            description_pt: "Duas camas; acessível.",
            colour: [84, 140, 116],
            max_adults: 2,
            max_children: 1,
            max_guests: 3,
            beds: vec![bed(BedKind::Twin, 2)],
            size_sqm: 22,
            price_minor: price(115.0),
            rooms: 12,
            amenities: &["wifi", "air_conditioning", "accessible"],
        },
        TypeSpec {
            code: "FAM",
            name: "Family room",
            description: "A king-size bed, bunks and a kitchenette.",
            name_pt: "Quarto familiar",
            description_pt: "Uma cama king-size, um beliche e uma kitchenette.",
            colour: [201, 138, 66],
            max_adults: 2,
            max_children: 3,
            max_guests: 5,
            beds: vec![bed(BedKind::King, 1), bed(BedKind::Bunk, 1)],
            size_sqm: 32,
            price_minor: price(160.0),
            rooms: 6,
            amenities: &["wifi", "air_conditioning", "kitchenette"],
        },
        TypeSpec {
            code: "STE",
            name: "Suite",
            description: "Two rooms and a balcony with the view.",
            name_pt: "Suíte",
            description_pt: "Duas divisões e uma varanda com vista.",
            colour: [132, 72, 104],
            max_adults: 3,
            max_children: 2,
            max_guests: 4,
            beds: vec![bed(BedKind::King, 1), bed(BedKind::SofaBed, 1)],
            size_sqm: 48,
            price_minor: price(240.0),
            rooms: 4,
            amenities: &["wifi", "air_conditioning", "balcony", "minibar", "sea_view"],
        },
    ]
}
