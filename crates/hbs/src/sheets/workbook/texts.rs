//! Texts that the cells of a workbook share.
use super::xml::{Xml, unescaped};
use crate::sheets::error::SheetError;
use crate::sheets::limits::{Limit, MAX_CELL_CHARS, MAX_SHARED_TEXTS, MAX_TEXT_BYTES};
use quick_xml::events::Event;
use std::io::BufRead;

/// Texts by number, all in one.
#[derive(Default)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    pub fn read<R: BufRead>(part: &mut Xml<R>) -> Result<Self, SheetError> {
        let mut texts = Self::default();
        loop {
            let is_text = match part.next()? {
                Event::Start(start) => start.local_name().as_ref() == "si",
                Event::Eof => return Ok(texts),
                _ => false,
            };
            if is_text {
                let mut text = String::new();
                part.rich_text_into(&mut text)?;
                texts.add(&unescaped(text))?;
            }
        }
    }

    /// Adds a text. Of one that is too long for a cell, so much is kept that it stays too long: perhaps no cell of this
    /// sheet has it.
    fn add(&mut self, text: &str) -> Result<(), SheetError> {
        let end = text.char_indices().nth(MAX_CELL_CHARS + 1).map_or(text.len(), |(end, _)| end);
        self.text.push_str(&text[..end]);
        if self.text.len() > MAX_TEXT_BYTES {
            return Err(Limit::Text.into());
        }
        if self.ends.len() >= MAX_SHARED_TEXTS {
            return Err(Limit::SharedTexts.into());
        }
        self.ends.extend(u32::try_from(self.text.len()));
        Ok(())
    }

    pub fn get(&self, number: usize) -> Option<&str> {
        let end = |number: usize| self.ends.get(number).and_then(|end| usize::try_from(*end).ok());
        let start = number.checked_sub(1).map_or(Some(0), end)?;
        self.text.get(start..end(number)?)
    }
}
