//! Tags of bookings, in their one form.
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Array, Nullable, Text};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Maximum number of tags of a booking.
const MAX_TAGS: usize = 20;
/// Maximum number of characters of a tag.
const MAX_CHARS: usize = 100;

/// Tags of a booking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Array<Nullable<Text>>)]
#[serde(try_from = "Vec<String>")]
pub struct Tags(Vec<String>);

/// Tells the limit of each tag, too.
impl PartialSchema for Tags {
    fn schema() -> RefOr<Schema> {
        let about = "Tags, each once and in order: a name such as `vip`, or `name:text` such as `wake-up:07:00` and \
                     `message:Call Ana`, without semicolons. Names are stored in lower case, with hyphens for blanks.";
        let tag = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX_CHARS));
        ArrayBuilder::new()
            .items(ArrayItems::RefOrSchema(Box::new(RefOr::T(Schema::Object(tag.build())))))
            .max_items(Some(MAX_TAGS))
            .description(Some(about))
            .examples([json!(["vip", "wake-up:07:00"])])
            .into()
    }
}

impl ToSchema for Tags {}

impl Tags {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the tags as one text, as a cell of a sheet has them.
    pub fn joined(&self) -> String {
        self.0.join("; ")
    }

    /// Reads the tags of a text, which are separated by semicolons.
    pub fn of_text(text: &str) -> Result<Self, String> {
        let tags = text.split(';').map(str::trim).filter(|tag| !tag.is_empty());
        Self::try_from(tags.map(str::to_owned).collect::<Vec<_>>())
    }
}

impl TryFrom<Vec<String>> for Tags {
    type Error = String;

    fn try_from(tags: Vec<String>) -> Result<Self, String> {
        let tags: BTreeSet<String> = tags.iter().map(|tag| in_form(tag)).collect::<Result<_, _>>()?;
        if tags.len() > MAX_TAGS {
            return Err(format!("must be at most {MAX_TAGS} tags"));
        }
        Ok(Self(tags.into_iter().collect()))
    }
}

/// Returns a tag in its one form.
fn in_form(tag: &str) -> Result<String, String> {
    let (name, text) = tag.split_once(':').map_or((tag, None), |(name, text)| (name, Some(text.trim())));
    let name = name_in_form(name);
    let is_name = name.chars().all(|letter| letter.is_alphanumeric() || "-_./+&".contains(letter));
    if name.is_empty() || !is_name {
        return Err(format!("{tag:?} is not a tag: letters, digits and -_./+&, then perhaps a colon and a text"));
    }
    let tag = match text {
        Some(text) if !text.is_empty() => format!("{name}:{text}"),
        _ => name,
    };
    if tag.contains([';', '\n', '\r']) {
        return Err(format!("{tag:?} has a semicolon or a line break"));
    }
    if tag.chars().count() > MAX_CHARS {
        return Err(format!("a tag has at most {MAX_CHARS} characters"));
    }
    Ok(tag)
}

/// Returns the name of a tag as it is stored.
fn name_in_form(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase()
}

/// Returns a tag that is looked for as tags are stored: its name, or the whole of it.
pub fn wanted(tag: &str) -> String {
    in_form(tag).unwrap_or_else(|_| tag.to_owned())
}

impl FromSql<Array<Nullable<Text>>, Pg> for Tags {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let tags: Vec<Option<String>> = FromSql::<Array<Nullable<Text>>, Pg>::from_sql(bytes)?;
        Ok(Self(tags.into_iter().flatten().collect()))
    }
}

impl ToSql<Array<Nullable<Text>>, Pg> for Tags {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Array<Nullable<Text>>, Pg>::to_sql(&self.0, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Result<Vec<String>, String> {
        Tags::try_from(tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>()).map(|tags| tags.0)
    }

    #[test]
    fn tags_have_one_form() {
        let expected = ["message:Call Ana, please", "vip", "wake-up:07:00", "água"].map(String::from);
        let typed = ["VIP", " vip ", "Wake  Up: 07:00", "message: Call Ana, please", "ÁGUA:"];
        assert_eq!(tags(&typed), Ok(expected.to_vec()));
        assert_eq!(Tags::of_text("VIP; ;wake up:07:00;").map(|tags| tags.joined()), Ok("vip; wake-up:07:00".to_owned()));
        assert_eq!((wanted("Wake Up"), wanted("wake-up:07:00")), ("wake-up".to_owned(), "wake-up:07:00".to_owned()));
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let many: Vec<String> = (0..21).map(|n| format!("tag-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let long = format!("message:{}", "a".repeat(93));
        for wrong in [&[":text"][..], &[""], &["a;b"], &["message:a;b"], &["a\"b"], &[long.as_str()], &many] {
            assert!(tags(wrong).is_err(), "{wrong:?}");
        }
        assert!(tags(&many[..20]).is_ok() && tags(&[&long[1..]]).is_ok());
    }
}
