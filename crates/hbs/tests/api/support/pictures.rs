//! Parts of pictures, to make hostile ones of.

/// A chunk of a PNG (PNG specification, section 5.3).
pub fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(name);
    checksum.update(content);
    let length = u32::try_from(content.len()).expect("short");
    [length.to_be_bytes().as_slice(), name, content, &checksum.sum().to_be_bytes()].concat()
}
