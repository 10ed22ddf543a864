//! Content as the public reads it.
use super::super::model::{ContentId, ContentKind};
use super::{Block, ContentBody, LinkBlock, PictureBlock};
use crate::media::PictureSize;
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Site whose page is asked for.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct PageQueryOf {
    /// Identifier of the property; if left out, only what is of all hotels.
    pub property_id: Option<Uuid>,
}

/// Site whose translations are asked for.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct AlternatesQuery {
    /// Identifier of the property; if left out, only what is of all hotels.
    pub property_id: Option<Uuid>,
}

/// Filter of public content.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct PageFilter {
    /// Identifier of the property, which brings along what is of all hotels; if left out, only that.
    pub property_id: Option<Uuid>,
    /// Kind of the content; if left out, of every kind.
    #[param(inline)]
    pub kind: Option<ContentKind>,
}

/// Words that are looked for in public content.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
pub struct SearchQuery {
    /// Identifier of the property, which brings along what is of all hotels; if left out, only that.
    #[garde(skip)]
    #[serde(default)]
    pub property_id: Option<Uuid>,
    /// Words, 1 to 200 characters: all of them, `"in quotes"` one after the other, `or` between those of which one is enough,
    /// and a `-` before what must not be there.
    #[garde(length(chars, min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200, example = "breakfast")]
    pub q: String,
    /// Language of the texts (BCP 47); only what is in just this language is found.
    #[garde(skip)]
    #[param(value_type = String, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "en")]
    pub locale: Locale,
    /// Maximum number of texts, 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[serde(default = "some")]
    #[param(minimum = 1, maximum = 50, default = 20)]
    pub limit: i64,
}

fn some() -> i64 {
    20
}

/// Site whose map is asked for, and where its pages are.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
pub struct SitemapQuery {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Address of the site's pages, with `{slug}` and perhaps `{locale}` in it; 10 to 500 characters.
    #[garde(length(chars, min = 10, max = 500))]
    #[param(min_length = 10, max_length = 500, example = "https://hotel.example/{locale}/{slug}")]
    pub page_url: String,
}

/// Picture as the public sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ShownPicture {
    /// Alternative text, plain.
    pub alt: String,
    /// Caption, plain; null for none.
    pub caption: Option<String>,
    /// Point that stays visible when the picture is cut: percent from the left.
    pub focal_x: i32,
    /// Point that stays visible when the picture is cut: percent from the top.
    pub focal_y: i32,
    /// Sizes in which there is the picture, narrowest first.
    pub sizes: Vec<PictureSize>,
}

/// Target of a link to other content.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TargetOut {
    /// Identifier of the content.
    #[schema(value_type = Uuid)]
    pub content_id: ContentId,
    /// Language of its text: that of the page, or the one that is nearest.
    #[schema(value_type = String, example = "en")]
    pub locale: Locale,
    /// Address in that language; null if it has none.
    pub slug: Option<String>,
}

