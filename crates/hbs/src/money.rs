//! Money: whole minor units and a currency. No floats.
use crate::numbers::decimal;
use crate::words::text_column;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// An ISO 4217 currency with a defined minor unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Currency(iso_currency::Currency);

text_column!(Currency);

impl Currency {
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns the number of digits after the decimal point: 2 for EUR, 0 for JPY.
    pub fn digits(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl FromStr for Currency {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        iso_currency::Currency::from_code(text)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not an ISO 4217 currency such as EUR"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[A-Z]{3}$"))
            .description(Some("ISO 4217 code."))
            .examples([serde_json::json!("EUR")])
            .into()
    }
}
impl utoipa::ToSchema for Currency {}

/// An amount of one currency. In JSON `{"amount": "123.45", "currency": "EUR"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Amount in minor units, such as cents.
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads an amount such as `123.45`: digits, at most as many decimals as the currency has, an optional minus.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, String> {
        let digits = currency.digits();
        let wrong = || format!("{amount:?} is not an amount of {currency} such as {:?}", Self::new(12_345, currency).amount());
        let (negative, unsigned) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || unsigned.ends_with('.') {
            return Err(wrong());
        }
        let decimals = u32::try_from(fraction.len()).map_err(|_| wrong())?;
        if decimals > digits {
            return Err(format!("{currency} has {digits} decimals, {amount:?} has more"));
        }
        let minor: i64 = format!("{whole}{fraction}{}", "0".repeat(usize::try_from(digits - decimals).unwrap_or(0)))
            .parse()
            .map_err(|_| format!("{amount:?} is too large"))?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// Formats the amount: `123.45`.
    pub fn amount(self) -> String {
        decimal(self.minor, self.currency.digits())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

/// Amount of money in one currency. Prices, taxes and fees that are set are at most 1,000,000,000,000 minor units, such as
/// cents.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money)]
struct MoneyJson {
    /// Decimal number as text, with at most the currency's number of decimals.
    #[schema(pattern = r"^-?\d{1,19}(\.\d{1,4})?$", example = "123.45")]
    amount: String,
    /// Currency of the amount, ISO 4217.
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        MoneyJson { amount: self.amount(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = MoneyJson::deserialize(deserializer)?;
        Self::parse(&json.amount, json.currency).map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Money {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        MoneyJson::schema()
    }
}
impl utoipa::ToSchema for Money {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        schemas.push((<Currency as utoipa::ToSchema>::name().into(), <Currency as utoipa::PartialSchema>::schema()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Result<Money, String> {
        Money::parse(amount, currency.parse()?)
    }

    #[test]
    fn reads_and_writes_amounts() {
        for (text, currency, minor, written) in [
            ("123.45", "EUR", 12_345, "123.45"),
            ("123.4", "EUR", 12_340, "123.40"),
            ("0", "EUR", 0, "0.00"),
            ("-0.05", "USD", -5, "-0.05"),
            ("1000", "JPY", 1_000, "1000"),
            ("1.234", "KWD", 1_234, "1.234"),
            ("92233720368547758.07", "EUR", i64::MAX, "92233720368547758.07"),
        ] {
            let money = money(text, currency).expect(text);
            assert_eq!((money.minor, money.amount().as_str()), (minor, written));
        }
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for (text, currency) in [
            ("", "EUR"),
            (".", "EUR"),
            ("1.", "EUR"),
            (".5", "EUR"),
            ("1,5", "EUR"),
            ("1e3", "EUR"),
            ("+1", "EUR"),
            (" 1", "EUR"),
            ("1.234", "EUR"),
            ("1.5", "JPY"),
            ("92233720368547758.08", "EUR"),
            ("NaN", "EUR"),
            ("1", "XXX"),
            ("1", "eur"),
        ] {
            assert!(money(text, currency).is_err(), "{text} {currency}");
        }
    }
}
