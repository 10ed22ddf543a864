//! Templates: empty spreadsheets to fill in.
use super::column::Column;
use super::delimited::csv_lines;
use crate::{Error, Result};
use rust_xlsxwriter::{Format as CellFormat, Note, Workbook};
use serde::Deserialize;

/// File format of a template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Csv,
    Xlsx,
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Writes the header and one example row; in XLSX, each column has a note on its content.
    pub fn template(self, columns: &[Column]) -> Result<Vec<u8>> {
        match self {
            Self::Csv => csv_template(columns),
            Self::Xlsx => xlsx_template(columns).map_err(Error::internal),
        }
    }
}

fn csv_template(columns: &[Column]) -> Result<Vec<u8>> {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let examples: Vec<&str> = columns.iter().map(|column| column.example).collect();
    csv_lines([names, examples])
}

fn xlsx_template(columns: &[Column]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (bold, text) = (CellFormat::new().set_bold(), CellFormat::new().set_num_format("@"));
    for (n, column) in (0_u16..).zip(columns) {
        let need = if column.required { "Required. " } else { "" };
        sheet.write_with_format(0, n, column.name, &bold)?;
        sheet.insert_note(0, n, &Note::new(format!("{need}{}", column.about)).add_author_prefix(false))?;
        // As text, so that a room 007 stays one.
        sheet.set_column_format(n, &text)?;
        sheet.write_with_format(1, n, column.example, &text)?;
        sheet.set_column_width(n, 18)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::super::column::{Column, optional, required};
    use super::super::read::Sheet;
    use super::*;

    #[test]
    fn a_template_is_a_sheet_that_can_be_read() {
        let columns: &[Column] = &[required("number", "007", "The room's number."), optional("floor", "1", "")];
        for format in [Format::Csv, Format::Xlsx] {
            let sheet = Sheet::read(&format.template(columns).expect("a template"), columns).expect("readable");
            assert_eq!(sheet.rows.len(), 1, "{format:?}");
            assert_eq!((sheet.rows[0].text("number"), sheet.rows[0].text("floor")), (Some("007"), Some("1")), "{format:?}");
        }
    }
}