/// Block as the public reads it. Members whose names end with `html` hold safe HTML; all others are plain text.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShownBlock {
    /// Heading above what follows.
    #[schema(title = "ShownHeading")]
    Heading {
        /// Level of the heading, 2 to 4.
        level: i32,
        /// Text of the heading.
        text: String,
    },
    /// Text.
    #[schema(title = "ShownText")]
    Text {
        /// Text as safe HTML.
        html: String,
    },
    /// Picture.
    #[schema(title = "ShownPictureBlock")]
    Picture {
        /// Picture with its sizes.
        picture: ShownPicture,
    },
    /// Pictures that are shown together.
    #[schema(title = "ShownGallery")]
    Gallery {
        /// Pictures in their order.
        pictures: Vec<ShownPicture>,
    },
    /// Words of somebody else.
    #[schema(title = "ShownQuote")]
    Quote {
        /// Quoted words.
        text: String,
        /// Name of the person who said so; null for nobody in particular.
        author: Option<String>,
    },
    /// Question with its answer.
    #[schema(title = "ShownQuestion")]
    Question {
        /// Question.
        question: String,
        /// Answer as safe HTML.
        answer_html: String,
    },
    /// Link to other content or to an address.
    #[schema(title = "ShownLink")]
    Link {
        /// Words of the link.
        label: String,
        /// Address; null for a link to other content.
        url: Option<String>,
        /// Content to which it leads; null for an address, and while that content is not public.
        target: Option<TargetOut>,
    },
    /// Ways to reach the hotel.
    #[schema(title = "ShownContact")]
    Contact {
        /// Telephone number; null for none.
        phone: Option<String>,
        /// E-mail address; null for none.
        email: Option<String>,
        /// Postal address or way; null for none.
        address: Option<String>,
        /// Hours at which somebody answers; null if nothing is said.
        hours: Option<String>,
    },
    /// Facility of the hotel.
    #[schema(title = "ShownFacility")]
    Facility {
        /// Name of the facility.
        name: String,
        /// Description as safe HTML.
        description_html: String,
        /// Hours at which it is open; null if nothing is said.
        hours: Option<String>,
    },
    /// Promotion in words.
    #[schema(title = "ShownPromotion")]
    Promotion {
        /// Headline.
        headline: String,
        /// Terms as safe HTML.
        terms_html: String,
        /// Code to be named when booking; null for none.
        code: Option<String>,
        /// First day on which it holds; null if nothing is said.
        valid_from: Option<NaiveDate>,
        /// Last day on which it holds, inclusive; null if nothing is said.
        valid_to: Option<NaiveDate>,
    },
}

/// Public content in a language.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PublicPage {
    /// Identifier of the content.
    #[schema(value_type = Uuid)]
    pub id: ContentId,
    /// Identifier of the property; null for content of all hotels.
    pub property_id: Option<Uuid>,
    /// Kind of the content.
    pub kind: ContentKind,
    /// Language of the text.
    #[schema(value_type = String, example = "en")]
    pub locale: Locale,
    /// Address in this language; null for what is only part of lists.
    pub slug: Option<String>,
    /// Title, plain.
    pub title: String,
    /// Summary, plain; null for none.
    pub summary: Option<String>,
    /// Blocks in their order.
    pub blocks: Vec<ShownBlock>,
    /// Structured data of schema.org (JSON-LD) as a text that can stand in a `script` element as it is.
    pub json_ld: String,
    /// Number of the version.
    pub number: i32,
    /// Time at which it became public (UTC); null in a preview.
    pub published_at: Option<DateTime<Utc>>,
}

/// Version as it would be public.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewOut {
    /// Time at which the link ends (UTC).
    pub expires_at: DateTime<Utc>,
    /// Version as the public would read it.
    pub page: PublicPage,
}

/// Translation of a public page, for links with `hreflang`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TranslationOut {
    /// Language of the translation.
    #[schema(value_type = String, example = "pt")]
    pub locale: Locale,
    /// Address in that language; null if it has none.
    pub slug: Option<String>,
}

/// Public content that has the words.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchFound {
    /// Identifier of the content.
    #[schema(value_type = Uuid)]
    pub id: ContentId,
    /// Kind of the content.
    pub kind: ContentKind,
    /// Language of the text.
    #[schema(value_type = String, example = "en")]
    pub locale: Locale,
    /// Address; null for what is only part of lists.
    pub slug: Option<String>,
    /// Title, plain.
    pub title: String,
    /// Part of the text around the words, plain.
    pub excerpt: String,
}

impl ContentBody {
    /// Returns the pictures, in their order.
    pub fn pictures(&self) -> impl Iterator<Item = &PictureBlock> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Picture(picture) => std::slice::from_ref(picture).iter(),
            Block::Gallery(gallery) => gallery.pictures.iter(),
            _ => std::slice::Iter::default(),
        })
    }

    /// Returns the content to which it links.
    pub fn links(&self) -> impl Iterator<Item = ContentId> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Link(LinkBlock { content_id, .. }) => *content_id,
            _ => None,
        })
    }
}
