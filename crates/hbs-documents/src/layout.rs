//! Layout: pages of texts and rules, from the top left, in points.
use crate::fonts::{Font, broken, width, writable};
use crate::{Align, Sheet, Table};

pub const PAGE_WIDTH: f32 = 595.28;
pub const PAGE_HEIGHT: f32 = 841.89;
const LEFT: f32 = 56.0;
const RIGHT: f32 = PAGE_WIDTH - 50.0;
const TOP: f32 = 48.0;
/// Height at which the foot of a page begins: its rule, its lines, the number of the page.
const FOOT: f32 = PAGE_HEIGHT - 74.0;
const WIDTH: f32 = RIGHT - LEFT;

const TEXT: f32 = 9.0;
const SMALL: f32 = 7.5;
const HEADING: f32 = 17.0;
const LEADING: f32 = 1.35;
/// Space between the cells of a row.
const GAP: f32 = 8.0;
/// Highest and widest that the logo is.
pub const LOGO: (f32, f32) = (150.0, 56.0);

/// A thing on a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A text, from its left end on its base line.
    Text { x: f32, y: f32, size: f32, font: Font, grey: bool, text: String },
    /// A rule from left to right.
    Rule { x1: f32, x2: f32, y: f32, width: f32 },
    /// The logo, whose right upper corner is here.
    Logo { right: f32, top: f32 },
}

/// The marks of a page.
pub type Page = Vec<Mark>;

/// A page that is being filled.
struct Pen<'a> {
    sheet: &'a Sheet,
    pages: Vec<Page>,
    /// How far down the last page is full.
    y: f32,
}

impl Pen<'_> {
    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, (x, y): (f32, f32), size: f32, font: Font, text: &str) {
        let text = writable(text, font);
        if !text.trim().is_empty() {
            self.put(Mark::Text { x, y, size, font, grey: false, text });
        }
    }

    fn grey(&mut self, (x, y): (f32, f32), size: f32, text: &str) {
        let text = writable(text, Font::Regular);
        if !text.trim().is_empty() {
            self.put(Mark::Text { x, y, size, font: Font::Regular, grey: true, text });
        }
    }

    fn right(&mut self, (x, y): (f32, f32), size: f32, font: Font, text: &str) {
        let text = writable(text, font);
        self.text((x - width(&text, font, size), y), size, font, &text);
    }

    fn rule(&mut self, (x1, x2): (f32, f32), y: f32, width: f32) {
        self.put(Mark::Rule { x1, x2, y, width });
    }

    /// Begins a page, with its foot and what all but the first have at their head.
    fn turn(&mut self) {
        self.pages.push(Page::new());
        self.y = TOP;
        let sheet = self.sheet;
        self.rule((LEFT, RIGHT), FOOT, 0.5);
        for (row, line) in (0_u16..).zip(sheet.footer.iter().take(4)) {
            self.grey((LEFT, FOOT + 12.0 + f32::from(row) * SMALL * LEADING), SMALL, line);
        }
        if let Some(mark) = &sheet.mark {
            self.right((RIGHT, TOP - 12.0), TEXT, Font::Bold, &mark.to_uppercase());
        }
        if self.pages.len() > 1 {
            self.text((LEFT, self.y + TEXT), TEXT, Font::Bold, &sheet.title);
            self.y += TEXT * 2.5;
        }
    }

    /// Turns the page unless so much fits on it.
    fn need(&mut self, height: f32) {
        if self.y + height > FOOT - 8.0 {
            self.turn();
        }
    }

    /// Writes a paragraph over the whole width.
    fn paragraph(&mut self, text: &str, font: Font, size: f32) {
        for line in broken(&writable(text, font), font, size, WIDTH) {
            self.need(size * LEADING);
            self.y += size * LEADING;
            let at = (LEFT, self.y);
            self.text(at, size, font, &line);
        }
    }
}

