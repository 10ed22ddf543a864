use crate::error::{DomainError, FieldError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum WishlistError {
    #[error("This {} is on your wishlist already.", if *.is_offer { "offer" } else { "room type" })]
    AlreadyThere { is_offer: bool },
    #[error("A wishlist holds at most {0} items; take one off first.")]
    Full(i64),
}

pub const ALREADY_THERE: Problem = Problem {
    code: "wishlist.already_there",
    status: 409,
    title: "On the wishlist already",
    about: "A room type, or an offer, can be on a wishlist only once.",
    members: &[],
};
pub const FULL: Problem = Problem {
    code: "wishlist.full",
    status: 409,
    title: "Wishlist full",
    about: "A wishlist has a limit, which the answer names. Take something off first.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&ALREADY_THERE, &FULL];

impl DomainError for WishlistError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::AlreadyThere { .. } => &ALREADY_THERE,
            Self::Full(_) => &FULL,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::AlreadyThere { is_offer } => {
                let pointer = if *is_offer { "/offer_id" } else { "/room_type_id" };
                vec![FieldError::body(pointer, "is on the wishlist already")]
            }
            Self::Full(_) => Vec::new(),
        }
    }
}
