//! Costs of cancelling: the terms as they were when the stay was sold, and the fee by them.
use super::{PaymentTerms, share};
use crate::language::Language;
use crate::money::{Currency, Money};
use crate::numbers::percent;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Terms of a stay: a copy of what its plan and its cancellation policy said when the stay was sold, whatever becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationTerms {
    pub code: String,
    pub name: String,
    /// `true` if the whole price is due for any cancellation and for a no-show.
    pub is_non_refundable: bool,
    /// Fee windows, the furthest from arrival first.
    pub windows: Vec<FeeWindow>,
    pub no_show: Fee,
    /// Taxes that the fees bear.
    #[serde(default, skip_serializing_if = "FeeTaxes::are_none")]
    pub fee_tax: FeeTaxes,
    /// When the price is due.
    #[serde(default, skip_serializing_if = "PaymentTerms::are_at_property")]
    pub payment: PaymentTerms,
}

/// Taxes that fees bear, by the cause of the fee.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTaxes {
    pub late_cancellation: FeeTax,
    pub no_show: FeeTax,
    pub early_departure: FeeTax,
}

impl FeeTaxes {
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Returns `true` if any fee bears what the room bears.
    pub fn names_room(&self) -> bool {
        [&self.late_cancellation, &self.no_show, &self.early_departure].contains(&&FeeTax::AsRoom)
    }
}

/// Tax that a fee bears. It is in the fee, as included taxes are in a price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeTax {
    #[default]
    None,
    /// Value added tax of the nights in whose place the fee is.
    AsRoom,
    /// Tax of a rule, as it was when the stay was sold.
    Rule { tax_rule_id: Uuid, name: String, rate_ppm: i32 },
}

/// A fee that applies from so many hours before check-in until the next window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeWindow {
    pub hours_before: i32,
    pub fee: Fee,
}

/// A fee, never more than the whole price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Fee {
    /// Share of the price, in parts per million.
    Percent(i64),
    /// Number of first nights whose price is due, taxes included.
    Nights(i64),
    /// Amount in minor units.
    Amount(i64),
}

impl Fee {
    /// Returns the amount of the fee for nights with these prices, taxes included.
    pub fn of(self, nights: &[i64]) -> i64 {
        let total: i64 = nights.iter().sum();
        let fee = match self {
            Self::Percent(ppm) => share(total, ppm),
            Self::Nights(count) => nights.iter().take(usize::try_from(count).unwrap_or(0)).sum(),
            Self::Amount(amount) => amount,
        };
        fee.clamp(0, total.max(0))
    }

    /// Writes the fee for a guest to read.
    fn text(self, language: Language, currency: Currency) -> String {
        let amount = |amount| language.money(Money::new(amount, currency));
        match (language, self) {
            (Language::English, Self::Percent(0) | Self::Nights(0) | Self::Amount(0)) => "nothing".into(),
            (Language::English, Self::Percent(ppm)) => format!("{} % of the price", percent(ppm)),
            (Language::English, Self::Nights(1)) => "the first night".into(),
            (Language::English, Self::Nights(count)) => format!("the first {count} nights"),
            (Language::Portuguese, Self::Percent(0) | Self::Nights(0) | Self::Amount(0)) => "nada".into(),
            (Language::Portuguese, Self::Percent(ppm)) => format!("{} % do preço", percent(ppm).replace('.', ",")),
            (Language::Portuguese, Self::Nights(1)) => "a primeira noite".into(),
            (Language::Portuguese, Self::Nights(count)) => format!("as primeiras {count} noites"),
            (_, Self::Amount(minor)) => amount(minor),
        }
    }
}

impl CancellationTerms {
    /// Returns the fee for cancelling at `now`. `nights` are the prices of the nights, taxes included; `check_in` is
    /// the check-in time of the day of arrival as an instant, so that hours are hours where clocks are changed in
    /// between. After check-in the last window still holds.
    pub fn fee(&self, nights: &[i64], check_in: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
        if self.is_non_refundable {
            return nights.iter().sum();
        }
        let has_begun = |window: &&FeeWindow| now >= check_in - TimeDelta::hours(window.hours_before.into());
        let current = self.windows.iter().filter(has_begun).min_by_key(|window| window.hours_before);
        current.map_or(0, |window| window.fee.of(nights))
    }

    /// Returns the fee for a no-show.
    pub fn no_show_fee(&self, nights: &[i64]) -> i64 {
        if self.is_non_refundable { nights.iter().sum() } else { self.no_show.of(nights) }
    }

