//! Deserializer that puts every text, and every number, it reads into its one form, so that no field can forget it.
use super::{Kind, clean};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt;
use std::marker::PhantomData;

/// Names by which a field asks [`Clean`] for another kind of text. To other deserializers they mean nothing.
const PARAGRAPHS: &str = "$hbs::Paragraphs";
const VERBATIM: &str = "$hbs::Verbatim";

/// Deserializes a field whose texts may have several lines.
pub fn paragraphs<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(PARAGRAPHS, Inside(PhantomData))
}

/// Deserializes a field of a merge patch whose texts may have several lines.
pub fn new_paragraphs<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    paragraphs(deserializer).map(Some)
}

/// Deserializes a field whose texts are taken as they are.
pub fn verbatim<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(VERBATIM, Inside(PhantomData))
}

/// Visitor of a value inside of a newtype.
struct Inside<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Inside<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

/// Largest number up to which all whole numbers are different as floating point.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Returns a number without fraction as the integer that it is: JSON has one kind of numbers, and `30.0` is 30.
fn whole(value: f64) -> Option<i64> {
    let is_whole = value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE;
    is_whole.then(|| format!("{value:.0}").parse().ok()).flatten()
}

/// A part of a self-describing format, such as JSON, whose texts and numbers are put into their one form. Keys of objects are not
/// texts; whatever they may be, their field says.
pub struct Clean<T> {
    inner: T,
    kind: Kind,
}

impl<T> Clean<T> {
    pub fn new(inner: T) -> Self {
        Self { inner, kind: Kind::Line }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Clean<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Clean { inner: visitor, kind: self.kind })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(Clean { inner: visitor, kind: self.kind })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        let kind = match name {
            PARAGRAPHS => Kind::Paragraphs,
            VERBATIM => Kind::Verbatim,
            _ => self.kind,
        };
        self.inner.deserialize_newtype_struct(name, Clean { inner: visitor, kind })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, Clean { inner: visitor, kind: self.kind })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Clean { inner: Members(visitor), kind: self.kind })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// Visitor of an object by the names of its members. Derived ones take a list for it, too, by the order of the fields: then a
/// slip is a deed, and a field more changes what was meant.
struct Members<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(members)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Clean<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.inner.visit_str(&clean(text, self.kind).map_err(E::custom)?)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.inner.visit_bool(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.inner.visit_i64(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<V::Value, E> {
        self.inner.visit_u64(value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<V::Value, E> {
        match whole(value) {
            Some(number) => self.inner.visit_i64(number),
            None => self.inner.visit_f64(value),
        }
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Clean { inner: deserializer, kind: self.kind })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Clean { inner: deserializer, kind: self.kind })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Clean { inner: items, kind: self.kind })
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Clean { inner: fields, kind: self.kind })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, value: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Clean { inner: value, kind: self.kind })
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Clean<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Clean { inner: deserializer, kind: self.kind })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Clean<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Clean { inner: seed, kind: self.kind })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Clean<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Clean { inner: seed, kind: self.kind })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// A value of an enumeration: the word is the enumeration's matter, the texts beside it are cleaned.
impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Clean<A> {
    type Error = A::Error;
    type Variant = Clean<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (word, rest) = self.inner.variant_seed(seed)?;
        Ok((word, Clean { inner: rest, kind: self.kind }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Clean<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Clean { inner: seed, kind: self.kind })
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(length, Clean { inner: visitor, kind: self.kind })
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Clean { inner: Members(visitor), kind: self.kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Body {
        name: String,
        names: Vec<Option<String>>,
        #[serde(deserialize_with = "paragraphs")]
        notes: Option<String>,
        #[serde(deserialize_with = "new_paragraphs")]
        new_notes: Option<Option<String>>,
        #[serde(deserialize_with = "verbatim")]
        password: String,
        tail: Option<Box<Body>>,
        number: f64,
        flag: bool,
    }

    fn read(body: &Value) -> Result<Body, String> {
        let text = body.to_string();
        let mut json = serde_json::Deserializer::from_str(&text);
        serde_path_to_error::deserialize(Clean::new(&mut json)).map_err(|error| error.path().to_string())
    }

    #[test]
    fn numbers_without_fraction_are_whole() {
        for (text, number) in [("30.0", 30), ("-0.0", 0), ("3e1", 30), ("-7", -7), ("9007199254740992.0", 9_007_199_254_740_992)]
        {
            let read = i64::deserialize(Clean::new(&mut serde_json::Deserializer::from_str(text)));
            assert_eq!(read.ok(), Some(number), "{text}");
        }
        for text in ["30.5", "1e300", "\"30.0\""] {
            assert!(i64::deserialize(Clean::new(&mut serde_json::Deserializer::from_str(text))).is_err(), "{text}");
        }
        let places: Vec<f64> = vec![1.0, 1.5, 1e300];
        let text = json!(places).to_string();
        assert_eq!(Vec::deserialize(Clean::new(&mut serde_json::Deserializer::from_str(&text))).ok(), Some(places));
        assert!(u8::deserialize(Clean::new(&mut serde_json::Deserializer::from_str("-1.0"))).is_err());
    }

    #[test]
    fn every_text_of_a_body_is_cleaned_but_secrets() {
        let body = json!({"name": " a ", "names": [" b", null], "notes": " c\r\nd ", "new_notes": "e\nf ", "password": " p\n",
                          "tail": {"name": "Mu\u{308}ller", "new_notes": null}, "number": 1, "flag": true});
        let read = read(&body).expect("clean");
        assert_eq!(
            read,
            Body {
                name: "a".into(),
                names: vec![Some("b".into()), None],
                notes: Some("c\nd".into()),
                new_notes: Some(Some("e\nf".into())),
                password: " p\n".into(),
                tail: Some(Box::new(Body { name: "Müller".into(), new_notes: Some(None), ..Body::default() })),
                number: 1.0,
                flag: true,
            }
        );
        let plain: Body = serde_json::from_value(json!({"notes": " c\r\nd "})).expect("any deserializer reads it");
        assert_eq!(plain.notes.as_deref(), Some(" c\r\nd "), "what is stored is read as it is");
    }

    #[test]
    fn a_list_is_no_object() {
        for (body, path) in [(json!([]), "."), (json!(["a"]), "."), (json!({"tail": ["a"]}), "tail")] {
            assert_eq!(read(&body), Err(path.to_owned()));
        }
        assert!(serde_json::from_value::<Body>(json!([])).is_ok(), "which is what serde takes it for");
    }

    #[test]
    fn the_text_at_fault_is_named() {
        for (body, path) in [
            (json!({"name": " "}), "name"),
            (json!({"tail": {"names": ["a", "b\nc"]}}), "tail.names[1]"),
            (json!({"notes": "\u{202e}"}), "notes"),
            (json!({"new_notes": "\u{200b}"}), "new_notes"),
        ] {
            assert_eq!(read(&body), Err(path.to_owned()));
        }
    }
}
