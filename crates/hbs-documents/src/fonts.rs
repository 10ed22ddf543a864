//! Fonts: which of them has a character, and how wide a text is.
use std::sync::LazyLock;
use ttf_parser::{Face, FaceParsingError};

/// Files of the fonts, with the places that [`Font`] names.
pub static FILES: [&[u8]; 4] = [
    include_bytes!("../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../fonts/DroidSansFallbackFull.ttf"),
    include_bytes!("../fonts/NanumSquareR.ttf"),
];

/// A font, by its place in [`FILES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Font {
    Regular,
    Bold,
    /// Chinese and Japanese, for which Noto Sans has no letters.
    EastAsian,
    /// Korean.
    Korean,
}

/// The fonts that are tried for what the wanted one does not have, in this order.
const OTHERS: [Font; 2] = [Font::EastAsian, Font::Korean];

impl Font {
    pub fn place(self) -> usize {
        match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::EastAsian => 2,
            Self::Korean => 3,
        }
    }
}

/// The fonts of the program. They are files of its own, so they parse.
static FACES: LazyLock<Result<Vec<Face<'static>>, FaceParsingError>> =
    LazyLock::new(|| FILES.iter().map(|file| Face::parse(file, 0)).collect());

fn face(font: Font) -> Option<&'static Face<'static>> {
    FACES.as_ref().ok()?.get(font.place())
}

fn has(font: Font, letter: char) -> bool {
    face(font).is_some_and(|face| face.glyph_index(letter).is_some())
}

/// The font of a character: the wanted one if that has it, else another one that does.
fn of(letter: char, wanted: Font) -> Option<Font> {
    std::iter::once(wanted).chain(OTHERS).find(|font| has(*font, letter))
}

/// Returns a text of which every character can be written: what no font has is a question mark, and white space is a blank.
pub fn writable(text: &str, font: Font) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_whitespace() => Some(' '),
        letter if letter.is_control() => None,
        letter if of(letter, font).is_some() => Some(letter),
        // No font has a minus sign. The dash is as wide, and stands for it in print.
        '\u{2212}' => Some('\u{2013}'),
        _ => Some('?'),
    };
    text.chars().filter_map(letter).collect()
}

/// Parts of a text, each in the font that has its characters: the wanted one as long as it has them.
pub fn runs(text: &str, wanted: Font) -> Vec<(Font, String)> {
    let mut runs: Vec<(Font, String)> = Vec::new();
    for letter in text.chars() {
        let font = of(letter, wanted).unwrap_or(wanted);
        match runs.last_mut() {
            Some((last, run)) if *last == font => run.push(letter),
            _ => runs.push((font, letter.into())),
        }
    }
    runs
}

/// Returns the width of a text, in points.
pub fn width(text: &str, wanted: Font, size: f32) -> f32 {
    runs(text, wanted).iter().map(|(font, run)| width_of_run(run, *font, size)).sum()
}

pub fn width_of_run(run: &str, font: Font, size: f32) -> f32 {
    let Some(face) = face(font) else { return 0.0 };
    let advance = |letter| face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph)).map_or(0.0, f32::from);
    run.chars().map(advance).sum::<f32>() * size / f32::from(face.units_per_em().max(1))
}

/// Breaks a text into lines that are no wider than a limit: between words, and within those that are wider by themselves or of
/// a script without blanks.
pub fn broken(text: &str, font: Font, size: f32, limit: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&joined, font, size) <= limit {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if width(&line, font, size) > limit && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.into()));
            }
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_has_a_font() {
        for text in ["Quarto duplo, 2 noites", "Δίκλινο δωμάτιο", "Двухместный номер", "双人房 两晚", "客室 ダブル", "더블룸"]
        {
            assert_eq!(writable(text, Font::Regular), text);
        }
        assert_eq!(writable("a\u{7}b\tc", Font::Regular), "ab c");
        assert_eq!(writable("\u{e000}", Font::Bold), "?");
        assert_eq!(writable("\u{2212}99,00 EUR", Font::Bold), "–99,00 EUR");
        let fonts: Vec<Font> = runs("Mr 王 김", Font::Bold).into_iter().map(|(font, _)| font).collect();
        assert_eq!(fonts, [Font::Bold, Font::EastAsian, Font::Bold, Font::Korean]);
    }

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let text = "Room, with a view of the sea and Donaudampfschifffahrtsgesellschaftskapitän 双人房双人房双人房双人房";
        let lines = broken(text, Font::Regular, 9.0, 60.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| width(line, Font::Regular, 9.0) <= 60.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(broken("", Font::Regular, 9.0, 60.0), [""]);
    }
}
