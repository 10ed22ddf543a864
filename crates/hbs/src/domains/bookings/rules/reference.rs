//! Short references: `HBS-` and eight characters of Crockford base32, which has no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: u32 = 8;

/// A new reference. Random, so that nobody can tell how much a hotel sells.
pub fn draw() -> String {
    encode(rand::random())
}

fn encode(bits: u64) -> String {
    let characters = (0..LENGTH).map(|place| char::from(ALPHABET[usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0)]));
    format!("HBS-{}", characters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_readable() {
        assert_eq!(encode(0), "HBS-00000000");
        assert_eq!(encode(u64::MAX), "HBS-ZZZZZZZZ");
        assert_eq!(encode(0b00010_00001), "HBS-12000000");
    }
}
