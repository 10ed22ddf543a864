use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("The file is not a picture that is taken: by its content it is neither JPEG, PNG nor WebP.")]
    UnsupportedType,
    #[error("The picture cannot be read: {0}.")]
    Unreadable(String),
    #[error("The picture has {width} × {height} pixels; at most 50 million are taken.")]
    TooManyPixels { width: u32, height: u32 },
}

const UNSUPPORTED_TYPE: Problem = Problem {
    code: "image.unsupported_type",
    status: 415,
    title: "Not a picture",
    about: "Pictures are JPEG, PNG or WebP. That is decided by what is in the file; its name and its `Content-Type` do not matter.",
    members: &[],
};
const UNREADABLE: Problem = Problem {
    code: "image.unreadable",
    status: 422,
    title: "Broken picture",
    about: "The file begins like a picture and cannot be decoded: it is damaged, or its end is missing.",
    members: &[],
};
const TOO_MANY_PIXELS: Problem = Problem {
    code: "image.too_many_pixels",
    status: 422,
    title: "Too many pixels",
    about: "A picture has at most 50 million pixels (width × height). Make it smaller and send it again.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&UNSUPPORTED_TYPE, &UNREADABLE, &TOO_MANY_PIXELS];

impl DomainError for MediaError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::UnsupportedType => &UNSUPPORTED_TYPE,
            Self::Unreadable(_) => &UNREADABLE,
            Self::TooManyPixels { .. } => &TOO_MANY_PIXELS,
        }
    }
}
