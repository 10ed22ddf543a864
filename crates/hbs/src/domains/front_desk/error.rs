use crate::error::Problem;

/// This domain has no failures of its own.
pub const PROBLEMS: &[&Problem] = &[];
