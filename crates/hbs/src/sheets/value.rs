//! Values of the tables that people fetch.
use super::guard::safe_cell;
use crate::money::Money;
use chrono::NaiveDate;

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Empty,
    Text(String),
    Number(i64),
    /// Decimal number as text, such as `12.50`.
    Decimal(String),
    Date(NaiveDate),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Value {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Decimal(money.amount())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Value {
    /// Makes a value of a decimal number that is written as text.
    pub fn decimal(number: Option<&str>) -> Self {
        number.map_or(Self::Empty, |number| Self::Decimal(number.to_owned()))
    }

    /// The value as a cell of CSV, which no spreadsheet program takes for a formula.
    pub fn csv(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => safe_cell(text),
            Self::Number(number) => number.to_string(),
            Self::Decimal(number) => number.clone(),
            Self::Date(date) => date.to_string(),
        }
    }

    /// The value as it is printed.
    pub fn printed(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Decimal(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
        }
    }

    /// Returns `true` for a number.
    pub fn is_figure(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Decimal(_))
    }
}
