use super::model::{ContentId, ContentStatus};
use crate::error::{DomainError, FieldError, Member, Problem};
use crate::texts::Locale;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    #[error("The documents of content cannot be reached at the moment; nothing was changed.")]
    Unavailable,
    #[error("This version is {status}, and {deed} is for versions that are {allowed}.")]
    IllegalMove { status: ContentStatus, deed: &'static str, allowed: &'static str },
    #[error("The address {0:?} is taken in this language.")]
    SlugTaken(String),
    #[error("A page needs an address before it is published: set its slug.")]
    NoSlug,
    #[error("The content has the language {0} already.")]
    LocaleTaken(Locale),
    #[error("The site has {0} items of content, and can have no more.")]
    TooManyItems(i64),
    #[error("The content has {0} languages, and can have no more.")]
    TooManyLocales(usize),
    #[error("Other content links here: change it first.")]
    Linked(Vec<ContentId>),
    #[error("Content uses this picture, be it in a version of old that can be restored.")]
    MediaUsed(Vec<ContentId>),
    #[error("Nothing is scheduled.")]
    NotScheduled,
    #[error("The link to the preview has expired.")]
    PreviewExpired,
}

pub const UNAVAILABLE: Problem = Problem {
    code: "content.unavailable",
    status: 503,
    title: "Content not available",
    about: "MongoDB, which keeps what the versions of content say, is away. What a server remembers, it still shows; other \
            content can be neither read nor changed for now. Nothing is lost, and nothing was done by halves: try again after the \
            seconds in `Retry-After`.",
    members: &[],
};
pub const ILLEGAL_MOVE: Problem = Problem {
    code: "content.illegal_move",
    status: 409,
    title: "Not in this state",
    about: "A version goes from `draft` to `in_review` and from there back to `draft`, is published from any state but \
            `published`, and is archived from any but `archived`. A new version is a draft.",
    members: &[],
};
pub const SLUG_TAKEN: Problem = Problem {
    code: "content.slug_taken",
    status: 409,
    title: "Address taken",
    about: "Other content of the hotel has this address in this language. Addresses are one content's alone, drafts included; in \
            another language or at another hotel the same address is free.",
    members: &[],
};
pub const NO_SLUG: Problem = Problem {
    code: "content.no_slug",
    status: 409,
    title: "No address",
    about: "A `page` is read at its address, so it cannot be published, by hand or by schedule, nor be left, without a `slug`.",
    members: &[],
};
pub const LOCALE_TAKEN: Problem = Problem {
    code: "content.locale_taken",
    status: 409,
    title: "Language there already",
    about: "The content has this language. Save a new version of it instead.",
    members: &[],
};
pub const TOO_MANY_ITEMS: Problem = Problem {
    code: "content.too_many_items",
    status: 409,
    title: "Too much content",
    about: "A hotel has up to 10,000 items of content, and so have all hotels together. Remove what nobody needs any more.",
    members: &[],
};
pub const TOO_MANY_LOCALES: Problem = Problem {
    code: "content.too_many_locales",
    status: 409,
    title: "Too many languages",
    about: "Content has up to 40 languages.",
    members: &[],
};
pub const LINKED: Problem = Problem {
    code: "content.linked",
    status: 409,
    title: "Linked from elsewhere",
    about: "Versions that are worked on, public or scheduled link to this content, so it cannot be removed. `content_ids` names \
            what they are of.",
    members: &[Member::value("content_ids", "Identifiers of the content that links here.", || schema!(Vec<Uuid>).into())],
};
pub const MEDIA_USED: Problem = Problem {
    code: "content.media_used",
    status: 409,
    title: "Picture in use",
    about: "Versions of content show this picture. Versions of old count, too, since they can be restored, unless their content \
            has been removed. `content_ids` names what they are of.",
    members: &[Member::value("content_ids", "Identifiers of the content that shows the picture.", || schema!(Vec<Uuid>).into())],
};
pub const NOT_SCHEDULED: Problem = Problem {
    code: "content.not_scheduled",
    status: 409,
    title: "Nothing scheduled",
    about: "Neither a publication nor a withdrawal of this language is scheduled.",
    members: &[],
};
pub const PREVIEW_EXPIRED: Problem = Problem {
    code: "content.preview_expired",
    status: 410,
    title: "Preview expired",
    about: "Links to previews are good for the time that was asked for. Ask for a new one.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &UNAVAILABLE,
    &ILLEGAL_MOVE,
    &SLUG_TAKEN,
    &NO_SLUG,
    &LOCALE_TAKEN,
    &TOO_MANY_ITEMS,
    &TOO_MANY_LOCALES,
    &LINKED,
    &MEDIA_USED,
    &NOT_SCHEDULED,
    &PREVIEW_EXPIRED,
];

impl DomainError for ContentError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Unavailable => &UNAVAILABLE,
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::SlugTaken(_) => &SLUG_TAKEN,
            Self::NoSlug => &NO_SLUG,
            Self::LocaleTaken(_) => &LOCALE_TAKEN,
            Self::TooManyItems(_) => &TOO_MANY_ITEMS,
            Self::TooManyLocales(_) => &TOO_MANY_LOCALES,
            Self::Linked(_) => &LINKED,
            Self::MediaUsed(_) => &MEDIA_USED,
            Self::NotScheduled => &NOT_SCHEDULED,
            Self::PreviewExpired => &PREVIEW_EXPIRED,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::SlugTaken(_) => vec![FieldError::body("/slug", "is taken in this language")],
            Self::LocaleTaken(_) => vec![FieldError::body("/locale", "is there already")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::Linked(ids) | Self::MediaUsed(ids) => Map::from_iter([("content_ids".to_owned(), json!(ids))]),
            _ => Map::new(),
        }
    }
}
