use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("The file is not a picture that is taken: by its content it is neither JPEG, PNG nor WebP.")]
    UnsupportedType,
    #[error("The picture cannot be read: {0}.")]
    Unreadable(String),
    #[error("The picture has {width} × {height} pixels; at most 50 million are taken.")]
    TooManyPixels { width: u32, height: u32 },
    #[error("The picture has {width} × {height} pixels, in a form that takes too much memory to be read.")]
    TooDear { width: u32, height: u32 },
    #[error("Many pictures are read at this moment. Try again in a few seconds.")]
    Busy,
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
    about: "A picture has at most 50 million pixels (width × height), and takes at most 76 MiB while it is read: 24 million \
            pixels of a usual JPEG or PNG, 19 million with transparency, 8 million where all must be kept until the end, as in \
            progressive JPEG and lossless WebP; the codes of a lossless WebP count, too. Make it smaller, or save it as a usual \
            JPEG or PNG, and send it again.",
    members: &[],
};
const BUSY: Problem = Problem {
    code: "image.busy",
    status: 503,
    title: "Many pictures at once",
    about: "Few pictures are read at once, and more of them came than could be read within seconds. Nothing was done; \
            `Retry-After` says when to try again.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&UNSUPPORTED_TYPE, &UNREADABLE, &TOO_MANY_PIXELS, &BUSY];

impl DomainError for MediaError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::UnsupportedType => &UNSUPPORTED_TYPE,
            Self::Unreadable(_) => &UNREADABLE,
            Self::TooManyPixels { .. } | Self::TooDear { .. } => &TOO_MANY_PIXELS,
            Self::Busy => &BUSY,
        }
    }
}
