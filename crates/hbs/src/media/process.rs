//! Processing of pictures, from the bytes that came to the bytes that are kept. Pure and slow: nothing for async
//! threads.
use super::error::MediaError;
use super::{AVATAR_SIDES, Picture, PictureFormat, Purpose, Size};
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GenericImageView, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, Rgb,
    RgbImage, RgbaImage,
};
use sha2::{Digest, Sha256};
use std::io::Cursor;
use uuid::Uuid;

/// Maximum number of pixels that are decoded, as the header gives them.
const MAX_PIXELS: u64 = 50_000_000;
/// Longer side of stored pictures: enough for a screen of today, and no original to be printed.
const LONGEST_SIDE: u32 = 3840;
/// Widths for smaller screens, where the picture is wider than that.
const WIDTHS: [u32; 3] = [320, 800, 1600];
const JPEG_QUALITY: u8 = 85;
/// Maximum size of a colour profile. Larger ones are not for screens.
const MAX_PROFILE_BYTES: usize = 64 * 1024;

type Result<T> = std::result::Result<T, MediaError>;

pub fn picture(id: Uuid, file: &[u8], purpose: Purpose) -> Result<Picture> {
    let Decoded { pixels, orientation, profile } = decode(file)?;
    let (format, sizes) = match purpose {
        Purpose::Photo => photo(pixels, orientation),
        Purpose::Avatar => avatar(&pixels, orientation),
    };
    let files = sizes.iter().map(|pixels| Ok((size(pixels), encode(pixels, format, profile.as_deref())?)));
    let files: Vec<(Size, Bytes)> = files.collect::<Result<_>>()?;
    let largest = files.last().map(|(_, content)| content.clone()).unwrap_or_default();
    let digest = Sha256::new().chain_update(id).chain_update(&largest).finalize();
    let key = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Picture { key, format, files })
}

struct Decoded {
    pixels: DynamicImage,
    /// Orientation of the camera.
    orientation: Orientation,
    /// Colour profile, if not sRGB.
    profile: Option<Vec<u8>>,
}

/// The type is told by the content; what the header says of the size is checked before anything is decoded.
fn decode(file: &[u8]) -> Result<Decoded> {
    let format = image::guess_format(file).map_err(|_| MediaError::UnsupportedType)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(MediaError::UnsupportedType);
    }
    if format == ImageFormat::Jpeg && !has_end(file) {
        return Err(MediaError::Unreadable("its end is missing".into()));
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(Limits::default());
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(MediaError::TooManyPixels { width, height });
    }
    // Damaged metadata is no reason to refuse the picture: it is left out in any case.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_for_screens(profile));
    let pixels = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    Ok(Decoded { pixels, orientation, profile })
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

/// The picture at its widths, narrowest first, never wider than it came.
fn photo(pixels: DynamicImage, orientation: Orientation) -> (PictureFormat, Vec<DynamicImage>) {
    let mut full = fit(pixels, LONGEST_SIDE);
    full.apply_orientation(orientation);
    let full = eight_bits(&full);
    let format = if full.color().has_alpha() { PictureFormat::Webp } else { PictureFormat::Jpeg };
    let mut sizes = vec![full];
    for width in WIDTHS.into_iter().rev() {
        let Some(wider) = sizes.last().filter(|wider| wider.width() > width) else { continue };
        let narrower = shrink(wider, width, scaled(wider.height(), width, wider.width()));
        sizes.push(narrower);
    }
    sizes.reverse();
    (format, sizes)
}

/// The middle of the picture as a square, on white.
fn avatar(pixels: &DynamicImage, orientation: Orientation) -> (PictureFormat, Vec<DynamicImage>) {
    let side = pixels.width().min(pixels.height());
    let (left, top) = ((pixels.width() - side) / 2, (pixels.height() - side) / 2);
    let [small, medium, large] = AVATAR_SIDES;
    let mut square = shrink(&pixels.crop_imm(left, top, side, side), large, large);
    square.apply_orientation(orientation);
    let large = DynamicImage::ImageRgb8(on_white(&square.into_rgba8()));
    let medium = shrink(&large, medium, medium);
    let small = shrink(&medium, small, small);
    (PictureFormat::Jpeg, vec![small, medium, large])
}

fn fit(pixels: DynamicImage, longest: u32) -> DynamicImage {
    let (width, height) = pixels.dimensions();
    let side = width.max(height);
    if side <= longest {
        return pixels;
    }
    shrink(&pixels, scaled(width, longest, side), scaled(height, longest, side))
}

/// Returns `length * part / whole`, rounded, at least 1.
fn scaled(length: u32, part: u32, whole: u32) -> u32 {
    let (length, part, whole) = (u64::from(length), u64::from(part), u64::from(whole.max(1)));
    u32::try_from((length * part + whole / 2) / whole).unwrap_or(u32::MAX).max(1)
}

/// Shrinks a picture. Far larger ones are averaged first, which is quick, and only then resampled, which is good.
fn shrink(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let (twice, twice_high) = (width.saturating_mul(2), height.saturating_mul(2));
    if pixels.width() / 2 > twice && pixels.height() / 2 > twice_high {
        return pixels.thumbnail_exact(twice, twice_high).resize_exact(width, height, FilterType::Lanczos3);
    }
    pixels.resize_exact(width, height, FilterType::Lanczos3)
}

/// Reduces a picture to eight bits a colour, with alpha only where something shows through.
fn eight_bits(pixels: &DynamicImage) -> DynamicImage {
    if pixels.color().has_alpha() {
        let seen_through = pixels.to_rgba8();
        if seen_through.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
            return DynamicImage::ImageRgba8(seen_through);
        }
    }
    DynamicImage::ImageRgb8(pixels.to_rgb8())
}

fn on_white(pixels: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0.map(u32::from);
        let mix = |colour: u32| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        Rgb([mix(red), mix(green), mix(blue)])
    })
}

fn size(pixels: &DynamicImage) -> Size {
    Size(pixels.width(), pixels.height())
}

/// Writes the pixels and, besides them, only which colours they mean.
fn encode(pixels: &DynamicImage, format: PictureFormat, profile: Option<&[u8]>) -> Result<Bytes> {
    let mut content = Vec::new();
    let written = match format {
        PictureFormat::Jpeg => write(JpegEncoder::new_with_quality(&mut content, JPEG_QUALITY), pixels, profile),
        PictureFormat::Webp => write(WebPEncoder::new_lossless(&mut content), pixels, profile),
    };
    written.map_err(unreadable)?;
    Ok(content.into())
}

fn write(mut encoder: impl ImageEncoder, pixels: &DynamicImage, profile: Option<&[u8]>) -> image::ImageResult<()> {
    if let Some(profile) = profile {
        // Both encoders take profiles.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
    let colours = if pixels.color().has_alpha() { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), colours)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_shows_through_becomes_white_by_as_much() {
        let pixels = RgbaImage::from_pixel(1, 1, image::Rgba([0, 255, 100, 51]));
        assert_eq!(on_white(&pixels).get_pixel(0, 0).0, [204, 255, 224]);
    }
}