/// Lays a document out.
pub fn pages(sheet: &Sheet) -> Vec<Page> {
    let mut pen = Pen { sheet, pages: Vec::new(), y: TOP };
    pen.turn();
    head(&mut pen);
    for sentence in &sheet.introduction {
        pen.paragraph(sentence, Font::Regular, TEXT);
    }
    pen.y += 10.0;
    table(&mut pen, &sheet.table, (LEFT, RIGHT), true);
    for further in &sheet.more {
        // Its head and a row at least are on one page.
        pen.need(TEXT * LEADING * 4.0);
        pen.y += 16.0;
        table(&mut pen, further, (LEFT, RIGHT), true);
    }
    end(&mut pen);
    number(sheet, pen.pages)
}

/// The head of the first page: who writes, who gets it, what it is.
fn head(pen: &mut Pen<'_>) {
    let sheet = pen.sheet;
    if sheet.logo.is_some() {
        pen.put(Mark::Logo { right: RIGHT, top: TOP });
    }
    let room = if sheet.logo.is_some() { WIDTH - LOGO.0 - GAP } else { WIDTH };
    for (row, line) in sheet.sender.iter().enumerate() {
        let (font, size) = if row == 0 { (Font::Bold, 12.0) } else { (Font::Regular, SMALL + 0.5) };
        for line in broken(&writable(line, font), font, size, room) {
            pen.y += size * LEADING;
            let at = (LEFT, pen.y);
            pen.text(at, size, font, &line);
        }
    }
    pen.y = pen.y.max(TOP + LOGO.1) + 26.0;
    let top = pen.y;
    let middle = LEFT + WIDTH * 0.52;
    for line in &sheet.recipient {
        for line in broken(&writable(line, Font::Regular), Font::Regular, TEXT + 1.0, WIDTH * 0.48) {
            pen.y += (TEXT + 1.0) * LEADING;
            let at = (LEFT, pen.y);
            pen.text(at, TEXT + 1.0, Font::Regular, &line);
        }
    }
    let recipient_end = pen.y;
    pen.y = top;
    for (label, value) in &sheet.facts {
        let label_end = middle + WIDTH * 0.22;
        let lines = broken(&writable(value, Font::Regular), Font::Regular, TEXT, RIGHT - label_end);
        let labels = broken(&writable(label, Font::Regular), Font::Regular, TEXT, label_end - middle - GAP);
        for row in 0..lines.len().max(labels.len()) {
            pen.y += TEXT * LEADING;
            let y = pen.y;
            if let Some(label) = labels.get(row) {
                pen.grey((middle, y), TEXT, label);
            }
            if let Some(line) = lines.get(row) {
                pen.text((label_end, y), TEXT, Font::Regular, line);
            }
        }
    }
    pen.y = pen.y.max(recipient_end) + 22.0 + HEADING;
    let at = (LEFT, pen.y);
    pen.text(at, HEADING, Font::Bold, &sheet.heading);
    pen.y += 8.0;
}

/// The left and right ends of a table's columns. Figures keep away from a text that follows them.
fn columns(table: &Table, (left, right): (f32, f32)) -> Vec<(f32, f32)> {
    let whole: f32 = table.columns.iter().map(|column| f32::from(column.width)).sum();
    let mut x = left;
    let place = |column: &crate::Column| {
        let start = x;
        x += (right - left) * f32::from(column.width) / whole.max(1.0);
        (start, x)
    };
    let mut ends: Vec<(f32, f32)> = table.columns.iter().map(place).collect();
    for ((_, end), pair) in ends.iter_mut().zip(table.columns.windows(2)) {
        if matches!(pair, [crate::Column { align: Align::Right, .. }, crate::Column { align: Align::Left, .. }]) {
            *end -= 2.0 * GAP;
        }
    }
    ends
}

