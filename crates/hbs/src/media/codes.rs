//! The memory of the codes of a lossless WebP, told by reading them.
//!
//! The decoder builds tables for all codes of a picture before its first pixel, and a file of 100 KiB may have codes for 100 MiB.
//! How many there are stands behind small pictures (of predictors, colours, and which codes are used where), which have to
//! be read for that; each code is forgotten as soon as it is counted. The format: RFC 9649, section 3.

/// Returns the bytes of the tables that the decoder builds for a stream of a picture of this size, which its head tells, too;
/// what shows through has no head. None if the codes cannot be followed to their end.
pub(super) fn of_stream(stream: &[u8], (width, height): (u32, u32), has_head: bool) -> Option<u64> {
    let mut reader = Reader { bits: Bits { bytes: stream, at: 0 }, cost: 0 };
    if has_head && reader.size()? != (width, height) {
        return None;
    }
    let width = reader.transforms(width, height)?;
    reader.codes_of_picture(width, height)?;
    Some(reader.cost)
}

/// Alphabets of the five codes of a group: green with lengths of copies, red, blue, what shows through, distances.
const ALPHABETS: [usize; 5] = [256 + COPIES, 256, 256, 256, 40];
const COPIES: usize = 24;
/// Order in which the lengths of the code for lengths are told.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const LONGEST_CODE: usize = 15;
/// Bits of codes that are looked up in a table of four bytes for each; longer ones go on in a tree of two nodes of 16 bytes
/// for each.
const TABLE_BITS: usize = 10;
/// A group in the list of all, which is copied as it grows, and what is around each of its tables.
const GROUP: u64 = 3 * 280 + 5 * 64;

struct Bits<'a> {
    bytes: &'a [u8],
    /// Number of bits that are read.
    at: usize,
}

impl Bits<'_> {
    /// The next bits, at most 32, the first one lowest.
    fn read(&mut self, count: usize) -> Option<u32> {
        let value = self.peek(count);
        self.skip(count)?;
        Some(value)
    }

    /// The next bits, with zeros behind the end.
    fn peek(&self, count: usize) -> u32 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let mut window = [0; 8];
        let there = rest.len().min(8);
        window[..there].copy_from_slice(&rest[..there]);
        let value = (u64::from_le_bytes(window) >> (self.at % 8)) & ((1 << count) - 1);
        u32::try_from(value).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at += count;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    fn is_set(&mut self) -> Option<bool> {
        Some(self.read(1)? == 1)
    }

    fn number(&mut self, count: usize) -> Option<usize> {
        usize::try_from(self.read(count)?).ok()
    }
}

/// A prefix code: how many symbols have codes of each length, and the symbols in the order of their codes.
struct Code {
    counts: [usize; LONGEST_CODE + 1],
    symbols: Vec<usize>,
}

impl Code {
    /// Makes the code in which symbols have these lengths; 0 for none. A symbol alone takes no bits.
    fn new(lengths: &[usize]) -> Option<Self> {
        let mut counts = [0; LONGEST_CODE + 1];
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|symbol| lengths[*symbol] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        for symbol in &symbols {
            counts[lengths[*symbol]] += 1;
        }
        let is_complete = || {
            let taken: usize = (1..=LONGEST_CODE).map(|length| counts[length] << (LONGEST_CODE - length)).sum();
            taken == 1 << LONGEST_CODE
        };
        match symbols.len() {
            0 => None,
            1 => Some(Self { counts: [0; LONGEST_CODE + 1], symbols }),
            _ => is_complete().then_some(Self { counts, symbols }),
        }
    }

