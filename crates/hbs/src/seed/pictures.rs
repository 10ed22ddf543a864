//! Pictures of the demo hotels, drawn here: a house in its landscape, and rooms with their beds.
use crate::{Error, Result};
use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 800;

type Colour = [u8; 3];

const CREAM: Colour = [250, 244, 232];
const WINDOW: Colour = [255, 226, 150];
const WOOD: Colour = [139, 101, 72];
const SUN: Colour = [255, 243, 201];

/// Light outside, in a picture.
#[derive(Clone, Copy)]
pub struct Light {
    pub sky: Colour,
    pub horizon: Colour,
    pub ground: Colour,
    pub house: Colour,
}

pub const DAY: Light = Light { sky: [74, 144, 217], horizon: [214, 236, 250], ground: [38, 110, 150], house: CREAM };
pub const EVENING: Light = Light { sky: [44, 40, 88], horizon: [245, 150, 100], ground: [60, 42, 74], house: [196, 120, 98] };

/// The house, its windows, and the sun over the horizon.
pub fn house(light: Light) -> Result<Bytes> {
    let horizon = HEIGHT * 5 / 8;
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |_, y| {
        if y < horizon {
            blend(light.sky, light.horizon, y, horizon)
        } else {
            blend(light.ground, [20, 30, 40], y - horizon, (HEIGHT - horizon) * 2)
        }
    });
    disc(&mut picture, (WIDTH * 3 / 4, horizon - 140), 70, SUN);
    rectangle(&mut picture, (160, horizon - 360), (420, 400), light.house);
    for floor in 0..4 {
        for window in 0..5 {
            rectangle(&mut picture, (190 + window * 78, horizon - 330 + floor * 80), (44, 50), WINDOW);
        }
    }
    rectangle(&mut picture, (345, horizon - 30), (50, 70), WOOD);
    file(picture)
}

/// A room with so many beds, in a colour of its own.
pub fn room(cover: Colour, beds: u32) -> Result<Bytes> {
    let floor = HEIGHT * 2 / 3;
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        if y < floor { blend(CREAM, [222, 208, 190], x, WIDTH) } else { blend(WOOD, [84, 60, 44], y - floor, HEIGHT - floor) }
    });
    rectangle(&mut picture, (80, 90), (280, 300), WOOD);
    rectangle(&mut picture, (96, 106), (248, 268), DAY.horizon);
    rectangle(&mut picture, (96, 290), (248, 84), DAY.ground);
    let width = 640 / beds.max(1);
    for bed in 0..beds {
        let left = 450 + bed * (width + 20);
        rectangle(&mut picture, (left, 330), (width, 130), WOOD);
        rectangle(&mut picture, (left, 440), (width, 200), cover);
        rectangle(&mut picture, (left + width / 8, 410), (width * 3 / 4, 60), [255, 255, 255]);
    }
    file(picture)
}

fn rectangle(picture: &mut RgbImage, (left, top): (u32, u32), (width, height): (u32, u32), colour: Colour) {
    for y in top..(top + height).min(HEIGHT) {
        for x in left..(left + width).min(WIDTH) {
            picture.put_pixel(x, y, Rgb(colour));
        }
    }
}

fn disc(picture: &mut RgbImage, (middle, level): (u32, u32), radius: u32, colour: Colour) {
    for y in level - radius..=level + radius {
        for x in middle - radius..=middle + radius {
            if x.abs_diff(middle).pow(2) + y.abs_diff(level).pow(2) <= radius.pow(2) {
                picture.put_pixel(x, y, Rgb(colour));
            }
        }
    }
}

fn blend(from: Colour, to: Colour, part: u32, whole: u32) -> Rgb<u8> {
    let mix = |n: usize| {
        let sum = u32::from(from[n]) * (whole - part) + u32::from(to[n]) * part;
        u8::try_from(sum / whole.max(1)).unwrap_or(u8::MAX)
    };
    Rgb([mix(0), mix(1), mix(2)])
}

fn file(picture: RgbImage) -> Result<Bytes> {
    let mut content = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut content, ImageFormat::Png).map_err(Error::internal)?;
    Ok(content.into_inner().into())
}
