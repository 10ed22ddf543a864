//! Processing of pictures, from the bytes that came to the bytes that are kept. Pure and slow: nothing for async
//! threads.
//!
//! A picture that would take more than `MAX_MEMORY` is refused before it is decoded. From then on its pixels are changed
//! where they stand, and what is kept of them is bounded, so the memory of one picture is, too.
use super::cost;
use super::error::MediaError;
use super::raster::Raster;
use super::{AVATAR_SIDES, Picture, PictureFormat, Purpose, Size};
use crate::numbers::hex;
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};
use std::io::{Cursor, Write};
use uuid::Uuid;

/// Maximum number of pixels that are decoded, as the header gives them: what they cost a core.
const MAX_PIXELS: u64 = 50_000_000;
/// Maximum number of bytes that a picture takes while it is decoded: its file, its pixels and what the decoder needs.
const MAX_MEMORY: u64 = 76 * 1024 * 1024;
/// Longer side of stored pictures: enough for a screen of today, and no original to be printed.
const LONGEST_SIDE: usize = 3840;
/// Longer side of those with transparency, which are kept without loss: drawings, and no photos.
const LONGEST_SIDE_SEEN_THROUGH: usize = 1600;
/// Widths for smaller screens, where the picture is wider than that.
const WIDTHS: [usize; 3] = [1600, 800, 320];
const JPEG_QUALITY: u8 = 85;
/// Maximum size of a stored file. Larger ones are noise.
const MAX_KEPT: usize = 6 * 1024 * 1024;
/// Maximum size of a colour profile. Larger ones are not for screens.
const MAX_PROFILE_BYTES: usize = 64 * 1024;

type Result<T> = std::result::Result<T, MediaError>;

pub fn picture(id: Uuid, file: Bytes, purpose: Purpose) -> Result<Picture> {
    let Decoded { raster, orientation, profile } = decode(file)?;
    let (format, files) = match purpose {
        Purpose::Photo => photo(raster, orientation, profile.as_deref())?,
        Purpose::Avatar => (PictureFormat::Jpeg, avatar(raster, orientation, profile.as_deref())?),
        Purpose::Private => private(raster, orientation, profile.as_deref())?,
    };
    let largest = files.last().map(|(_, content)| content.clone()).unwrap_or_default();
    let digest = Sha256::new().chain_update(id).chain_update(&largest).finalize();
    Ok(Picture { key: hex(&digest), format, purpose, files })
}

struct Decoded {
    raster: Raster,
    /// Orientation of the camera.
    orientation: Orientation,
    /// Colour profile, if not sRGB.
    profile: Option<Vec<u8>>,
}

/// The type is told by the content; what the header says of the size is checked before anything is decoded.
fn decode(file: Bytes) -> Result<Decoded> {
    let format = image::guess_format(&file).map_err(|_| MediaError::UnsupportedType)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(MediaError::UnsupportedType);
    }
    if format == ImageFormat::Jpeg && !has_end(&file) {
        return Err(MediaError::Unreadable("its end is missing".into()));
    }
    let mut reader = ImageReader::with_format(Cursor::new(file.clone()), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(cost::PNG_METADATA);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    check_size(&file, format, &decoder)?;
    // The decoder has all that it needs of it.
    drop(file);
    // Damaged metadata is no reason to refuse the picture: it is left out in any case.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_for_screens(profile));
    let (colours, length) = (decoder.color_type(), decoder.total_bytes());
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| MediaError::TooManyPixels { width, height })?];
    decoder.read_image(&mut bytes).map_err(unreadable)?;
    let bytes = if is_sixteen_bits(colours) { eight_bits(bytes) } else { bytes };
    let raster = Raster::new(width, height, usize::from(colours.channel_count()), bytes);
    Ok(Decoded { raster: raster.ok_or_else(|| MediaError::Unreadable("it is not whole".into()))?, orientation, profile })
}

fn check_size(file: &[u8], format: ImageFormat, decoder: &impl ImageDecoder) -> Result<()> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(MediaError::TooManyPixels { width, height });
    }
    let broken = || MediaError::Unreadable("its head is broken".into());
    let of_decoder = cost::of_decoder(file, format, width, height).ok_or_else(broken)?;
    let of_file = u64::try_from(file.len()).unwrap_or(u64::MAX);
    if decoder.total_bytes().saturating_add(of_decoder).saturating_add(of_file) > MAX_MEMORY {
        return Err(MediaError::TooDear { width, height });
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: image::ImageError) -> MediaError {
    MediaError::Unreadable(error.to_string().trim_end_matches('.').to_owned())
}