    /// Writes the terms for a guest to read, in a few sentences.
    pub fn text_in(&self, language: Language, currency: Currency) -> String {
        let words = Words::of(language);
        if self.is_non_refundable {
            return words.non_refundable.into();
        }
        let mut windows: Vec<&FeeWindow> = self.windows.iter().collect();
        windows.sort_by_key(|window| std::cmp::Reverse(window.hours_before));
        let mut text = match windows.split_first() {
            None => words.free.to_owned(),
            Some((first, later)) => {
                let fee = first.fee.text(language, currency);
                let mut text = match first.hours_before {
                    0 => format!("{} {fee}", words.free_until_arrival),
                    hours => format!("{} {} {} {fee}", words.free_until, words.span(hours), words.before_arrival_then),
                };
                for window in later {
                    let fee = window.fee.text(language, currency);
                    text.push_str(&match window.hours_before {
                        0 => format!("; {} {fee}", words.from_arrival),
                        hours => format!("; {} {} {} {fee}", words.from, words.span(hours), words.before_arrival),
                    });
                }
                text + "."
            }
        };
        text.push_str(&format!(" {} {}.", words.no_show, self.no_show.text(language, currency)));
        text
    }
}

/// Words of a language for terms.
struct Words {
    non_refundable: &'static str,
    free: &'static str,
    free_until_arrival: &'static str,
    free_until: &'static str,
    before_arrival_then: &'static str,
    from_arrival: &'static str,
    from: &'static str,
    before_arrival: &'static str,
    no_show: &'static str,
    hour: &'static str,
    hours: &'static str,
    days: &'static str,
}

impl Words {
    const fn of(language: Language) -> Self {
        match language {
            Language::English => Self {
                non_refundable: "Non-refundable: the whole price is due, also if you cancel or do not come.",
                free: "Free to cancel.",
                free_until_arrival: "Free until arrival, then",
                free_until: "Free until",
                before_arrival_then: "before arrival, then",
                from_arrival: "from the time of arrival",
                from: "from",
                before_arrival: "before arrival",
                no_show: "If you do not come:",
                hour: "hour",
                hours: "hours",
                days: "days",
            },
            Language::Portuguese => Self {
                non_refundable: "Não reembolsável: o preço total é devido, mesmo que cancele ou não compareça.",
                free: "Cancelamento gratuito.",
                free_until_arrival: "Gratuito até à chegada; depois,",
                free_until: "Gratuito até",
                before_arrival_then: "antes da chegada; depois,",
                from_arrival: "a partir da hora de chegada,",
                from: "a partir de",
                before_arrival: "antes da chegada,",
                no_show: "Se não comparecer:",
                hour: "hora",
                hours: "horas",
                days: "dias",
            },
        }
    }

