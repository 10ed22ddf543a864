//! Content lines and components of a calendar (RFC 5545, 3.1 and 3.6), as far as they can be read, each with its line.

/// Maximum depth of components: a calendar within a calendar's event is one too many.
const MAX_DEPTH: usize = 4;

/// A property: `NAME;PARAMETER=value:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of the line in the file, from 1.
    pub number: usize,
    /// Name in capitals.
    pub name: String,
    /// Parameters, their names in capitals.
    parameters: Vec<(String, String)>,
    pub value: String,
}

impl Line {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// A component: what stands between `BEGIN` and `END`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Name in capitals.
    pub name: String,
    /// Line of its beginning.
    pub number: usize,
    pub lines: Vec<Line>,
    /// Lines that are no properties: number, and the text in capitals.
    pub broken: Vec<(usize, String)>,
    pub parts: Vec<Part>,
}

impl Part {
    /// Returns the properties of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    pub fn first(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// Returns the value of a property, without spaces around it.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.first(name).map(|line| line.value.trim())
    }
}

/// Reads the one calendar of a file. What is none, or not a whole one, is refused with the reason.
pub fn parse(file: &[u8]) -> Result<Part, &'static str> {
    let (mut open, mut whole): (Vec<Part>, Option<Part>) = (Vec::new(), None);
    for (number, text) in unfolded(file) {
        if whole.is_some() {
            return Err("goes on after its end");
        }
        match line(number, &text) {
            Some(Line { name, value, .. }) if name == "BEGIN" => {
                open.push(Part { name: value.trim().to_ascii_uppercase(), number, ..Part::default() });
                if open.len() > MAX_DEPTH {
                    return Err("is not a calendar that can be read");
                }
            }
            Some(Line { name, value, .. }) if name == "END" => {
                let ended = open.pop().ok_or("is not a calendar")?;
                if !ended.name.eq_ignore_ascii_case(value.trim()) {
                    return Err("is not a calendar that can be read");
                }
                match open.last_mut() {
                    Some(parent) => parent.parts.push(ended),
                    None => whole = Some(ended),
                }
            }
            Some(property) => open.last_mut().ok_or("is not a calendar")?.lines.push(property),
            None => open.last_mut().ok_or("is not a calendar")?.broken.push((number, text.to_uppercase())),
        }
    }
    whole
        .ok_or("is not a whole calendar")
        .and_then(|part| if part.name == "VCALENDAR" { Ok(part) } else { Err("is not a calendar") })
}

/// The lines of a file with their numbers. A fold may be within a letter, so bytes are joined before they are read; what
/// is not UTF-8 costs the letter, and no more than that.
fn unfolded(file: &[u8]) -> Vec<(usize, String)> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (place, raw) in file.split(|byte| *byte == b'\n').enumerate() {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        match (raw.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, line))) => line.extend_from_slice(&raw[1..]),
            _ if raw.trim_ascii().is_empty() => {}
            _ => lines.push((place + 1, raw.trim_ascii_start().to_vec())),
        }
    }
    lines.into_iter().map(|(number, bytes)| (number, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

/// Reads a line; none if it is no property.
fn line(number: usize, text: &str) -> Option<Line> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // A quotation mark that is not closed means nothing.
    let colon = outside_quotes(text, ':').next().or_else(|| text.find(':'))?;
    let (head, value) = (&text[..colon], &text[colon + 1..]);
    let mut cuts: Vec<usize> = outside_quotes(head, ';').collect();
    cuts.push(head.len());
    let mut words = Vec::new();
    let mut from = 0;
    for cut in cuts {
        words.push(&head[from..cut]);
        from = cut + 1;
    }
    let name = words.first().filter(|name| is_name(name.trim()))?.trim().to_ascii_uppercase();
    let parameter = |word: &&str| {
        let (name, value) = word.split_once('=')?;
        Some((name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned()))
    };
    let parameters = words[1..].iter().filter_map(parameter).collect();
    Some(Line { number, name, parameters, value: value.to_owned() })
}

/// The places of a letter outside of quotation marks.
fn outside_quotes(text: &str, letter: char) -> impl Iterator<Item = usize> {
    let mut is_quoted = false;
    text.char_indices().filter_map(move |(place, found)| {
        is_quoted ^= found == '"';
        (found == letter && !is_quoted).then_some(place)
    })
}
