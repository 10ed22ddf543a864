//! The memory that decoding a picture takes besides its pixels, told from its head before anything is decoded.
use super::codes;
use image::ImageFormat;
use std::collections::HashSet;

/// Bytes that a PNG may take for its metadata, packed or not: the decoder stops there.
pub(super) const PNG_METADATA: u64 = 8 * 1024 * 1024;

/// Returns the bytes that a decoder takes besides the pixels that it returns. None if the head says what cannot be.
pub(super) fn of_decoder(file: &[u8], format: ImageFormat, width: u32, height: u32) -> Option<u64> {
    match format {
        ImageFormat::Jpeg => jpeg(file),
        ImageFormat::WebP => webp(file, (width, height)),
        _ => Some(PNG_METADATA),
    }
}

/// A JPEG whose scans hold all colours together is decoded row by row. Of the others, and of those for printing, all
/// coefficients are kept until the end.
fn jpeg(file: &[u8]) -> Option<u64> {
    let mut frame = None;
    for (marker, content) in (Segments { rest: file.get(2..)? }) {
        match marker {
            0xc0..=0xc2 => frame = Some((marker, content)),
            0xda => {
                let (frame_marker, frame) = frame?;
                let colours = *frame.get(5)?;
                let is_by_row = frame_marker != 0xc2 && content.first() == Some(&colours) && colours != 4;
                return if is_by_row { Some(0) } else { coefficients(frame) };
            }
            _ => {}
        }
    }
    None
}

/// Bytes of the coefficients of a frame: two for each, in whole blocks of all colours.
fn coefficients(frame: &[u8]) -> Option<u64> {
    let number = |at: usize| Some(u64::from(u16::from_be_bytes([*frame.get(at)?, *frame.get(at + 1)?])));
    let (height, width) = (number(1)?, number(3)?);
    let colours = frame.get(6..)?.chunks_exact(3).take(usize::from(*frame.get(5)?));
    let samplings: Vec<(u64, u64)> = colours.map(|colour| (u64::from(colour[1] >> 4), u64::from(colour[1] & 15))).collect();
    let (most_wide, most_high) = (samplings.iter().map(|(wide, _)| *wide).max()?, samplings.iter().map(|(_, high)| *high).max()?);
    if most_wide == 0 || most_high == 0 {
        return None;
    }
    let (across, down) = (width.div_ceil(8 * most_wide), height.div_ceil(8 * most_high));
    Some(samplings.iter().map(|(wide, high)| across * down * wide * high * 64 * 2).sum())
}

struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Segments<'a> {
    type Item = (u8, &'a [u8]);
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let marker_at = self.rest.iter().position(|byte| *byte == 0xff)?;
            let rest = self.rest.get(marker_at + 1..)?;
            let marker_at = rest.iter().position(|byte| *byte != 0xff)?;
            let (marker, rest) = (rest[marker_at], &rest[marker_at + 1..]);
            self.rest = rest;
            // These have no length.
            if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd9) {
                continue;
            }
            let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
            let content = rest.get(2..length)?;
            self.rest = &rest[length..];
            return Some((marker, content));
        }
    }
}

/// Bytes for each pixel: the colours of a lossy picture before they are put together, the pixels of a lossless one, and
/// of a picture of both kinds the two and what shows through. Besides, the tables of codes of what is lossless.
fn webp(file: &[u8], size: (u32, u32)) -> Option<u64> {
    let (for_each, codes) = webp_parts(file.get(12..)?, size)?;
    Some(u64::from(size.0) * u64::from(size.1) * for_each + codes)
}

/// Returns the bytes for each pixel that the chunks of a WebP ask for, and those of the tables of codes. Of each kind of chunk,
/// the decoder reads the first.
fn webp_parts(mut rest: &[u8], size: (u32, u32)) -> Option<(u64, u64)> {
    let (mut for_each, mut codes, mut seen) = (0, 0, HashSet::new());
    while rest.len() >= 8 {
        let (head, content) = rest.split_at(8);
        let length = usize::try_from(u32::from_le_bytes(head.get(4..8)?.try_into().ok()?)).ok()?;
        // A length beyond the end of the file would be made room for before that is found out.
        let (content, after) = (content.get(..length)?, content.get(length + length % 2..).unwrap_or_default());
        rest = after;
        if !seen.insert(&head[..4]) {
            continue;
        }
        for_each += match &head[..4] {
            b"VP8 " => 2,
            b"VP8L" => {
                codes += tables(content, codes::of_stream(content, size, true));
                6
            }
            b"ALPH" => {
                codes += match content.split_first() {
                    Some((kind, stream)) if kind & 0b11 == 1 => tables(stream, codes::of_stream(stream, size, false)),
                    _ => 0,
                };
                6
            }
            // Another canvas, and each picture on it.
            b"VP8X" if content.first()? & 0b10 != 0 => 12,
            b"ANMF" => {
                codes += webp_parts(content.get(FRAME_HEAD..)?, frame_size(content, size)?)?.1;
                0
            }
            _ => 0,
        };
    }
    Some((for_each, codes))
}

