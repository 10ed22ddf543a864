//! Failures of imports.
use super::Report;
use crate::error::{Member, Problem};

pub const UNREADABLE_SHEET: Problem = Problem {
    code: "import.unreadable",
    status: 422,
    title: "Unreadable spreadsheet",
    about: "The file is not CSV in UTF-8 or XLSX, or its first line does not name the columns of the template.",
    members: &[],
};

pub const IMPORT_REFUSED: Problem = Problem {
    code: "import.refused",
    status: 422,
    title: "Rows refused",
    about: "Some rows are wrong, so nothing was imported. `report` lists the errors of each row; `partial=true` imports the valid rows.",
    members: &[Member::object::<Report>("report", "Result of each row.")],
};

pub const PROBLEMS: &[&Problem] = &[&UNREADABLE_SHEET, &IMPORT_REFUSED];
