//! Values of query parameters: one each, or several where a set is taken.
use serde::Deserializer;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// Returns what reads the parameters of a query, each once with all of its values.
pub(super) fn parameters(query: &str) -> MapDeserializer<'_, impl Iterator<Item = (Cow<'_, str>, Values<'_>)>, Error> {
    let mut parameters: Vec<(Cow<'_, str>, Values<'_>)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match parameters.iter_mut().find(|(known, _)| *known == name) {
            Some((_, Values(values))) => values.push(value),
            None => parameters.push((name, Values(vec![value]))),
        }
    }
    MapDeserializer::new(parameters.into_iter())
}

/// The values of a parameter, in the order in which they were sent. What takes one refuses several; what takes a set asks for a
/// sequence.
pub(super) struct Values<'a>(Vec<Cow<'a, str>>);

impl<'a> Values<'a> {
    fn one(mut self) -> Result<Cow<'a, str>, Error> {
        match (self.0.pop(), self.0.is_empty()) {
            (Some(value), true) => Ok(value),
            _ => Err(Error::custom("is there more than once")),
        }
    }

    fn parsed<T: FromStr<Err: Display>>(self) -> Result<T, Error> {
        self.one()?.parse().map_err(Error::custom)
    }
}

impl<'de> IntoDeserializer<'de> for Values<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Values<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.one()?.into_deserializer().deserialize_any(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.one()?.into_deserializer().deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.parsed()?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.parsed()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.parsed()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.parsed()?)
    }

    forward_to_deserialize_any! {
        u8 u16 u32 u64 i8 i16 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::valid::sets;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Order {
        Name,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Query {
        limit: Option<i64>,
        radius: Option<f64>,
        is_new: bool,
        order: Option<Order>,
        name: String,
        #[serde(deserialize_with = "sets::optional")]
        codes: Option<String>,
    }

    fn read(query: &str) -> Result<Query, String> {
        Query::deserialize(parameters(query)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_parameter_has_the_value_that_it_takes() {
        let read_whole = read("limit=-5&radius=1.5&is_new=true&order=name&name=a%2Cb&other=1&other=2&codes=x");
        let codes = Some("x".to_owned());
        let expected =
            Query { limit: Some(-5), radius: Some(1.5), is_new: true, order: Some(Order::Name), name: "a,b".into(), codes };
        assert_eq!(read_whole, Ok(expected));
        assert_eq!(read(""), Ok(Query::default()));
        for (query, finding) in [
            ("limit=x", "invalid digit found in string"),
            ("is_new=1", "provided string was not `true` or `false`"),
            ("order=size", "unknown variant `size`, expected `name`"),
        ] {
            assert_eq!(read(query), Err(finding.to_owned()), "{query}");
        }
    }

    #[test]
    fn a_set_has_several_values_and_nothing_else_has() {
        let codes = |query| read(query).map(|query| query.codes);
        for query in ["codes=a,b,c", "codes=a&codes=b&codes=c", "codes=a&limit=1&codes=b,c"] {
            assert_eq!(codes(query), Ok(Some("a,b,c".to_owned())), "{query}");
        }
        assert_eq!((codes("codes="), codes("limit=1")), (Ok(Some(String::new())), Ok(None)));
        for query in ["limit=1&limit=1", "name=a&limit=1&name=b", "is_new=true&is_new=false", "order=name&order=name"] {
            assert_eq!(read(query), Err("is there more than once".to_owned()), "{query}");
        }
    }
}