/// Returns `true` if a JPEG is whole. The decoder fills up missing parts with grey; the marker of the end has to come
/// after that of the last scan.
fn has_end(file: &[u8]) -> bool {
    const SCAN: [u8; 2] = [0xff, 0xda];
    const END: [u8; 2] = [0xff, 0xd9];
    let last = |marker: [u8; 2]| file.windows(2).rposition(|window| window == marker);
    last(END) > last(SCAN)
}

/// Returns `true` if a profile is for RGB, in which pictures are kept; those of grey and of printing inks are not.
fn is_for_screens(profile: &[u8]) -> bool {
    profile.len() <= MAX_PROFILE_BYTES && profile.get(16..20) == Some(b"RGB ")
}

fn is_sixteen_bits(colours: ColorType) -> bool {
    colours.bytes_per_pixel() > colours.channel_count()
}

/// Keeps the upper half of each channel.
fn eight_bits(mut bytes: Vec<u8>) -> Vec<u8> {
    let count = bytes.len() / 2;
    for at in 0..count {
        let [high, _] = u16::from_ne_bytes([bytes[2 * at], bytes[2 * at + 1]]).to_be_bytes();
        bytes[at] = high;
    }
    bytes.truncate(count);
    bytes
}

/// The picture at its widths, narrowest first, never wider than it came.
fn photo(mut raster: Raster, orientation: Orientation, profile: Option<&[u8]>) -> Result<(PictureFormat, Vec<(Size, Bytes)>)> {
    fit(&mut raster, LONGEST_SIDE);
    let format = if raster.is_seen_through() { PictureFormat::Webp } else { PictureFormat::Jpeg };
    match format {
        PictureFormat::Webp => fit(&mut raster, LONGEST_SIDE_SEEN_THROUGH),
        PictureFormat::Jpeg => raster.make_opaque(),
    }
    turn(&mut raster, orientation);
    let mut raster = raster.into_colours();
    let mut files = vec![encode(&raster, format, profile)?];
    for width in WIDTHS {
        if raster.width > width {
            raster = raster.smaller(width, scaled(raster.height, width, raster.width));
            files.push(encode(&raster, format, profile)?);
        }
    }
    files.reverse();
    Ok((format, files))
}

/// The picture in one size, for those who may see it.
fn private(mut raster: Raster, orientation: Orientation, profile: Option<&[u8]>) -> Result<(PictureFormat, Vec<(Size, Bytes)>)> {
    fit(&mut raster, LONGEST_SIDE_SEEN_THROUGH);
    let format = if raster.is_seen_through() { PictureFormat::Webp } else { PictureFormat::Jpeg };
    if format == PictureFormat::Jpeg {
        raster.make_opaque();
    }
    turn(&mut raster, orientation);
    Ok((format, vec![encode(&raster.into_colours(), format, profile)?]))
}

/// The middle of the picture as a square, on white.
fn avatar(mut raster: Raster, orientation: Orientation, profile: Option<&[u8]>) -> Result<Vec<(Size, Bytes)>> {
    let side = raster.width.min(raster.height);
    raster.crop((raster.width - side) / 2, (raster.height - side) / 2, side, side);
    raster.make_opaque();
    let [small, medium, large] = AVATAR_SIDES.map(|side| usize::try_from(side).unwrap_or(usize::MAX));
    if side >= large {
        raster.shrink(large, large);
    } else {
        raster = raster.enlarged(large);
    }
    let mut square = raster;
    turn(&mut square, orientation);
    let large = square.into_colours();
    let medium = large.smaller(medium, medium);
    let small = medium.smaller(small, small);
    [small, medium, large].iter().map(|square| encode(square, PictureFormat::Jpeg, profile)).collect()
}

fn fit(raster: &mut Raster, longest: usize) {
    let side = raster.width.max(raster.height);
    if side > longest {
        raster.shrink(scaled(raster.width, longest, side), scaled(raster.height, longest, side));
    }
}