/// Returns the bytes of the tables of a lossless stream. If its codes cannot be followed, the decoder gives up as well, but who
/// knows where: then they are as many as its bytes can tell.
fn tables(stream: &[u8], told: Option<u64>) -> u64 {
    told.unwrap_or_else(|| u64::try_from(stream.len()).unwrap_or(u64::MAX).saturating_mul(TABLES_OF_BYTE))
}

/// Bytes that the decoder builds, at the most, of each byte of a lossless picture: it may have 65,536 groups of five tables of
/// codes. A table of 4 KiB, of codes of ten bits, is told in 86 bits; each code that is longer adds 32 bytes, and six of
/// those are told in three bits.
const TABLES_OF_BYTE: u64 = 512;

/// Bytes of the head of a picture of an animation: its place, size and time.
const FRAME_HEAD: usize = 16;

/// Returns the size of a picture of an animation, which has to be on the canvas.
fn frame_size(frame: &[u8], (width, height): (u32, u32)) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_le_bytes([*frame.get(at)?, *frame.get(at + 1)?, *frame.get(at + 2)?, 0]));
    let size = (number(6)? + 1, number(9)? + 1);
    (size.0 <= width && size.1 <= height).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a JPEG: its frame, and its first scan of so many colours.
    fn head(marker: u8, samplings: &[u8], in_scan: u8) -> Vec<u8> {
        let colours = u8::try_from(samplings.len()).expect("few");
        let mut file = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 0xff, 0xc2, 0xff, marker, 0, 8 + 3 * colours, 8];
        file.extend([0x0b, 0xb8, 0x0f, 0xa0, colours]);
        file.extend(samplings.iter().flat_map(|sampling| [1, *sampling, 0]));
        file.extend([0xff, 0xda, 0, 3, in_scan]);
        file
    }

    #[test]
    fn a_jpeg_is_dear_unless_it_is_decoded_row_by_row() {
        let cost = |file: &[u8]| of_decoder(file, ImageFormat::Jpeg, 4000, 3000);
        assert_eq!(cost(&head(0xc0, &[0x22, 0x11, 0x11], 3)), Some(0));
        assert_eq!(cost(&head(0xc0, &[0x11], 1)), Some(0));
        let all = 4000 * 3000 * 2;
        assert_eq!(cost(&head(0xc2, &[0x11, 0x11, 0x11], 3)), Some(3 * all));
        assert_eq!(cost(&head(0xc0, &[0x11, 0x11, 0x11], 1)), Some(3 * all));
        assert_eq!(cost(&head(0xc0, &[0x11, 0x11, 0x11, 0x11], 4)), Some(4 * all));
        assert_eq!(cost(&head(0xc2, &[0x22, 0x11, 0x11], 3)), Some(250 * 188 * 6 * 128));
        for broken in [&b""[..], b"\xff\xd8", b"\xff\xd8\xff\xda\0\x03\x03", &head(0xc2, &[0, 0, 0], 3)] {
            assert_eq!(cost(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_webp_is_as_dear_as_its_parts() {
        let file = |chunks: &[(&[u8; 4], &[u8])]| {
            let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
            for (name, content) in chunks {
                file.extend(*name);
                file.extend(u32::try_from(content.len()).expect("short").to_le_bytes());
                file.extend(*content);
                file.extend(vec![0; content.len() % 2]);
            }
            file
        };
        let cost = |file: &[u8]| of_decoder(file, ImageFormat::WebP, 10, 10);
        assert_eq!(cost(&file(&[(b"VP8 ", b"....")])), Some(200));
        let alpha = file(&[(b"VP8X", &[0x10; 10]), (b"EXIF", b".."), (b"ALPH", b"\x01.."), (b"VP8 ", b"..")]);
        assert_eq!(cost(&alpha), Some(800 + 2 * TABLES_OF_BYTE));
        let plain = file(&[(b"VP8X", &[0x10; 10]), (b"ALPH", b"\0.."), (b"VP8 ", b"..")]);
        assert_eq!(cost(&plain), Some(800), "what shows through has no codes");
        assert_eq!(cost(&file(&[(b"VP8X", &[0x02; 10]), (b"VP8L", b"..")])), Some(1800 + 2 * TABLES_OF_BYTE));
        let frame = [&[0; FRAME_HEAD], b"VP8L\x04\0\0\0....".as_slice()].concat();
        assert_eq!(cost(&file(&[(b"VP8X", &[0x02; 10]), (b"ANMF", &frame)])), Some(1200 + 4 * TABLES_OF_BYTE));
        let frames = [(b"ANMF", frame.as_slice()); 3];
        assert_eq!(cost(&file(&frames)), Some(4 * TABLES_OF_BYTE), "the first is decoded");
        let stream = crate::media::made::stream(2);
        let of_codes = codes::of_stream(&stream, (8, 8), true).expect("it can be followed");
        assert_eq!(of_decoder(&file(&[(b"VP8L", &stream)]), ImageFormat::WebP, 8, 8), Some(8 * 8 * 6 + of_codes));
        let mut lying = file(&[(b"VP8X", &[0; 10]), (b"EXIF", b"..")]);
        let length = lying.len() - 6;
        lying[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(cost(&lying), None);
    }
}
