//! The hotels and people of the demo.
use crate::domains::properties::PriceMode;
use crate::domains::rooms::{Bed, BedKind};

/// The password of every demo login.
pub const DEMO_PASSWORD: &str = "demo-password";

pub struct StaffMember {
    pub email: &'static str,
    pub full_name: &'static str,
    pub role: &'static str,
    /// At all hotels, or at the first demo hotel only.
    pub everywhere: bool,
}

const fn member(email: &'static str, full_name: &'static str, role: &'static str, everywhere: bool) -> StaffMember {
    StaffMember { email, full_name, role, everywhere }
}

/// One login per default role.
pub const STAFF: &[StaffMember] = &[
    member("admin@demo.example", "Alma Admin", "super_admin", true),
    member("manager@demo.example", "Marta Manager", "property_manager", false),
    member("desk@demo.example", "Dora Desk", "front_desk", false),
    member("housekeeping@demo.example", "Hugo Housekeeping", "housekeeping", false),
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
    pub street: String,
    pub city: &'static str,
    pub postal_code: &'static str,
    pub country: &'static str,
    pub time_zone: &'static str,
    pub currency: &'static str,
    pub prices: PriceMode,
    /// Name and parts per million.
    pub taxes: &'static [(&'static str, i32)],
    pub types: Vec<TypeSpec>,
}

pub struct TypeSpec {
    pub code: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: Vec<Bed>,
    pub size_sqm: i32,
    pub price_minor: i64,
    pub rooms: u32,
    pub amenities: &'static [&'static str],
}

pub fn demo_hotels() -> Vec<Hotel> {
    vec![
        Hotel {
            name: "Hotel Miramar".into(),
            description: "A quiet house above the bay, five minutes from the beach.",
            street: "Avenida do Mar 1".into(),
            city: "Lagos",
            postal_code: "8600-315",
            country: "PT",
            time_zone: "Europe/Lisbon",
            currency: "EUR",
            prices: PriceMode::Gross,
            taxes: &[("IVA 6 %", 60_000)],
            types: types(1.0),
        },
        Hotel {
            name: "Hudson Square Hotel".into(),
            description: "Brick, steel and good coffee in the middle of Manhattan.",
            street: "310 Spring Street".into(),
            city: "New York",
            postal_code: "10013",
            country: "US",
            time_zone: "America/New_York",
            currency: "USD",
            prices: PriceMode::Net,
            taxes: &[("Sales tax 8.875 %", 88_750), ("Hotel occupancy tax 5.875 %", 58_750)],
            types: types(2.2),
        },
    ]
}

struct City {
    name: &'static str,
    postal_code: &'static str,
    country: &'static str,
    time_zone: &'static str,
    currency: &'static str,
    prices: PriceMode,
    taxes: &'static [(&'static str, i32)],
}

const fn city(
    name: &'static str,
    postal_code: &'static str,
    country: &'static str,
    time_zone: &'static str,
    currency: &'static str,
    prices: PriceMode,
    taxes: &'static [(&'static str, i32)],
) -> City {
    City { name, postal_code, country, time_zone, currency, prices, taxes }
}

const CITIES: &[City] = &[
    city("Lisbon", "1100-148", "PT", "Europe/Lisbon", "EUR", PriceMode::Gross, &[("IVA 6 %", 60_000)]),
    city("Berlin", "10117", "DE", "Europe/Berlin", "EUR", PriceMode::Gross, &[("MwSt 7 %", 70_000)]),
    city("London", "W1D 4EG", "GB", "Europe/London", "GBP", PriceMode::Gross, &[("VAT 20 %", 200_000)]),
    city("Chicago", "60611", "US", "America/Chicago", "USD", PriceMode::Net, &[("Hotel tax 17.4 %", 174_000)]),
    city("Tokyo", "104-0061", "JP", "Asia/Tokyo", "JPY", PriceMode::Net, &[("Consumption tax 10 %", 100_000)]),
];

const HOTELS_PER_CITY: u32 = 200;
const FIRST: &[&str] = &["Grand", "Royal", "Little", "Old", "New", "Blue", "Golden", "Garden", "Park", "River"];
const SECOND: &[&str] = &["Harbour", "Palace", "Plaza", "Corner", "Court", "Terrace", "Lodge", "House", "Inn", "Residence"];

/// Hotel number `number`: each city gets 200 in turn.
pub fn numbered_hotel(number: u32) -> Hotel {
    let pick = |list: &'static [&'static str], by: u32| list[usize::try_from(by).unwrap_or(0) % list.len()];
    let city = &CITIES[usize::try_from((number - 1) / HOTELS_PER_CITY).unwrap_or(0) % CITIES.len()];
    let yen = if city.currency == "JPY" { 1.5 } else { 1.0 };
    Hotel {
        name: format!("{} {} {} {number}", pick(FIRST, number), pick(SECOND, number / 10), city.name),
        description: "One of many.",
        street: format!("Main Street {number}"),
        city: city.name,
        postal_code: city.postal_code,
        country: city.country,
        time_zone: city.time_zone,
        currency: city.currency,
        prices: city.prices,
        taxes: city.taxes,
        types: types(yen * (0.6 + f64::from(number % 20) / 10.0)),
    }
}

/// Five types, dearer by `level`. Demo prices only: rounded to whole units of the currency.
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
