use super::model::MAX_PHOTOS;
use crate::error::{DomainError, Problem};
use chrono::NaiveDate;

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("No stay of the booking in such a room has ended: it is reviewed after the check-out.")]
    NotDeparted,
    #[error("The stay could be reviewed until {0}.")]
    TooLate(NaiveDate),
    #[error("The stay has its review already.")]
    AlreadyWritten,
    #[error("Nobody who works for the hotel reviews it.")]
    Staff,
    #[error("The link does not work, or not any more.")]
    LinkInvalid,
    #[error("The review could be changed for {0} days after it was written.")]
    EditOver(i32),
    #[error("The review is not published.")]
    NotPublished,
    #[error("The review has no response.")]
    NoResponse,
    #[error("The review has {MAX_PHOTOS} photos already, which is the most; remove one first.")]
    TooManyPhotos,
    #[error("The review is your own.")]
    Own,
    #[error("You have reported the review already.")]
    AlreadyReported,
}

pub const NOT_DEPARTED: Problem = Problem {
    code: "review.not_departed",
    status: 409,
    title: "Not departed",
    about: "A stay is reviewed once its guests have checked out. What was cancelled, what nobody came for and what is still to come is not reviewed, nor is a stay whose check-out was undone.",
    members: &[],
};
pub const TOO_LATE: Problem = Problem {
    code: "review.too_late",
    status: 409,
    title: "Too late to review",
    about: "A stay is reviewed within 180 days after its departure.",
    members: &[],
};
pub const ALREADY_WRITTEN: Problem = Problem {
    code: "review.already_written",
    status: 409,
    title: "Reviewed already",
    about: "A booking has one review for each type of room in which its guests were, for good: change it instead. What its author has removed is not written anew.",
    members: &[],
};
pub const STAFF: Problem = Problem {
    code: "review.staff",
    status: 409,
    title: "Staff do not review",
    about: "Whoever has a role at the hotel or at all hotels does not review it, not even after a stay of their own.",
    members: &[],
};
pub const LINK_INVALID: Problem = Problem {
    code: "review.link_invalid",
    status: 422,
    title: "Link does not work",
    about: "The token is of no link, of one that was used, or of one that has ended: links to write a review work once for each type of room, within 60 days. Who has an account, or the link to the booking, writes the review with that.",
    members: &[],
};
pub const EDIT_OVER: Problem = Problem {
    code: "review.edit_over",
    status: 409,
    title: "Not changeable any more",
    about: "Authors change and remove their reviews, and their photos, for as many days after they were written as the hotel's setting `review_edit_days` says.",
    members: &[],
};
pub const NOT_PUBLISHED: Problem = Problem {
    code: "review.not_published",
    status: 409,
    title: "Not published",
    about: "Only published reviews are answered.",
    members: &[],
};
pub const NO_RESPONSE: Problem = Problem {
    code: "review.no_response",
    status: 409,
    title: "No response",
    about: "There is no response that could be withdrawn.",
    members: &[],
};
pub const TOO_MANY_PHOTOS: Problem = Problem {
    code: "review.too_many_photos",
    status: 409,
    title: "Too many photos",
    about: "A review has at most 10 photos.",
    members: &[],
};
pub const OWN: Problem = Problem {
    code: "review.own",
    status: 409,
    title: "Your own review",
    about: "Reviews are reported by others. Their authors change or remove them.",
    members: &[],
};
pub const ALREADY_REPORTED: Problem = Problem {
    code: "review.already_reported",
    status: 409,
    title: "Reported already",
    about: "Somebody reports a review once.",
    members: &[],
};

/// Problems of writing a review.
pub const WRITING: &[&Problem] = &[&NOT_DEPARTED, &TOO_LATE, &ALREADY_WRITTEN, &STAFF];

pub const PROBLEMS: &[&Problem] = &[
    &NOT_DEPARTED,
    &TOO_LATE,
    &ALREADY_WRITTEN,
    &STAFF,
    &LINK_INVALID,
    &EDIT_OVER,
    &NOT_PUBLISHED,
    &NO_RESPONSE,
    &TOO_MANY_PHOTOS,
    &OWN,
    &ALREADY_REPORTED,
];

impl DomainError for ReviewError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NotDeparted => &NOT_DEPARTED,
            Self::TooLate(_) => &TOO_LATE,
            Self::AlreadyWritten => &ALREADY_WRITTEN,
            Self::Staff => &STAFF,
            Self::LinkInvalid => &LINK_INVALID,
            Self::EditOver(_) => &EDIT_OVER,
            Self::NotPublished => &NOT_PUBLISHED,
            Self::NoResponse => &NO_RESPONSE,
            Self::TooManyPhotos => &TOO_MANY_PHOTOS,
            Self::Own => &OWN,
            Self::AlreadyReported => &ALREADY_REPORTED,
        }
    }
}
