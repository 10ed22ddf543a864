use crate::error::Problem;

/// This domain has no failures of its own: what cannot be booked is listed with its reasons.
pub const PROBLEMS: &[&Problem] = &[];
