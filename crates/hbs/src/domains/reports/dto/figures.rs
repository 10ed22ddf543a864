use super::{note_on_currencies, note_on_keys};
use crate::domains::reports::model::OccupancyGroup;
use crate::domains::reports::rules::Figures;
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Definitions by which rates are reckoned.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Definitions {
    /// Definition of the occupancy.
    pub occupancy: &'static str,
    /// Definition of the average daily rate.
    pub adr: &'static str,
    /// Definition of the revenue per available room.
    pub revpar: &'static str,
}

pub const DEFINITIONS: Definitions = Definitions {
    occupancy: "Rooms sold of the rooms available, in percent. Rooms out of order are not available; rooms given for nothing are \
                sold. Dates without available rooms, such as those before the hotel began with HBS, are left out.",
    adr: "Room revenue without taxes, after discounts, by rooms sold. Dates without available rooms are left out.",
    revpar: "Room revenue without taxes, after discounts, by rooms available. Dates without available rooms are left out.",
};

impl Definitions {
    fn notes(&self) -> Vec<String> {
        let Self { occupancy, adr, revpar } = self;
        vec![format!("Occupancy: {occupancy}"), format!("ADR: {adr}"), format!("RevPAR: {revpar}")]
    }
}

/// Figures of a period. Numbers of rooms and guests are added up night by night, amounts are without taxes. Of hotels of several
/// currencies, amounts are null: they are told currency by currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FiguresOut {
    /// Rooms that could be sold: those that were not out of order.
    pub rooms_available: i64,
    /// Rooms that were sold and slept in, or are on the books of dates to come.
    pub rooms_sold: i64,
    /// Rooms sold on dates without available rooms, such as those before the hotel began with HBS. They are among the rooms
    /// sold; all rates leave them out.
    pub rooms_uncounted: i64,
    /// Rooms that were blocked.
    pub out_of_order: i64,
    /// Rooms sold, but for the uncounted ones, of the rooms available, in percent with two decimals; null if no room was
    /// available.
    #[schema(example = "73.33")]
    pub occupancy: Option<String>,
    /// Average daily rate: room revenue by rooms sold, but for the uncounted ones; null if no room was sold, or of several
    /// currencies.
    pub adr: Option<Money>,
    /// Room revenue by rooms available; null if no room was available, or of several currencies.
    pub revpar: Option<Money>,
    /// Guests in the house.
    pub guests: i64,
    /// Stays that began.
    pub arrivals: i64,
    /// Stays that ended.
    pub departures: i64,
    /// Stays that were recorded as no-shows.
    pub no_shows: i64,
    /// Stays that were cancelled.
    pub cancellations: i64,
    /// Room revenue, after discounts; null of several currencies.
    pub room_revenue: Option<Money>,
    /// Revenue of extras and of other charges, those to house folios included; null of several currencies.
    pub extra_revenue: Option<Money>,
    /// Revenue of fees for cancellations, no-shows and early departures; null of several currencies.
    pub fee_revenue: Option<Money>,
    /// Other revenue: allowances and corrections; null of several currencies.
    pub other_revenue: Option<Money>,
    /// Sum of all revenue; null of several currencies.
    pub total_revenue: Option<Money>,
    /// Taxes; null of several currencies.
    pub taxes: Option<Money>,
}

impl FiguresOut {
    /// Figures of hotels of one currency, or of several ones (none).
    pub fn new(figures: &Figures, currency: Option<Currency>) -> Self {
        let money = |minor| currency.map(|currency| Money::new(minor, currency));
        Self {
            rooms_available: figures.rooms_available,
            rooms_sold: figures.rooms_sold,
            rooms_uncounted: figures.rooms_uncounted,
            out_of_order: figures.out_of_order,
            occupancy: figures.occupancy(),
            adr: figures.adr_minor().and_then(money),
            revpar: figures.revpar_minor().and_then(money),
            guests: figures.guests,
            arrivals: figures.arrivals,
            departures: figures.departures,
            no_shows: figures.no_shows,
            cancellations: figures.cancellations,
            room_revenue: money(figures.room_minor),
            extra_revenue: money(figures.extra_minor),
            fee_revenue: money(figures.fee_minor),
            other_revenue: money(figures.other_minor),
            total_revenue: money(figures.revenue_minor()),
            taxes: money(figures.tax_minor),
        }
    }

    /// The figures as a row of a table, after what they are of.
    fn row<const N: usize>(&self, first: [Value; N]) -> Vec<Value> {
        let figures = [
            self.rooms_available.into(),
            self.rooms_sold.into(),
            self.rooms_uncounted.into(),
            self.out_of_order.into(),
            Value::decimal(self.occupancy.as_deref()),
            self.adr.into(),
            self.revpar.into(),
            self.guests.into(),
            self.arrivals.into(),
            self.departures.into(),
            self.no_shows.into(),
            self.cancellations.into(),
            self.room_revenue.into(),
            self.extra_revenue.into(),
            self.fee_revenue.into(),
            self.other_revenue.into(),
            self.total_revenue.into(),
            self.taxes.into(),
            self.taxes.map(|taxes| taxes.currency.code()).into(),
        ];
        first.into_iter().chain(figures).collect()
    }
}

