//! Parts of pictures, to make hostile ones of.
#[path = "../../../src/media/made.rs"]
mod made;

/// A lossless WebP of 8 × 8 pixels with so many groups of codes, each of which takes the decoder some 20 KiB.
pub fn lossless_webp(groups: usize) -> Vec<u8> {
    made::file(&made::stream(groups))
}

/// A chunk of a PNG (PNG specification, section 5.3).
pub fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(name);
    checksum.update(content);
    let length = u32::try_from(content.len()).expect("short");
    [length.to_be_bytes().as_slice(), name, content, &checksum.sum().to_be_bytes()].concat()
}
