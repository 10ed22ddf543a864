//! Formats of cells, as far as they tell dates from numbers.
use super::xml::{Xml, attribute};
use crate::sheets::error::SheetError;
use crate::sheets::limits::{Limit, MAX_STYLES};
use quick_xml::events::Event;
use std::collections::HashSet;
use std::io::BufRead;

/// Formats that every workbook has and that show days or times, also those of East Asia.
const BUILT_IN: &[std::ops::RangeInclusive<u32>] = &[14..=22, 27..=36, 45..=47, 50..=58];

/// For each style of a workbook, in their order, `true` if it shows a number as a day or a time.
#[derive(Default)]
pub struct Styles(Vec<bool>);

impl Styles {
    pub fn read<R: BufRead>(part: &mut Xml<R>) -> Result<Self, SheetError> {
        let (mut styles, mut own) = (Vec::new(), HashSet::new());
        let mut is_of_cells = false;
        loop {
            match part.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&start, "numFmtId")?.and_then(|id| id.parse::<u32>().ok());
                        let code = attribute(&start, "formatCode")?.unwrap_or_default();
                        own.extend(id.map(|id| (id, shows_dates(&code))));
                        if own.len() > MAX_STYLES {
                            return Err(Limit::Styles.into());
                        }
                    }
                    "cellXfs" => is_of_cells = true,
                    "xf" if is_of_cells => {
                        let id = attribute(&start, "numFmtId")?.and_then(|id| id.parse::<u32>().ok()).unwrap_or(0);
                        let is_built_in = BUILT_IN.iter().any(|range| range.contains(&id));
                        styles.push(own.contains(&(id, true)) || is_built_in && !own.contains(&(id, false)));
                        if styles.len() > MAX_STYLES {
                            return Err(Limit::Styles.into());
                        }
                    }
                    _ => {}
                },
                Event::End(end) if end.local_name().as_ref() == "cellXfs" => is_of_cells = false,
                Event::Eof => return Ok(Self(styles)),
                _ => {}
            }
        }
    }

    /// Returns `true` if a style shows a number as a day or a time.
    pub fn shows_dates(&self, style: usize) -> bool {
        self.0.get(style).copied().unwrap_or(false)
    }
}

/// Returns `true` for the code of a format of days or times: `yyyy-mm-dd`, `[h]:mm`. Words in quotes, colours and what is
/// escaped do not count, nor do formats for other numbers behind a semicolon.
fn shows_dates(code: &str) -> bool {
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter.to_ascii_lowercase() {
            ';' => return false,
            '"' => drop(letters.find(|letter| *letter == '"')),
            '\\' | '_' | '*' => drop(letters.next()),
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                if !inside.is_empty() && inside.chars().all(|letter| "hmsHMS".contains(letter)) {
                    return true;
                }
            }
            'd' | 'm' | 'y' | 'h' | 's' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_days_and_times() {
        for code in ["yyyy-mm-dd", "DD/MM/YY", "[h]:mm:ss", "[$-407]d. mmmm", "h:mm AM/PM", "m\"M\"d", "[ss]", "*-yyyy"] {
            assert!(shows_dates(code), "{code}");
        }
        for code in [
            "General",
            "0.00",
            "#,##0\\ [$€-407]",
            "[Red]0",
            "\"days\" 0",
            "0_d",
            "0;yyyy",
            "@",
            "0.00E+00",
            "\\Y0",
            "\"",
            "[Magenta]0",
            "",
        ] {
            assert!(!shows_dates(code), "{code}");
        }
    }
}
