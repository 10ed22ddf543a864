use super::model::MAX_IMAGES;
use crate::error::{DomainError, FieldError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("There are {MAX_IMAGES} pictures already, which is the most; remove one first.")]
    TooMany,
    #[error("One picture has to be the primary one: make another one primary instead.")]
    NeedsPrimary,
    #[error("`image_ids` must be exactly the pictures that there are, each once.")]
    NotTheSame,
}

pub const TOO_MANY: Problem = Problem {
    code: "image.too_many",
    status: 409,
    title: "Too many pictures",
    about: "A hotel, a room type and an offer have at most 30 pictures each.",
    members: &[],
};
pub const NEEDS_PRIMARY: Problem = Problem {
    code: "image.needs_primary",
    status: 422,
    title: "No primary picture",
    about: "Among pictures, exactly one is the primary one. Make another one primary with `is_primary: true`, in its place.",
    members: &[],
};
pub const NOT_THE_SAME: Problem = Problem {
    code: "image.not_the_same",
    status: 422,
    title: "Not the pictures that there are",
    about: "A new order must name each existing picture once, and no others. List the pictures again and decide anew.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&TOO_MANY, &NEEDS_PRIMARY, &NOT_THE_SAME];

impl DomainError for ImageError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::TooMany => &TOO_MANY,
            Self::NeedsPrimary => &NEEDS_PRIMARY,
            Self::NotTheSame => &NOT_THE_SAME,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::TooMany => Vec::new(),
            Self::NeedsPrimary => vec![FieldError::body("/is_primary", "cannot be taken away, only given to another picture")],
            Self::NotTheSame => vec![FieldError::body("/image_ids", "must be exactly the pictures that there are, each once")],
        }
    }
}