/// A table between two ends; one that goes on over pages says so where it does.
fn table(pen: &mut Pen<'_>, table: &Table, ends: (f32, f32), goes_on: bool) {
    let columns = columns(table, ends);
    heads(pen, table, &columns, ends);
    for row in &table.rows {
        let cells: Vec<Vec<String>> = row.iter().zip(&columns).map(|(cell, ends)| cell_lines(cell, *ends)).collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        let height = f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * TEXT * LEADING + 3.0;
        let words_of_end = if goes_on { SMALL * 2.0 } else { 0.0 };
        if pen.y + height + words_of_end > FOOT - 8.0 {
            if goes_on {
                let (at, words) = ((RIGHT, pen.y + SMALL * 1.6), pen.sheet.goes_on.clone());
                pen.right(at, SMALL, Font::Regular, &words);
            }
            pen.turn();
            heads(pen, table, &columns, ends);
        }
        for (n, cell) in cells.iter().enumerate() {
            let (Some((left, right)), Some(column)) = (columns.get(n), table.columns.get(n)) else { continue };
            for (line, text) in (1_u16..).zip(cell) {
                let y = pen.y + f32::from(line) * TEXT * LEADING;
                match column.align {
                    Align::Left => pen.text((*left, y), TEXT, Font::Regular, text),
                    Align::Right => pen.right((*right, y), TEXT, Font::Regular, text),
                }
            }
        }
        pen.y += height;
    }
    pen.y += 3.0;
    let y = pen.y;
    pen.rule(ends, y, 0.5);
}

fn cell_lines(cell: &str, (left, right): (f32, f32)) -> Vec<String> {
    broken(&writable(cell, Font::Regular), Font::Regular, TEXT, (right - left - GAP).max(20.0))
}

fn heads(pen: &mut Pen<'_>, table: &Table, columns: &[(f32, f32)], ends: (f32, f32)) {
    pen.y += TEXT * LEADING;
    for (column, (left, right)) in table.columns.iter().zip(columns) {
        let y = pen.y;
        match column.align {
            Align::Left => pen.text((*left, y), SMALL, Font::Bold, &column.title),
            Align::Right => pen.right((*right, y), SMALL, Font::Bold, &column.title),
        }
    }
    pen.y += 4.0;
    let y = pen.y;
    pen.rule(ends, y, 0.8);
    pen.y += 2.0;
}

/// Writes the totals, which stand together on one page, the last of the table or the next one; then taxes and notes.
fn end(pen: &mut Pen<'_>) {
    let sheet = pen.sheet;
    let rows = |count: usize| f32::from(u16::try_from(count).unwrap_or(u16::MAX));
    let breakdown = sheet.breakdown.as_ref().map_or(0.0, |table| (rows(table.rows.len()) + 2.5) * TEXT * LEADING + 12.0);
    let totals = rows(sheet.totals.len()) * (TEXT + 1.0) * 1.5 + 14.0;
    pen.need(totals + breakdown);
    pen.y += 8.0;
    let labels = LEFT + WIDTH * 0.5;
    for (n, (label, amount)) in sheet.totals.iter().enumerate() {
        let is_last = n + 1 == sheet.totals.len();
        let (font, size) = if is_last { (Font::Bold, TEXT + 1.5) } else { (Font::Regular, TEXT) };
        pen.y += (TEXT + 1.0) * 1.5;
        let y = pen.y;
        if is_last {
            pen.rule((labels, RIGHT), y - size - 2.0, 0.5);
        }
        pen.text((labels, y), size, font, label);
        pen.right((RIGHT, y), size, font, amount);
    }
    if let Some(breakdown) = &sheet.breakdown {
        pen.y += 14.0;
        table(pen, breakdown, (labels - WIDTH * 0.1, RIGHT), false);
    }
    pen.y += 12.0;
    for note in &sheet.notes {
        pen.paragraph(note, Font::Regular, TEXT);
        pen.y += 3.0;
    }
}

/// Numbers the pages, once it is known how many there are.
fn number(sheet: &Sheet, mut pages: Vec<Page>) -> Vec<Page> {
    let count = pages.len();
    for (page, number) in pages.iter_mut().zip(1_usize..) {
        let words = sheet.page_words.replace("{page}", &number.to_string()).replace("{pages}", &count.to_string());
        let text = writable(&words, Font::Regular);
        let x = RIGHT - width(&text, Font::Regular, SMALL);
        page.push(Mark::Text { x, y: FOOT + 12.0 + SMALL * LEADING * 4.0, size: SMALL, font: Font::Regular, grey: true, text });
    }
    pages
}
