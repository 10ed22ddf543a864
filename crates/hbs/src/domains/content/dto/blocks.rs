//! Blocks that content is made of, as staff write them and as documents keep them.
use super::super::model::{ContentId, MediaId};
use crate::http::valid::dates;
use crate::plain_text::paragraphs;
use chrono::NaiveDate;
use garde::{Path, Report, Validate};
use serde::{Deserialize, Serialize};

/// Content of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentBody {
    /// Title, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Breakfast")]
    pub title: String,
    /// Summary for search engines and lists, 1 to 500 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 500)]
    pub summary: Option<String>,
    /// Blocks, at most 100, in their order. The kind of the content says which there may be.
    #[garde(length(max = 100), dive)]
    #[serde(default)]
    #[schema(max_items = 100)]
    pub blocks: Vec<Block>,
}

/// Block of content: an object with one member, whose name says what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    Heading(HeadingBlock),
    Text(TextBlock),
    Picture(PictureBlock),
    Gallery(GalleryBlock),
    Quote(QuoteBlock),
    Question(QuestionBlock),
    Link(LinkBlock),
    Contact(ContactBlock),
    Facility(FacilityBlock),
    Promotion(PromotionBlock),
}

impl Block {
    /// Returns the name of the block's only member.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Heading(_) => "heading",
            Self::Text(_) => "text",
            Self::Picture(_) => "picture",
            Self::Gallery(_) => "gallery",
            Self::Quote(_) => "quote",
            Self::Question(_) => "question",
            Self::Link(_) => "link",
            Self::Contact(_) => "contact",
            Self::Facility(_) => "facility",
            Self::Promotion(_) => "promotion",
        }
    }
}

/// Names the member of a block in the paths of findings, which a derived rule does not.
impl Validate for Block {
    type Context = ();

    fn validate_into(&self, context: &(), parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        let name = self.name();
        let mut path = || parent().join(name);
        match self {
            Self::Heading(block) => block.validate_into(context, &mut path, report),
            Self::Text(block) => block.validate_into(context, &mut path, report),
            Self::Picture(block) => block.validate_into(context, &mut path, report),
            Self::Gallery(block) => block.validate_into(context, &mut path, report),
            Self::Quote(block) => block.validate_into(context, &mut path, report),
            Self::Question(block) => block.validate_into(context, &mut path, report),
            Self::Link(block) => block.validate_into(context, &mut path, report),
            Self::Contact(block) => block.validate_into(context, &mut path, report),
            Self::Facility(block) => block.validate_into(context, &mut path, report),
            Self::Promotion(block) => block.validate_into(context, &mut path, report),
        }
    }
}

/// Heading above what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadingBlock {
    /// Level of the heading, 2 to 4: the title is the heading of level 1.
    #[garde(range(min = 2, max = 4))]
    #[schema(minimum = 2, maximum = 4)]
    pub level: i32,
    /// Text of the heading, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub text: String,
}

/// Text in Markdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBlock {
    /// Text in Markdown (CommonMark with tables and strikethrough), 1 to 20,000 characters. HTML in it is shown as text.
    #[garde(length(chars, min = 1, max = 20_000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 20000, example = "Breakfast is served **from 7 to 11**.")]
    pub markdown: String,
}

/// Picture with what it shows in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureBlock {
    /// Identifier of the picture, among those for content of the hotel or of all hotels.
    #[garde(skip)]
    #[schema(value_type = Uuid)]
    pub media_id: MediaId,
    /// Alternative text in this language, 1 to 300 characters: what the picture shows, for those who do not see it.
    #[garde(length(chars, min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "The breakfast room with its windows to the garden")]
    pub alt: String,
    /// Caption, 1 to 500 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub caption: Option<String>,
}

/// Pictures that are shown together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GalleryBlock {
    /// Pictures, 1 to 30, in their order.
    #[garde(length(min = 1, max = 30), dive)]
    #[schema(min_items = 1, max_items = 30)]
    pub pictures: Vec<PictureBlock>,
}

/// Words of somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteBlock {
    /// Quoted words, 1 to 2,000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
    /// Name of the person who said so, 1 to 200 characters; null or left out for nobody in particular.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub author: Option<String>,
}

/// Question with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionBlock {
    /// Question, 1 to 300 characters.
    #[garde(length(chars, min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "May I bring my dog?")]
    pub question: String,
    /// Answer in Markdown, 1 to 10,000 characters.
    #[garde(length(chars, min = 1, max = 10_000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 10000)]
    pub answer: String,
}

/// Link to other content, or to an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBlock {
    /// Words of the link, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Book now")]
    pub label: String,
    /// Address: `https://…`, `http://…`, `mailto:…`, `tel:…`, or a path of the site such as `/rooms`; 1 to 2,000 characters. Null
    /// or left out with `content_id`.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000, example = "/rooms")]
    pub url: Option<String>,
    /// Identifier of the content to which it leads; null or left out with `url`.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub content_id: Option<ContentId>,
}

/// Ways to reach the hotel: at least one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBlock {
    /// Telephone number as it is to be read, 1 to 50 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 50)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 50, example = "+351 213 000 000")]
    pub phone: Option<String>,
    /// E-mail address, 1 to 200 characters; null or left out for none.
    #[garde(inner(email, length(chars, min = 1, max = 200)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, format = "email")]
    pub email: Option<String>,
    /// Postal address, or the way to the hotel, 1 to 500 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 500)]
    pub address: Option<String>,
    /// Hours at which somebody answers, 1 to 200 characters; null or left out if nothing is said.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "Day and night")]
    pub hours: Option<String>,
}

/// Facility of the hotel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityBlock {
    /// Name of the facility, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Swimming pool")]
    pub name: String,
    /// Description in Markdown, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000)]
    pub description: String,
    /// Hours at which it is open, 1 to 200 characters; null or left out if nothing is said.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "9:00 to 20:00")]
    pub hours: Option<String>,
}

/// Promotion in words: prices and codes that hold are those of rate plans.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionBlock {
    /// Headline, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Stay three nights, pay for two")]
    pub headline: String,
    /// Terms in Markdown, 1 to 5,000 characters.
    #[garde(length(chars, min = 1, max = 5000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 5000)]
    pub terms: String,
    /// Code to be named when booking, 1 to 50 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 50)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 50)]
    pub code: Option<String>,
    /// First day on which it holds; null or left out if nothing is said.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    pub valid_from: Option<NaiveDate>,
    /// Last day on which it holds, inclusive; null or left out if nothing is said.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    pub valid_to: Option<NaiveDate>,
}
