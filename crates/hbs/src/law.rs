//! The law of what is kept: for how long hotels of a country must keep their books, and what they register of guests, as far as
//! HBS knows. It is a floor and no advice: which laws a hotel is under, the hotel knows. No answer names the articles.

/// Country -> days after the departure.
const REGISTERS: &[(&str, i32)] = &[
    // Meldegesetz, § 10: seven years from the entry.
    ("AT", 2557),
    // Zákon o pobytu cizinců, § 101: six years after the last entry.
    ("CZ", 2192),
    // Bundesmeldegesetz, § 30: a year from the departure.
    ("DE", 366),
    // Real Decreto 933/2021: three years after the end of the service.
    ("ES", 1096),
    // Code de l'entrée et du séjour des étrangers et du droit d'asile, on police forms: six months.
    ("FR", 184),
    // Lei n.º 23/2007, artigos 15.º e 16.º: a year from the day after the departure was told, for which there are three working
    // days: ten days are taken, since nobody writes down here when it was told.
    ("PT", 376),
];

/// Days for which the register is kept where the hotel has not said otherwise, and its country does not ask for more.
pub const REGISTER_DAYS: i32 = 366;

/// Returns for how many days after the departure the law of a country keeps the register; 0 where nothing is known that asks for
/// it.
pub fn register_days(country: &str) -> i32 {
    REGISTERS.iter().find(|(of, _)| *of == country).map_or(0, |(_, days)| *days)
}

/// Returns the days of the register as SQL, where the country is the value of an expression: at least [`REGISTER_DAYS`] where
/// nothing is known.
pub fn register_days_in_sql(country: &str) -> String {
    let cases: Vec<String> = REGISTERS.iter().map(|(of, days)| format!("WHEN '{of}' THEN {days}")).collect();
    format!("CASE {country} {} ELSE {REGISTER_DAYS} END", cases.join(" "))
}

/// Country -> years after the end of the calendar year.
const BOOKS: &[(&str, i32)] = &[
    // Bundesabgabenordnung, § 132: seven years from the end of the year.
    ("AT", 7),
    // Zákon o dani z přidané hodnoty, § 35: ten years from the end of the tax period.
    ("CZ", 10),
    // Handelsgesetzbuch, § 257, and Abgabenordnung, § 147: ten years for books, eight for vouchers such as invoices, from the end
    // of the year. Lines of folios and payments are books, and invoices are kept as long as these.
    ("DE", 10),
    // Código de Comercio, artículo 30: six years from the last entry in the books.
    ("ES", 6),
    // Code de commerce, article L123-22: ten years.
    ("FR", 10),
    // Código do IVA, artigo 52.º: the ten calendar years that follow.
    ("PT", 10),
];

/// Years for which books and what they rest on are taken to be kept where nothing is known of the country: as many as any of the
/// countries above asks for.
const BOOK_YEARS: i32 = 10;

/// Returns the years of books as SQL, where the country is the value of an expression; they are counted from the end of the year.
pub fn book_years_in_sql(country: &str) -> String {
    let cases: Vec<String> = BOOKS.iter().map(|(of, years)| format!("WHEN '{of}' THEN {years}")).collect();
    format!("CASE {country} {} ELSE {BOOK_YEARS} END", cases.join(" "))
}