    /// Writes a number of hours: `24 hours`, `7 days`.
    fn span(&self, hours: i32) -> String {
        match hours {
            1 => format!("1 {}", self.hour),
            hours if hours >= 48 && hours % 24 == 0 => format!("{} {}", hours / 24, self.days),
            hours => format!("{hours} {}", self.hours),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(windows: &[(i32, Fee)]) -> CancellationTerms {
        CancellationTerms {
            code: "FLEX".into(),
            name: "Flexible".into(),
            is_non_refundable: false,
            windows: windows.iter().map(|(hours_before, fee)| FeeWindow { hours_before: *hours_before, fee: *fee }).collect(),
            no_show: Fee::Percent(1_000_000),
            fee_tax: FeeTaxes::default(),
            payment: PaymentTerms::default(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    const NIGHTS: &[i64] = &[10_001, 12_000, 9_000];
    const CHECK_IN: &str = "2026-12-10T15:00:00Z";

    #[test]
    fn the_window_that_has_begun_last_holds() {
        let terms = terms(&[(168, Fee::Percent(500_000)), (24, Fee::Nights(1)), (0, Fee::Percent(1_000_000))]);
        for (now, fee) in [
            ("2026-12-03T14:59:59Z", 0),
            ("2026-12-03T15:00:00Z", 15_501), // half of 310.01, away from zero
            ("2026-12-09T14:59:59Z", 15_501),
            ("2026-12-09T15:00:00Z", 10_001),
            ("2026-12-10T15:00:00Z", 31_001),
            ("2026-12-12T15:00:00Z", 31_001),
        ] {
            assert_eq!(terms.fee(NIGHTS, at(CHECK_IN), at(now)), fee, "{now}");
        }
    }

    #[test]
    fn no_fee_is_more_than_the_price() {
        let now = at(CHECK_IN);
        for (fee, expected) in [
            (Fee::Amount(5_000), 5_000),
            (Fee::Amount(50_000), 31_001),
            (Fee::Nights(2), 22_001),
            (Fee::Nights(9), 31_001),
            (Fee::Percent(2_000_000), 31_001),
            (Fee::Percent(0), 0),
        ] {
            assert_eq!(terms(&[(24, fee)]).fee(NIGHTS, now, now), expected, "{fee:?}");
            assert_eq!(CancellationTerms { no_show: fee, ..terms(&[]) }.no_show_fee(NIGHTS), expected, "{fee:?}");
        }
        assert_eq!(terms(&[]).fee(NIGHTS, now, now), 0);
        let rigid = CancellationTerms { is_non_refundable: true, no_show: Fee::Amount(0), ..terms(&[]) };
        assert_eq!((rigid.fee(NIGHTS, now, at("2026-01-01T00:00:00Z")), rigid.no_show_fee(NIGHTS)), (31_001, 31_001));
    }

    #[test]
    fn guests_can_read_it() {
        let euro = "EUR".parse().expect("a currency");
        for (windows, text) in [
            (&[][..], "Free to cancel. If you do not come: 100 % of the price."),
            (
                &[(24, Fee::Percent(1_000_000))],
                "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.",
            ),
            (
                &[(0, Fee::Percent(1_000_000)), (168, Fee::Percent(125_000)), (48, Fee::Nights(1))],
                "Free until 7 days before arrival, then 12.5 % of the price; from 2 days before arrival the first night; \
                 from the time of arrival 100 % of the price. If you do not come: 100 % of the price.",
            ),
            (
                &[(1, Fee::Amount(2_500))],
                "Free until 1 hour before arrival, then 25.00 EUR. If you do not come: 100 % of the price.",
            ),
        ] {
            assert_eq!(terms(windows).text_in(Language::English, euro), text);
        }
        let terms = terms(&[(168, Fee::Percent(125_000)), (48, Fee::Nights(1)), (0, Fee::Amount(2_500))]);
        assert_eq!(
            terms.text_in(Language::Portuguese, euro),
            "Gratuito até 7 dias antes da chegada; depois, 12,5 % do preço; a partir de 2 dias antes da chegada, a primeira noite; \
             a partir da hora de chegada, 25,00 EUR. Se não comparecer: 100 % do preço."
        );
    }

    #[test]
    fn terms_are_kept_as_they_were() {
        let terms = terms(&[(24, Fee::Nights(1))]);
        let json = serde_json::to_value(&terms).expect("JSON");
        let expected = serde_json::json!({
            "code": "FLEX", "name": "Flexible", "is_non_refundable": false,
            "windows": [{"hours_before": 24, "fee": {"kind": "nights", "value": 1}}],
            "no_show": {"kind": "percent", "value": 1_000_000},
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<CancellationTerms>(json).expect("terms"), terms);
        let payment = PaymentTerms { now_ppm: 300_000, rest_days_before: Some(14) };
        let paid_early = CancellationTerms { payment, ..terms.clone() };
        let json = serde_json::to_value(&paid_early).expect("JSON");
        assert_eq!(json["payment"], serde_json::json!({"now_ppm": 300_000, "rest_days_before": 14}));
        assert_eq!(serde_json::from_value::<CancellationTerms>(json).expect("terms"), paid_early);
        let no_show = FeeTax::Rule { tax_rule_id: Uuid::nil(), name: "IVA".into(), rate_ppm: 60_000 };
        let taxed =
            CancellationTerms { fee_tax: FeeTaxes { no_show, early_departure: FeeTax::AsRoom, ..FeeTaxes::default() }, ..terms };
        let json = serde_json::to_value(&taxed).expect("JSON");
        assert_eq!(
            json["fee_tax"],
            serde_json::json!({
                "late_cancellation": "none", "early_departure": "as_room",
                "no_show": {"rule": {"tax_rule_id": Uuid::nil(), "name": "IVA", "rate_ppm": 60_000}},
            })
        );
        assert_eq!(serde_json::from_value::<CancellationTerms>(json).expect("terms"), taxed);
    }
}