/// Columns of figures, after what they are of.
const FIGURES: &[&str] = &[
    "rooms_available",
    "rooms_sold",
    "rooms_uncounted",
    "out_of_order",
    "occupancy",
    "adr",
    "revpar",
    "guests",
    "arrivals",
    "departures",
    "no_shows",
    "cancellations",
    "room_revenue",
    "extra_revenue",
    "fee_revenue",
    "other_revenue",
    "total_revenue",
    "taxes",
    "currency",
];

/// Figures of a date, of its month and of its year up to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FlashPeriods {
    /// Figures of the date.
    pub day: FiguresOut,
    /// Figures from the first day of the month to the date.
    pub month_to_date: FiguresOut,
    /// Figures from the first day of the year to the date.
    pub year_to_date: FiguresOut,
}

/// Manager's flash: a date, its month and its year, beside the same of the year before.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FlashReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// Date of the report.
    pub date: NaiveDate,
    /// `true` if the date is closed at all properties: the figures never change.
    pub is_closed: bool,
    /// Figures of the date, its month and its year.
    pub this_year: FlashPeriods,
    /// Figures of the same day of the month a year before, and of the periods up to it.
    pub last_year: FlashPeriods,
    /// Figures currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<FlashOfCurrency>,
    /// Definitions by which rates are reckoned.
    pub definitions: Definitions,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Manager's flash of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FlashOfCurrency {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Figures of the date, its month and its year.
    pub this_year: FlashPeriods,
    /// Figures of the same day of the month a year before, and of the periods up to it.
    pub last_year: FlashPeriods,
}

impl FlashReport {
    pub fn table(&self) -> Export {
        let several = self.by_currency.iter().map(|part| (&part.this_year, &part.last_year));
        let parts = std::iter::once((&self.this_year, &self.last_year)).chain(several);
        Export {
            of: self.hotels.clone(),
            name: format!("flash-{}", self.date),
            date: self.date,
            notes: DEFINITIONS.notes().into_iter().chain(note_on_currencies(&self.by_currency)).collect(),
            columns: [&["period"][..], FIGURES].concat(),
            rows: parts.flat_map(|(this_year, last_year)| flash_rows(this_year, last_year)).collect(),
        }
    }
}

fn flash_rows(this_year: &FlashPeriods, last_year: &FlashPeriods) -> [Vec<Value>; 6] {
    [
        ("day", &this_year.day),
        ("month to date", &this_year.month_to_date),
        ("year to date", &this_year.year_to_date),
        ("day last year", &last_year.day),
        ("month to date last year", &last_year.month_to_date),
        ("year to date last year", &last_year.year_to_date),
    ]
    .map(|(name, figures)| figures.row([name.into()]))
}

/// Figures of a line of the report on occupancy.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OccupancyLine {
    /// Date, month or identifier of the property that the figures are of.
    #[schema(example = "2026-12-24")]
    pub key: String,
    /// Name of the property; null in other groups.
    #[schema(example = "Hotel Miramar")]
    pub name: Option<String>,
    /// Figures of the line.
    #[serde(flatten)]
    pub figures: FiguresOut,
}

/// Report on occupancy, average daily rate and revenue per available room. Of dates to come it is the forecast: what is on the
/// books.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OccupancyReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// First date of the period.
    pub from: NaiveDate,
    /// Last date of the period, inclusive.
    pub to: NaiveDate,
    /// Grouping of the report.
    pub group: OccupancyGroup,
    /// Lines of the report, in the order of their keys.
    pub items: Vec<OccupancyLine>,
    /// Figures of the whole period.
    pub total: FiguresOut,
    /// Figures currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<OccupancyOfCurrency>,
    /// Definitions by which rates are reckoned.
    pub definitions: Definitions,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Occupancy and rates of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OccupancyOfCurrency {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Lines of the hotels, in the order of their keys.
    pub items: Vec<OccupancyLine>,
    /// Figures of the whole period.
    pub total: FiguresOut,
}

impl OccupancyReport {
    pub fn table(&self) -> Export {
        let several = self.by_currency.iter().flat_map(|part| occupancy_rows(&part.items, &part.total));
        let notes = std::iter::once(note_on_keys(self.group.as_str())).chain(DEFINITIONS.notes());
        Export {
            of: self.hotels.clone(),
            name: format!("occupancy-{}-{}", self.from, self.to),
            date: self.to,
            notes: notes.chain(note_on_currencies(&self.by_currency)).collect(),
            columns: [&["key", "name"][..], FIGURES].concat(),
            rows: occupancy_rows(&self.items, &self.total).into_iter().chain(several).collect(),
        }
    }
}

fn occupancy_rows(items: &[OccupancyLine], total: &FiguresOut) -> Vec<Vec<Value>> {
    let lines = items.iter().map(|line| {
        let of = [line.key.as_str().into(), line.name.as_deref().into()];
        line.figures.row(of)
    });
    lines.chain([total.row(["total".into(), Value::Empty])]).collect()
}
