//! The law of registers: for how long hotels of a country must keep what they register of guests, as far as HBS knows. It is a
//! floor and no advice: which laws a hotel is under, the hotel knows.

/// Country -> days after the departure.
const REGISTERS: &[(&str, i32)] = &[
    // Meldegesetz: seven years after the last entry.
    ("AT", 2557),
    // Zákon o pobytu cizinců, § 101: six years after the last entry.
    ("CZ", 2192),
    // Bundesmeldegesetz, § 30: a year after the arrival.
    ("DE", 366),
    // Real Decreto 933/2021: three years after the end of the service.
    ("ES", 1096),
    // Code de l'entrée et du séjour des étrangers: six months.
    ("FR", 184),
    // Lei n.º 23/2007: a year after the departure was told.
    ("PT", 366),
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