    /// Makes a code of one or two symbols.
    fn simple(symbols: Vec<usize>) -> Self {
        let mut counts = [0; LONGEST_CODE + 1];
        counts[1] = if symbols.len() == 2 { 2 } else { 0 };
        Self { counts, symbols }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Option<usize> {
        if let [only] = self.symbols[..] {
            return Some(only);
        }
        let ahead = bits.peek(LONGEST_CODE);
        let (mut code, mut first, mut index) = (0, 0, 0);
        for length in 1..=LONGEST_CODE {
            code |= usize::try_from((ahead >> (length - 1)) & 1).unwrap_or_default();
            let count = self.counts[length];
            if code < first + count {
                bits.skip(length)?;
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }

    /// Bytes of the decoder's tables.
    fn cost(&self) -> u64 {
        let longest = (1..=LONGEST_CODE).rev().find(|length| self.counts[*length] > 0).unwrap_or(0);
        let table = if longest == 0 { 0 } else { 4 << longest.min(TABLE_BITS) };
        let long: usize = self.counts[TABLE_BITS + 1..].iter().sum();
        u64::try_from(table + 2 * 16 * long).unwrap_or(u64::MAX)
    }
}

struct Reader<'a> {
    bits: Bits<'a>,
    cost: u64,
}

impl Reader<'_> {
    fn size(&mut self) -> Option<(u32, u32)> {
        let is_right = self.bits.read(8)? == 0x2f;
        let size = (self.bits.read(14)? + 1, self.bits.read(14)? + 1);
        let is_known = self.bits.read(4)? >> 1 == 0;
        (is_right && is_known).then_some(size)
    }

    /// Reads what is done to the pixels, and returns how wide the picture is then.
    fn transforms(&mut self, mut width: u32, height: u32) -> Option<u32> {
        let mut seen = [false; 4];
        while self.bits.is_set()? {
            let kind = self.bits.number(2)?;
            if std::mem::replace(&mut seen[kind], true) {
                return None;
            }
            match kind {
                0 | 1 => {
                    let block = self.bits.read(3)? + 2;
                    self.small_picture(width.div_ceil(1 << block), height.div_ceil(1 << block))?;
                }
                2 => {}
                _ => {
                    let colours = self.bits.read(8)? + 1;
                    self.small_picture(colours, 1)?;
                    let pixels_in_one = match colours {
                        ..=2 => 8,
                        3..=4 => 4,
                        5..=16 => 2,
                        _ => 1,
                    };
                    width = width.div_ceil(pixels_in_one);
                }
            }
        }
        Some(width)
    }

    /// Counts the codes of the picture itself.
    fn codes_of_picture(&mut self, width: u32, height: u32) -> Option<()> {
        let cache = self.colour_cache()?;
        let groups = if self.bits.is_set()? {
            let block = self.bits.read(3)? + 2;
            self.small_picture(width.div_ceil(1 << block), height.div_ceil(1 << block))? + 1
        } else {
            1
        };
        for _ in 0..groups {
            self.group(cache)?;
        }
        Some(())
    }

    /// Reads a picture of one group of codes, and returns the largest number of a group that its pixels say: their red
    /// above their green.
    fn small_picture(&mut self, width: u32, height: u32) -> Option<usize> {
        let cache = self.colour_cache()?;
        let [green, red, blue, alpha, distance] = self.group(cache)?;
        let count = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
        let (mut done, mut largest) = (0, 0);
        while done < count {
            match green.read(&mut self.bits)? {
                literal @ ..256 => {
                    largest = largest.max((red.read(&mut self.bits)? << 8) | literal);
                    blue.read(&mut self.bits)?;
                    alpha.read(&mut self.bits)?;
                    done += 1;
                }
                copy if copy < 256 + COPIES => {
                    let length = self.extended(copy - 256)?;
                    let symbol = distance.read(&mut self.bits)?;
                    self.extended(symbol)?;
                    done += length;
                }
                // A colour that there was before.
                _ => done += 1,
            }
        }
        (done == count).then_some(largest)
    }

    /// A length or distance: its symbol says how many bits follow.
    fn extended(&mut self, symbol: usize) -> Option<usize> {
        if symbol < 4 {
            return Some(symbol + 1);
        }
        let more = (symbol - 2) >> 1;
        Some(((2 + (symbol & 1)) << more) + self.bits.number(more)? + 1)
    }

    /// Number of colours that are kept for use again.
    fn colour_cache(&mut self) -> Option<usize> {
        if !self.bits.is_set()? {
            return Some(0);
        }
        let bits = self.bits.number(4)?;
        (1..=11).contains(&bits).then_some(1 << bits)
    }

    fn group(&mut self, cache: usize) -> Option<[Code; 5]> {
        let [green, rest @ ..] = ALPHABETS;
        let green = self.code(green + cache)?;
        let [red, blue, alpha, distance] = rest.map(|alphabet| self.code(alphabet));
        let group = [green, red?, blue?, alpha?, distance?];
        self.cost += GROUP + group.iter().map(Code::cost).sum::<u64>();
        Some(group)
    }

    fn code(&mut self, alphabet: usize) -> Option<Code> {
        if self.bits.is_set()? {
            let has_two = self.bits.is_set()?;
            let width = if self.bits.is_set()? { 8 } else { 1 };
            let mut symbols = vec![self.bits.number(width)?];
            if has_two {
                symbols.push(self.bits.number(8)?);
            }
            return symbols.iter().all(|symbol| *symbol < alphabet).then(|| Code::simple(symbols));
        }
        let mut lengths = [0; ORDER.len()];
        for place in ORDER.into_iter().take(4 + self.bits.number(4)?) {
            lengths[place] = self.bits.number(3)?;
        }
        let lengths = self.lengths(&Code::new(&lengths)?, alphabet)?;
        Code::new(&lengths)
    }

    /// The lengths of the codes of an alphabet.
    fn lengths(&mut self, code: &Code, alphabet: usize) -> Option<Vec<usize>> {
        let told = if self.bits.is_set()? {
            let width = 2 + 2 * self.bits.number(3)?;
            2 + self.bits.number(width)?
        } else {
            alphabet
        };
        if told > alphabet {
            return None;
        }
        let mut lengths = Vec::with_capacity(alphabet);
        let mut last = 8;
        for _ in 0..told {
            if lengths.len() == alphabet {
                break;
            }
            let symbol = code.read(&mut self.bits)?;
            let (length, times) = match symbol {
                ..16 => (symbol, 1),
                16 => (last, 3 + self.bits.number(2)?),
                17 => (0, 3 + self.bits.number(3)?),
                _ => (0, 11 + self.bits.number(7)?),
            };
            if symbol < 16 && length > 0 {
                last = length;
            }
            if lengths.len() + times > alphabet {
                return None;
            }
            lengths.resize(lengths.len() + times, length);
        }
        lengths.resize(alphabet, 0);
        Some(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::made;
    use image::codecs::webp::WebPEncoder;
    use image::{ExtendedColorType, ImageFormat};

    /// The stream of a picture that our encoder writes.
    fn written(width: u32, height: u32, pixel: impl Fn(u32) -> [u8; 3]) -> Vec<u8> {
        let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
        let mut file = Vec::new();
        WebPEncoder::new_lossless(&mut file).encode(&pixels, width, height, ExtendedColorType::Rgb8).expect("a WebP");
        file[20..].to_vec()
    }

    #[test]
    fn codes_are_counted_as_the_decoder_builds_them() {
        for groups in [1, 2, 300, 5000] {
            let stream = made::stream(groups);
            let of_map = GROUP;
            let expected = of_map + u64::try_from(groups).expect("few") * (GROUP + 5 * 4096);
            assert_eq!(of_stream(&stream, (8, 8), true), Some(expected), "{groups}");
            if groups <= 300 {
                let picture = image::load_from_memory_with_format(&made::file(&stream), ImageFormat::WebP);
                assert_eq!(picture.map(|picture| (picture.width(), picture.height())).ok(), Some((8, 8)), "{groups}");
            }
        }
        let shows_through = made::stream(7);
        // Without the head of five bytes.
        assert_eq!(of_stream(&shows_through[5..], (8, 8), false), of_stream(&shows_through, (8, 8), true));
    }

    #[test]
    fn usual_pictures_have_few_codes() {
        let noise = |n: u32| {
            let [_, red, green, blue] = n.wrapping_mul(2_654_435_761).rotate_left(7).wrapping_mul(2_246_822_519).to_be_bytes();
            [red, green, blue]
        };
        let even = |_| [10, 20, 30];
        let waves = |n: u32| [(n % 300 / 2).to_le_bytes()[0], (n / 300 % 256).to_le_bytes()[0], 7];
        for (stream, most) in
            [(written(300, 200, noise), 200_000), (written(300, 200, even), 60_000), (written(300, 200, waves), 200_000)]
        {
            let cost = of_stream(&stream, (300, 200), true).expect("it can be followed");
            assert!(cost < most, "{cost} bytes");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_not_counted() {
        let stream = made::stream(3);
        for broken in [&stream[..0], &stream[..5], &stream[..60], b"\x2f\x07\xc0\x01\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(of_stream(broken, (8, 8), true), None, "{broken:?}");
        }
        let mut other = stream.clone();
        other[0] = 0;
        assert_eq!(of_stream(&other, (8, 8), true), None);
        assert_eq!(of_stream(&stream, (8, 9), true), None, "of another size");
    }
}
