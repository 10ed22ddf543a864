use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum PropertyError {
    #[error("The property has stays that have not ended; cancel or finish them first.")]
    HasStays,
}

pub const HAS_STAYS: Problem = Problem {
    code: "property.has_stays",
    status: 409,
    title: "The property has stays",
    about: "A property can be removed only when none of its stays is held, confirmed or in house.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&HAS_STAYS];

impl DomainError for PropertyError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::HasStays => &HAS_STAYS,
        }
    }
}
