use super::model::TaxRuleRow;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTaxRule {
    #[garde(skip)]
    pub property_id: Uuid,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "VAT 7 %")]
    pub name: String,
    /// Percent of the net price, as text with at most four decimals.
    #[garde(skip)]
    #[serde(deserialize_with = "percent")]
    #[schema(value_type = String, example = "7")]
    pub percent: i32,
}

/// `8.875` as parts per million.
fn percent<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_percent(&text).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "{text:?} is not a percentage above 0 and at most 100 with at most four decimals, such as \"8.875\""
        ))
    })
}

fn parse_percent(text: &str) -> Option<i32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 4 {
        return None;
    }
    let ppm = format!("{whole}{fraction:0<4}").parse().ok()?;
    (1..=1_000_000).contains(&ppm).then_some(ppm)
}

fn write_percent(ppm: i32) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaxRuleOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub name: String,
    /// Percent of the net price.
    #[schema(example = "7")]
    pub percent: String,
    pub version: i64,
}

impl From<TaxRuleRow> for TaxRuleOut {
    fn from(row: TaxRuleRow) -> Self {
        let TaxRuleRow { property_id, id, name, rate_ppm, version } = row;
        Self { id, property_id, name, percent: write_percent(rate_ppm), version }
    }
}

/// Whose tax rules.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct OfProperty {
    pub property_id: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages() {
        for (text, ppm) in [("7", 70_000), ("8.875", 88_750), ("0.0001", 1), ("100", 1_000_000), ("100.0000", 1_000_000)] {
            assert_eq!(parse_percent(text), Some(ppm), "{text}");
        }
        for text in ["", "0", "-1", "100.0001", "7.", ".7", "7,5", "1.23456", "7 %", "1e1"] {
            assert_eq!(parse_percent(text), None, "{text}");
        }
        assert_eq!([70_000, 88_750, 1, 1_000_000].map(write_percent), ["7", "8.875", "0.0001", "100"]);
    }
}
