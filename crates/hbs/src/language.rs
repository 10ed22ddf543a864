//! Languages in which HBS itself writes: words for dates, amounts and terms.
use crate::money::Money;
use crate::texts::{self, Locale};
use chrono::{Datelike, NaiveDate};

/// A language of mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Portuguese,
}

/// English names of the months, from January on.
const MONTHS_EN: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const MONTHS_PT: [&str; 12] =
    ["janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"];
/// English names of the weekdays, from Monday on.
const DAYS_EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAYS_PT: [&str; 7] = ["segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"];

impl Language {
    pub const ALL: &'static [Self] = &[Self::English, Self::Portuguese];

    /// Returns the code of the language, as in HTML and in the folders of texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt",
        }
    }

    /// Returns the language as a locale.
    pub fn locale(self) -> Locale {
        self.code().parse().unwrap_or_default()
    }

    /// Returns the language of a locale, if HBS writes in it.
    pub fn of(locale: &Locale) -> Option<Self> {
        Self::best_of([locale])
    }

    /// Returns the first of the locales (best first) in which HBS writes; English if there is none.
    pub fn first_of<'a>(locales: impl IntoIterator<Item = &'a Locale>) -> Self {
        Self::best_of(locales).unwrap_or(Self::English)
    }

    fn best_of<'a>(locales: impl IntoIterator<Item = &'a Locale>) -> Option<Self> {
        let codes: Vec<&str> = Self::ALL.iter().map(|language| language.code()).collect();
        let best = texts::best(locales, &codes)?;
        Self::ALL.iter().copied().find(|language| language.code() == best)
    }

    /// Returns the locale that somebody prefers for mails, by the languages of their browser: the first in which HBS writes,
    /// as they say it (`pt-PT`), else their first.
    pub fn preferred(spoken: &[Locale]) -> Option<Locale> {
        spoken.iter().find(|locale| Self::of(locale).is_some()).or(spoken.first()).cloned()
    }

    /// Formats a date: `Thursday, 10 December 2026`.
    pub fn date(self, date: NaiveDate) -> String {
        let place = |number: u32| usize::try_from(number).unwrap_or(0);
        let (day, month) = (place(date.weekday().num_days_from_monday()), place(date.month0()));
        match self {
            Self::English => format!("{}, {} {} {}", DAYS_EN[day], date.day(), MONTHS_EN[month], date.year()),
            Self::Portuguese => format!("{}, {} de {} de {}", DAYS_PT[day], date.day(), MONTHS_PT[month], date.year()),
        }
    }

    /// Formats an amount: `1,234.50 EUR`. Spaces between thousands allow no line break.
    pub fn money(self, money: Money) -> String {
        let (thousands, decimals) = match self {
            Self::English => (",", "."),
            Self::Portuguese => ("\u{a0}", ","),
        };
        let amount = money.amount();
        let (sign, amount) = amount.strip_prefix('-').map_or(("", amount.as_str()), |amount| ("-", amount));
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let mut text = String::from(sign);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push_str(thousands);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push_str(decimals);
            text.push_str(fraction);
        }
        format!("{text} {}", money.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Portuguese};

    #[test]
    fn dates_are_written_out() {
        let date = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(English.date(date("2026-12-10")), "Thursday, 10 December 2026");
        assert_eq!(Portuguese.date(date("2027-03-01")), "segunda-feira, 1 de março de 2027");
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (minor, currency, english, portuguese) in [
            (0, "EUR", "0.00 EUR", "0,00 EUR"),
            (123_450, "EUR", "1,234.50 EUR", "1 234,50 EUR"),
            (-100_000_000, "EUR", "-1,000,000.00 EUR", "-1 000 000,00 EUR"),
            (12_345, "JPY", "12,345 JPY", "12 345 JPY"),
            (99_999, "EUR", "999.99 EUR", "999,99 EUR"),
        ] {
            let money = Money::new(minor, currency.parse().expect("a currency"));
            assert_eq!(English.money(money).replace('\u{a0}', " "), english);
            assert_eq!(Portuguese.money(money).replace('\u{a0}', " "), portuguese);
        }
    }

    #[test]
    fn the_first_language_that_is_there_is_taken() {
        let locale = |text: &str| text.parse::<Locale>().expect("a locale");
        for (wanted, language) in [
            (&["pt-BR", "en"][..], Portuguese),
            (&["de", "pt"], Portuguese),
            (&["en-GB", "pt"], English),
            (&["de"], English),
            (&[], English),
        ] {
            let wanted: Vec<Locale> = wanted.iter().map(|text| locale(text)).collect();
            assert_eq!(Language::first_of(&wanted), language, "{wanted:?}");
        }
        let preferred = |spoken: &[&str]| {
            let spoken: Vec<Locale> = spoken.iter().map(|text| locale(text)).collect();
            Language::preferred(&spoken).map(|locale| locale.to_string())
        };
        assert_eq!(preferred(&["de", "pt-PT", "en"]).as_deref(), Some("pt-PT"));
        assert_eq!(preferred(&["ja", "zh-Hant"]).as_deref(), Some("ja"));
        assert_eq!(preferred(&[]), None);
    }
}
