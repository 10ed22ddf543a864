//! XML, event by event, within bounds.
use super::damaged;
use crate::sheets::error::SheetError;
use crate::sheets::limits::{Limit, MAX_CELL_CHARS, MAX_DEPTH, MAX_ELEMENTS, MAX_EVENT_BYTES};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::cell::Cell;
use std::io::{BufRead, Error, Read, Result as IoResult};
use std::rc::Rc;

/// A reader that ends with an error beyond its bounds: the bytes of all parts together, and those of one event.
pub struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
    left_of_event: usize,
    beyond: Option<Limit>,
}

impl<R> Bounded<R> {
    pub fn new(inner: R, left: Rc<Cell<u64>>) -> Self {
        Self { inner, left, left_of_event: MAX_EVENT_BYTES, beyond: None }
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> IoResult<&[u8]> {
        let bounds = [(self.left.get(), Limit::Unpacked), (u64::try_from(self.left_of_event).unwrap_or(0), Limit::Event)];
        if let Some((_, limit)) = bounds.into_iter().find(|(left, _)| *left == 0) {
            self.beyond = Some(limit);
            return Err(Error::other(limit));
        }
        let most = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(self.left_of_event);
        let buffer = self.inner.fill_buf()?;
        Ok(&buffer[..buffer.len().min(most)])
    }

    fn consume(&mut self, amount: usize) {
        self.left.set(self.left.get().saturating_sub(u64::try_from(amount).unwrap_or(u64::MAX)));
        self.left_of_event = self.left_of_event.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

/// A document, read event by event. An empty element is a start and an end.
pub struct Xml<R> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    depth: usize,
    /// Number of elements that have begun.
    elements: usize,
}

impl<R: BufRead> Xml<R> {
    pub fn new(inner: Bounded<R>) -> Self {
        let mut reader = Reader::from_reader(inner);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, elements: 0 }
    }

    /// Returns the next event. At the end it is always [`Event::Eof`].
    pub fn next(&mut self) -> Result<Event<'_>, SheetError> {
        self.buffer.clear();
        self.reader.get_mut().left_of_event = MAX_EVENT_BYTES;
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                return Err(match self.reader.get_ref().beyond {
                    Some(limit) => limit.into(),
                    None => damaged(error.to_string()),
                });
            }
        };
        match event {
            Event::Start(_) if self.depth >= MAX_DEPTH => return Err(Limit::Depth.into()),
            Event::Start(_) if self.elements >= MAX_ELEMENTS => return Err(Limit::Elements.into()),
            Event::Start(_) => {
                self.depth += 1;
                self.elements += 1;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => return Err(damaged("its end is missing")),
            _ => {}
        }
        Ok(event)
    }

    /// Number of elements that are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Passes over the rest of the element that has just begun.
    pub fn skip(&mut self) -> Result<(), SheetError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// Appends the text of the element that has just begun. Of a text that is too long for a cell it takes more than is
    /// allowed, and not all.
    pub fn text_into(&mut self, text: &mut String) -> Result<(), SheetError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            match self.next()? {
                Event::Text(more) => append(text, &more.xml10_content()),
                Event::CData(more) => append(text, &more.xml10_content()),
                Event::GeneralRef(entity) => append(text, &resolve(&entity)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Appends the text of the element that has just begun and holds runs of text, each with its format, and perhaps how
    /// they are pronounced.
    pub fn rich_text_into(&mut self, text: &mut String) -> Result<(), SheetError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            let Event::Start(start) = self.next()? else { continue };
            match start.local_name().as_ref() {
                "t" => self.text_into(text)?,
                "rPh" => self.skip()?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn append(text: &mut String, more: &str) {
    if text.len() <= 4 * MAX_CELL_CHARS {
        text.push_str(more);
    }
}

/// Returns the text of an entity. Those that a file defines itself are none: they can grow beyond all bounds.
fn resolve(entity: &BytesRef<'_>) -> Result<String, SheetError> {
    let letter = entity.resolve_char_ref().map_err(|error| damaged(error.to_string()))?;
    let known = || resolve_predefined_entity(entity).map(str::to_owned);
    letter.map(String::from).or_else(known).ok_or_else(|| damaged("it has an entity that XLSX does not know"))
}

/// Returns the value of an attribute by its name, whatever its prefix.
pub fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, SheetError> {
    attributes(start, [name]).map(|[value]| value)
}

/// Returns the values of some attributes by their names, whatever their prefixes.
pub fn attributes<const N: usize>(start: &BytesStart<'_>, names: [&str; N]) -> Result<[Option<String>; N], SheetError> {
    let mut values = [const { None }; N];
    // Looking for duplicates takes the square of their number.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| damaged(error.to_string()))?;
        let name = attribute.key.local_name();
        let Some(place) = names.iter().position(|wanted| *wanted == name.as_ref()) else { continue };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| damaged(error.to_string()))?;
        values[place].get_or_insert_with(|| value.into_owned());
    }
    Ok(values)
}

/// Returns a text with the characters that XML cannot hold, which XLSX writes as `_x000D_`.
pub fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest.get(2..6).filter(|_| rest.get(6..7) == Some("_"));
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(letter) => {
                plain.push(letter);
                rest = &rest[7..];
            }
            None => {
                plain.push_str("_x");
                rest = &rest[2..];
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_cannot_hold() {
        for (written, plain) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00", "_x00"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_x00é0_", "_x00é0_"),
            ("x", "x"),
        ] {
            assert_eq!(unescaped(written.into()), plain, "{written}");
        }
    }
}