/// Returns `length * part / whole`, rounded, at least 1.
fn scaled(length: usize, part: usize, whole: usize) -> usize {
    ((length * part + whole / 2) / whole.max(1)).max(1)
}

/// Turns a picture upright.
fn turn(raster: &mut Raster, orientation: Orientation) {
    match orientation {
        Orientation::NoTransforms => {}
        Orientation::FlipHorizontal => raster.flip_left_and_right(),
        Orientation::Rotate180 => raster.turn_half(),
        Orientation::FlipVertical => {
            raster.turn_half();
            raster.flip_left_and_right();
        }
        Orientation::Rotate90FlipH => raster.transpose(),
        Orientation::Rotate90 => {
            raster.transpose();
            raster.flip_left_and_right();
        }
        Orientation::Rotate270FlipH => {
            raster.transpose();
            raster.turn_half();
        }
        Orientation::Rotate270 => {
            raster.flip_left_and_right();
            raster.transpose();
        }
    }
}

/// Writes the pixels and, besides them, only which colours they mean.
fn encode(raster: &Raster, format: PictureFormat, profile: Option<&[u8]>) -> Result<(Size, Bytes)> {
    let mut content = Kept(Vec::new());
    match format {
        PictureFormat::Jpeg => write(JpegEncoder::new_with_quality(&mut content, JPEG_QUALITY), raster, profile)?,
        PictureFormat::Webp => write(WebPEncoder::new_lossless(&mut content), raster, profile)?,
    }
    let (width, height) = size(raster)?;
    Ok((Size(width, height), content.0.into()))
}

fn write(mut encoder: impl ImageEncoder, raster: &Raster, profile: Option<&[u8]>) -> Result<()> {
    if let Some(profile) = profile {
        // Both encoders take profiles.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
    let colours = if raster.has_alpha() { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let (width, height) = size(raster)?;
    encoder.write_image(raster.pixels(), width, height, colours).map_err(unreadable)
}

fn size(raster: &Raster) -> Result<(u32, u32)> {
    let length = |length: usize| u32::try_from(length).map_err(|_| MediaError::Unreadable("it is too wide or too high".into()));
    Ok((length(raster.width)?, length(raster.height)?))
}

/// A file that is written, up to the most that is kept.
struct Kept(Vec<u8>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_KEPT {
            let detail = format!("made smaller, it still has more than {} MiB", MAX_KEPT / 1024 / 1024);
            return Err(std::io::Error::other(detail));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GenericImageView, RgbaImage};

    #[test]
    fn lengths_keep_their_proportion() {
        assert_eq!((scaled(4000, 800, 6000), scaled(1, 320, 8000), scaled(3, 1, 2)), (533, 1, 2));
    }

    #[test]
    fn a_jpeg_without_its_end_is_not_whole() {
        let (scan, end) = ([0xff, 0xda], [0xff, 0xd9]);
        let whole = [&scan[..], &[1, 2, 3], &end].concat();
        assert!(has_end(&whole));
        assert!(!has_end(&whole[..5]));
        // The end of the thumbnail in the metadata is not that of the picture.
        assert!(!has_end(&[&scan[..], &end, &scan, &[1]].concat()));
        assert!(!has_end(&[]));
    }

    #[test]
    fn sixteen_bits_become_eight() {
        let bytes = [0x1234_u16, 0xff00, 0x00ff].into_iter().flat_map(u16::to_ne_bytes).collect();
        assert_eq!(eight_bits(bytes), [0x12, 0xff, 0x00]);
        assert!(is_sixteen_bits(ColorType::Rgba16) && !is_sixteen_bits(ColorType::Rgba8));
    }

    #[test]
    fn pictures_are_turned_as_the_camera_says() {
        let pixels = RgbaImage::from_fn(3, 2, |x, y| image::Rgba([u8::try_from(x * 10 + y).expect("small"), 0, 0, 255]));
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).expect("one of eight");
            let mut expected = DynamicImage::ImageRgba8(pixels.clone());
            expected.apply_orientation(orientation);
            let mut raster = Raster::new(3, 2, 4, pixels.clone().into_raw()).expect("a raster");
            turn(&mut raster, orientation);
            assert_eq!(size(&raster).expect("a size"), expected.dimensions(), "{exif}");
            assert_eq!(raster.pixels(), expected.as_bytes(), "{exif}");
        }
    }
}
