//! Lossless WebP with as many codes as one likes, for unit tests and for those of the API.

/// Order in which the lengths of the code for lengths are told.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Bits that are written, the first one lowest.
#[derive(Default)]
pub struct Written {
    pub bytes: Vec<u8>,
    free: usize,
}

impl Written {
    pub fn put(&mut self, value: usize, count: usize) {
        for place in 0..count {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let rest = u32::try_from(place).ok().and_then(|place| value.checked_shr(place)).unwrap_or(0);
            let bit = u8::from(rest & 1 == 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (8 - self.free);
            }
            self.free -= 1;
        }
    }

    /// A code of one symbol.
    fn only(&mut self, symbol: usize) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code of ten bits: one symbol of each length, and two of the longest.
    fn long(&mut self) {
        self.put(0, 1);
        self.put(15, 4);
        // Lengths of the code for lengths, in their order: 1 to 5 have codes of three bits, 6 to 10 and 0 of four.
        for length in ORDER {
            let bits = match length {
                1..=5 => 3,
                0 | 6..=10 => 4,
                _ => 0,
            };
            self.put(bits, 3);
        }
        // Eleven lengths follow.
        self.put(1, 1);
        self.put(1, 3);
        self.put(9, 4);
        for length in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10] {
            let (code, bits): (usize, usize) = if length <= 5 { (length - 1, 3) } else { (10 + length - 5, 4) };
            for place in (0..bits).rev() {
                self.put((code >> place) & 1, 1);
            }
        }
    }
}

/// A stream of 8 × 8 pixels with so many groups of five long codes.
pub fn stream(groups: usize) -> Vec<u8> {
    let mut stream = Written::default();
    stream.put(0x2f, 8);
    stream.put(7, 14);
    stream.put(7, 14);
    // Nothing shows through, no transforms, no colours kept, several groups in blocks of 4 × 4.
    stream.put(0, 4);
    stream.put(0, 1);
    stream.put(0, 1);
    stream.put(1, 1);
    stream.put(0, 3);
    // All blocks use the last one.
    stream.put(0, 1);
    for symbol in [(groups - 1) & 0xff, (groups - 1) >> 8, 0, 0, 0] {
        stream.only(symbol);
    }
    for _ in 0..groups * 5 {
        stream.long();
    }
    // Each channel of each pixel is a bit.
    stream.put(0, 8 * 8 * 4);
    stream.bytes
}

/// A file with a lossless stream.
pub fn file(stream: &[u8]) -> Vec<u8> {
    let padding = stream.len() % 2;
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    let head = [b"RIFF".as_slice(), &length(12 + stream.len() + padding), b"WEBPVP8L", &length(stream.len())].concat();
    [head, stream.to_vec(), vec![0; padding]].concat()
}
