//! Values as people write them.
use super::labels;
use super::things::{Named, Thing};
use crate::language::Language;
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde_json::Value;
use uuid::Uuid;

/// How values are written: the language, the currency of amounts, the time zone of instants, and the names of things.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    pub language: Language,
    pub currency: Currency,
    pub zone: Tz,
    pub named: &'a Named,
}

/// Place of a value: alone, or in a sentence, where a room is called one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Alone,
    InSentence,
}

impl Writer<'_> {
    /// Writes a value of a field of an entity. None where there is no value, or none that tells people anything.
    pub fn write(&self, entity: &str, field: &str, value: &Value, place: Place) -> Option<String> {
        match value {
            Value::Null => None,
            Value::Bool(is_so) => Some(labels::yes_or_no(self.language, *is_so).to_owned()),
            Value::Number(number) if field.ends_with("_minor") => number.as_i64().map(|minor| self.amount(minor)),
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => self.text(entity, field, text, place),
            Value::Array(lines) if field == "lines" => self.lines(lines),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().filter_map(|item| self.write(entity, field, item, place)).collect();
                Some(items.join(", ")).filter(|text| !text.is_empty())
            }
            Value::Object(members) => {
                let money = serde_json::from_value::<Money>(value.clone()).ok().map(|money| self.language.money(money));
                // Cancellation terms have a name, restrictions of a sale have a reason.
                let name = || members.get("name").and_then(Value::as_str).map(str::to_owned);
                let reason = || members.get("reason").and_then(Value::as_str).map(|reason| self.coded(entity, reason));
                money.or_else(name).or_else(reason)
            }
        }
    }

    pub fn amount(&self, minor: i64) -> String {
        self.language.money(Money::new(minor, self.currency))
    }

    fn coded(&self, entity: &str, word: &str) -> String {
        labels::code(self.language, entity, word).map_or_else(|| word.replace('_', " "), str::to_owned)
    }

    fn text(&self, entity: &str, field: &str, text: &str, place: Place) -> Option<String> {
        if labels::is_coded(field) {
            return Some(self.coded(entity, text));
        }
        if let Ok(id) = text.parse::<Uuid>() {
            return Thing::of_field(field).map(|thing| self.thing(thing, id, place));
        }
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Some(self.language.date(date));
        }
        if let Ok(time) = text.parse::<NaiveTime>() {
            return Some(time.format("%H:%M").to_string());
        }
        Some(match DateTime::parse_from_rfc3339(text) {
            Ok(instant) => {
                let local = instant.with_timezone(&self.zone);
                format!("{}, {}", self.language.date(local.date_naive()), local.format("%H:%M"))
            }
            Err(_) => text.to_owned(),
        })
    }

    fn thing(&self, thing: Thing, id: Uuid, place: Place) -> String {
        match (self.named.get(thing, id), thing, place) {
            (None, ..) => thing.gone(self.language).to_owned(),
            (Some(number), Thing::Room, Place::InSentence) => labels::room(self.language, number),
            (Some(name), ..) => name.to_owned(),
        }
    }

    /// Writes lines of a folio: what they come to by kind, in the order in which they were posted.
    fn lines(&self, lines: &[Value]) -> Option<String> {
        let mut sums: Vec<(&str, i64)> = Vec::new();
        for line in lines {
            let (Some(kind), Some(minor)) = (line["kind"].as_str(), line["amount_minor"].as_i64()) else { continue };
            match sums.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, sum)) => *sum = sum.saturating_add(minor),
                None => sums.push((kind, minor)),
            }
        }
        let sums: Vec<String> =
            sums.iter().map(|(kind, minor)| format!("{} {}", self.coded("folio", kind), self.amount(*minor))).collect();
        Some(sums.join(", ")).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn write(language: Language, field: &str, value: &Value) -> Option<String> {
        let mut named = Named::default();
        named.put(Thing::Room, Uuid::nil(), "101".to_owned());
        let currency = "EUR".parse().expect("a currency");
        let writer = Writer { language, currency, zone: Tz::Europe__Lisbon, named: &named };
        writer.write("stay", field, value, Place::Alone)
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        let english = |field: &str, value: Value| write(Language::English, field, &value);
        let portuguese = |field: &str, value: Value| write(Language::Portuguese, field, &value);
        assert_eq!(english("total_minor", json!(123_450)).as_deref(), Some("1,234.50 EUR"));
        assert_eq!(portuguese("total", json!({"amount": "5.00", "currency": "EUR"})).as_deref(), Some("5,00 EUR"));
        assert_eq!(english("check_in", json!("2026-12-10")).as_deref(), Some("Thursday, 10 December 2026"));
        assert_eq!(
            portuguese("hold_expires_at", json!("2026-07-01T12:00:00Z")).as_deref(),
            Some("quarta-feira, 1 de julho de 2026, 13:00"),
            "at the hotel"
        );
        assert_eq!(english("arrival_time", json!("14:30:00")).as_deref(), Some("14:30"));
        assert_eq!(portuguese("is_pinned", json!(true)).as_deref(), Some("sim"));
        assert_eq!(english("status", json!("checked_in")).as_deref(), Some("checked in"));
        assert_eq!(english("channel", json!("my_agency")).as_deref(), Some("my agency"));
        assert_eq!(english("children_ages", json!([4, 7])).as_deref(), Some("4, 7"));
        assert_eq!(english("children_ages", json!([])), None);
        assert_eq!(english("cancellation_terms", json!({"name": "Flexible", "windows": []})).as_deref(), Some("Flexible"));
        let lines = json!([
            {"kind": "room", "amount_minor": 100}, {"kind": "tax", "amount_minor": 6}, {"kind": "room", "amount_minor": 50}
        ]);
        assert_eq!(portuguese("lines", lines).as_deref(), Some("alojamento 1,50 EUR, taxa 0,06 EUR"));
    }

    #[test]
    fn ids_are_names_or_nothing() {
        let english = |field: &str, value: Value| write(Language::English, field, &value);
        assert_eq!(english("room_id", json!(Uuid::nil())).as_deref(), Some("101"));
        assert_eq!(english("room_id", json!(Uuid::max())).as_deref(), Some("a room that is no more"));
        assert_eq!(english("something_id", json!(Uuid::nil())), None);
    }
}
