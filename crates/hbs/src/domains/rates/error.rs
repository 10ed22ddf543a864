use crate::error::Problem;

/// This domain has no failures of its own yet.
pub const PROBLEMS: &[&Problem] = &[];
