use crate::error::Problem;

pub const PROBLEMS: &[&Problem] = &[];
