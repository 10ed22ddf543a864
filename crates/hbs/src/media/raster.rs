//! Pixels of eight bits a channel, changed in the memory that they take: a second copy of a large picture is what makes
//! pictures dear.

/// Rows from the top, pixels from the left, channels together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raster {
    pub width: usize,
    pub height: usize,
    /// Number of channels: grey, grey and alpha, red green blue, the same and alpha.
    pub channels: usize,
    /// The pixels, and behind them what was needed once.
    bytes: Vec<u8>,
}

/// Part of a raster that is kept though it is not needed, as a share of it: giving it back needs a copy of the rest.
const NOT_WORTH_A_COPY: usize = 8;

impl Raster {
    /// A raster of pixels that stand at the beginning of some bytes. None if there are too few.
    pub(super) fn new(width: u32, height: u32, channels: usize, bytes: Vec<u8>) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let is_whole = width.checked_mul(height)?.checked_mul(channels)? <= bytes.len();
        (is_whole && width > 0 && height > 0 && (1..=4).contains(&channels)).then_some(Self { width, height, channels, bytes })
    }

    pub(super) fn pixels(&self) -> &[u8] {
        &self.bytes[..self.width * self.height * self.channels]
    }

    fn pixels_mut(&mut self) -> &mut [u8] {
        let length = self.width * self.height * self.channels;
        &mut self.bytes[..length]
    }

    pub(super) fn has_alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// Returns `true` if something shows through.
    pub(super) fn is_seen_through(&self) -> bool {
        self.has_alpha() && self.pixels().chunks_exact(self.channels).any(|pixel| pixel.last() != Some(&u8::MAX))
    }

    /// Keeps a rectangle.
    pub(super) fn crop(&mut self, left: usize, top: usize, width: usize, height: usize) {
        let channels = self.channels;
        for row in 0..height {
            let from = ((top + row) * self.width + left) * channels;
            self.bytes.copy_within(from..from + width * channels, row * width * channels);
        }
        (self.width, self.height) = (width, height);
    }

    /// Shrinks the picture: each pixel is the average of the area that it stands for.
    pub(super) fn shrink(&mut self, width: usize, height: usize) {
        if (width, height) == (self.width, self.height) {
            return;
        }
        let size = (self.width, self.height);
        match self.channels {
            1 => average_in_place::<1>(&mut self.bytes, size, (width, height)),
            2 => average_in_place::<2>(&mut self.bytes, size, (width, height)),
            3 => average_in_place::<3>(&mut self.bytes, size, (width, height)),
            _ => average_in_place::<4>(&mut self.bytes, size, (width, height)),
        }
        (self.width, self.height) = (width, height);
        let length = width * height * self.channels;
        if length < self.bytes.len() / NOT_WORTH_A_COPY {
            self.bytes.truncate(length);
            self.bytes.shrink_to_fit();
        }
    }

    /// Returns a smaller copy.
    pub(super) fn smaller(&self, width: usize, height: usize) -> Self {
        let mut bytes = vec![0; width * height * self.channels];
        let size = (self.width, self.height);
        match self.channels {
            1 => average::<1>(self.pixels(), size, (width, height), |at, row| bytes[at..at + row.len()].copy_from_slice(row)),
            2 => average::<2>(self.pixels(), size, (width, height), |at, row| bytes[at..at + row.len()].copy_from_slice(row)),
            3 => average::<3>(self.pixels(), size, (width, height), |at, row| bytes[at..at + row.len()].copy_from_slice(row)),
            _ => average::<4>(self.pixels(), size, (width, height), |at, row| bytes[at..at + row.len()].copy_from_slice(row)),
        }
        Self { width, height, channels: self.channels, bytes }
    }

    /// Returns a larger copy, a square, between whose pixels colours change evenly.
    pub(super) fn enlarged(&self, side: usize) -> Self {
        let mut bytes = Vec::with_capacity(side * side * self.channels);
        let (columns, rows) = (between(self.width, side), between(self.height, side));
        for (above, below, down) in &rows {
            for (left, right, across) in &columns {
                for channel in 0..self.channels {
                    let at = |x: usize, y: usize| f32::from(self.bytes[(y * self.width + x) * self.channels + channel]);
                    let upper = at(*left, *above) * (1.0 - across) + at(*right, *above) * across;
                    let lower = at(*left, *below) * (1.0 - across) + at(*right, *below) * across;
                    bytes.push(rounded(upper * (1.0 - down) + lower * down));
                }
            }
        }
        Self { width: side, height: side, channels: self.channels, bytes }
    }

    /// Leaves alpha away, or puts it on white.
    pub(super) fn make_opaque(&mut self) {
        if !self.has_alpha() {
            return;
        }
        let (channels, pixels) = (self.channels, self.width * self.height);
        let colours = channels - 1;
        for pixel in 0..pixels {
            let from = pixel * channels;
            let alpha = u32::from(self.bytes[from + colours]);
            for colour in 0..colours {
                let mixed = (u32::from(self.bytes[from + colour]) * alpha + 255 * (255 - alpha)) / 255;
                self.bytes[pixel * colours + colour] = u8::try_from(mixed).unwrap_or(u8::MAX);
            }
        }
        self.channels = colours;
    }

    /// Writes grey as red, green and blue.
    pub(super) fn into_colours(self) -> Self {
        let Self { width, height, channels, .. } = self;
        if channels > 2 {
            return self;
        }
        let mut bytes = Vec::with_capacity(width * height * (channels + 2));
        for pixel in self.pixels().chunks_exact(channels) {
            bytes.extend([pixel[0], pixel[0], pixel[0]]);
            bytes.extend(&pixel[1..]);
        }
        Self { width, height, channels: channels + 2, bytes }
    }

    pub(super) fn flip_left_and_right(&mut self) {
        let (row, channels) = (self.width * self.channels, self.channels);
        for row in self.pixels_mut().chunks_exact_mut(row) {
            reverse(row, channels);
        }
    }

    /// Turns the picture upside down, which also changes left and right.
    pub(super) fn turn_half(&mut self) {
        let channels = self.channels;
        reverse(self.pixels_mut(), channels);
    }

    /// Changes rows and columns. Pixels go round in circles, each to its place.
    pub(super) fn transpose(&mut self) {
        let (width, height) = (self.width, self.height);
        match self.channels {
            1 => transpose::<1>(self.pixels_mut(), width, height),
            2 => transpose::<2>(self.pixels_mut(), width, height),
            3 => transpose::<3>(self.pixels_mut(), width, height),
            _ => transpose::<4>(self.pixels_mut(), width, height),
        }
        (self.width, self.height) = (height, width);
    }
}

fn reverse(bytes: &mut [u8], channels: usize) {
    bytes.reverse();
    for pixel in bytes.chunks_exact_mut(channels) {
        pixel.reverse();
    }
}

fn transpose<const N: usize>(bytes: &mut [u8], width: usize, height: usize) {
    let (pixels, _) = bytes.as_chunks_mut::<N>();
    let last = pixels.len() - 1;
    let mut is_done = vec![0u64; pixels.len().div_ceil(64)];
    for start in 1..last {
        if (is_done[start / 64] >> (start % 64)) & 1 == 1 {
            continue;
        }
        let (mut at, mut carried) = (start, pixels[start]);
        loop {
            // Row y and column x, y * width + x, becomes row x and column y.
            let to = at % width * height + at / width;
            std::mem::swap(&mut pixels[to], &mut carried);
            is_done[to / 64] |= 1 << (to % 64);
            at = to;
            if at == start {
                break;
            }
        }
    }
}

/// A row of the smaller picture never reaches the rows of the larger one that are still to be read.
fn average_in_place<const N: usize>(bytes: &mut [u8], size: (usize, usize), smaller: (usize, usize)) {
    let mut rows = Rows::<N>::new(size, smaller);
    for y in 0..smaller.1 {
        let row = rows.next(bytes, y);
        let at = y * row.len();
        bytes[at..at + row.len()].copy_from_slice(row);
    }
}

fn average<const N: usize>(bytes: &[u8], size: (usize, usize), smaller: (usize, usize), mut write: impl FnMut(usize, &[u8])) {
    let mut rows = Rows::<N>::new(size, smaller);
    for y in 0..smaller.1 {
        let row = rows.next(bytes, y);
        write(y * row.len(), row);
    }
}

/// The rows of a smaller picture, one after the other.
struct Rows<const N: usize> {
    size: (usize, usize),
    smaller: (usize, usize),
    /// The part of each column of the larger picture that belongs to the column in which it begins, and the column.
    columns: Vec<(usize, f32)>,
    sums: Vec<[f32; N]>,
    row: Vec<u8>,
}

impl<const N: usize> Rows<N> {
    fn new(size: (usize, usize), smaller: (usize, usize)) -> Self {
        let columns = (0..size.0).map(|x| share(x, size.0, smaller.0)).collect();
        // One more, for what the last column leaves to the next.
        Self { size, smaller, columns, sums: vec![[0.0; N]; smaller.0 + 1], row: vec![0; smaller.0 * N] }
    }

    fn next(&mut self, bytes: &[u8], y: usize) -> &[u8] {
        self.sums.fill([0.0; N]);
        let (first, last) = (y * self.size.1 / self.smaller.1, ((y + 1) * self.size.1).div_ceil(self.smaller.1));
        for from in first..last {
            let (begins_in, part) = share(from, self.size.1, self.smaller.1);
            let weight = if begins_in == y { part } else { 1.0 - part };
            if weight > 0.0 {
                self.add(&bytes[from * self.size.0 * N..][..self.size.0 * N], weight);
            }
        }
        // Each row and each column of the larger picture counts 1 in all.
        let area = ratio(self.size.0, self.smaller.0) * ratio(self.size.1, self.smaller.1);
        for (pixel, sum) in self.row.as_chunks_mut::<N>().0.iter_mut().zip(&self.sums) {
            for (channel, sum) in pixel.iter_mut().zip(sum) {
                *channel = rounded(sum / area);
            }
        }
        &self.row
    }

    fn add(&mut self, row: &[u8], weight: f32) {
        for (pixel, (column, part)) in row.as_chunks::<N>().0.iter().zip(&self.columns) {
            let (here, there) = (weight * part, weight * (1.0 - part));
            for (channel, value) in pixel.iter().enumerate() {
                self.sums[*column][channel] += f32::from(*value) * here;
            }
            if there > 0.0 {
                for (channel, value) in pixel.iter().enumerate() {
                    self.sums[column + 1][channel] += f32::from(*value) * there;
                }
            }
        }
    }
}

/// For each of so many rows (or columns), the two between which it stands, and how far from the first.
fn between(smaller: usize, larger: usize) -> Vec<(usize, usize, f32)> {
    let place = |at: usize| {
        // The middles of both are at (at + 1/2) / larger, in halves of a pixel.
        let middle = ((2 * at + 1) * smaller).saturating_sub(larger);
        let first = (middle / (2 * larger)).min(smaller - 1);
        (first, (first + 1).min(smaller - 1), ratio(middle % (2 * larger), 2 * larger))
    };
    (0..larger).map(place).collect()
}

/// The place of the smaller row (or column) in which one of the larger ones begins, and how much of it lies there.
fn share(at: usize, larger: usize, smaller: usize) -> (usize, f32) {
    let place = at * smaller / larger;
    let end = (place + 1) * larger;
    let reaches = (at + 1) * smaller;
    if reaches <= end { (place, 1.0) } else { (place, ratio(end - at * smaller, smaller)) }
}

#[expect(clippy::as_conversions, reason = "lengths of pictures are exact in 24 bits")]
fn ratio(one: usize, other: usize) -> f32 {
    one as f32 / other as f32
}

#[expect(clippy::as_conversions, reason = "it saturates")]
fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A picture whose pixels tell where they stand.
    fn numbered(width: u32, height: u32, channels: usize) -> Raster {
        let count = usize::try_from(width * height).expect("small") * channels;
        let bytes = (0..count).map(|n| u8::try_from(n * 37 % 251).expect("a byte")).collect();
        Raster::new(width, height, channels, bytes).expect("a raster")
    }

    fn at(raster: &Raster, x: usize, y: usize) -> &[u8] {
        &raster.pixels()[(y * raster.width + x) * raster.channels..][..raster.channels]
    }

    proptest! {
        #[test]
        fn turning_moves_each_pixel_to_its_place(width in 1..20_u32, height in 1..20_u32, channels in 1..=4_usize) {
            let before = numbered(width, height, channels);
            let (mut turned, mut half, mut flipped) = (before.clone(), before.clone(), before.clone());
            turned.transpose();
            half.turn_half();
            flipped.flip_left_and_right();
            for y in 0..before.height {
                for x in 0..before.width {
                    let pixel = at(&before, x, y);
                    prop_assert_eq!(pixel, at(&turned, y, x));
                    prop_assert_eq!(pixel, at(&half, before.width - 1 - x, before.height - 1 - y));
                    prop_assert_eq!(pixel, at(&flipped, before.width - 1 - x, y));
                }
            }
        }

        #[test]
        fn a_pixel_is_the_average_of_its_area(
            (width, smaller_width) in (1..30_u32).prop_flat_map(|width| (Just(width), 1..=width)),
            (height, smaller_height) in (1..30_u32).prop_flat_map(|height| (Just(height), 1..=height)),
            channels in 1..=4_usize,
        ) {
            let before = numbered(width, height, channels);
            let (mut shrunk, size) = (before.clone(), (smaller_width.try_into().expect("small"), smaller_height.try_into().expect("small")));
            shrunk.shrink(size.0, size.1);
            let copied = before.smaller(size.0, size.1);
            prop_assert_eq!(shrunk.pixels(), copied.pixels());
            // In steps of a common measure, each of which lies in one pixel of both.
            for y in 0..size.1 {
                for x in 0..size.0 {
                    for channel in 0..channels {
                        let mut sum = 0;
                        for step_y in 0..before.height {
                            for step_x in 0..before.width {
                                let from = ((x * before.width + step_x) / size.0, (y * before.height + step_y) / size.1);
                                sum += usize::from(at(&before, from.0, from.1)[channel]);
                            }
                        }
                        let count = before.width * before.height;
                        let expected = (sum * 2 + count) / (count * 2);
                        prop_assert!(usize::from(at(&shrunk, x, y)[channel]).abs_diff(expected) <= 1);
                    }
                }
            }
        }
    }

    #[test]
    fn a_part_is_kept_and_what_shows_through_becomes_white_by_as_much() {
        let before = numbered(9, 7, 3);
        let mut part = before.clone();
        part.crop(2, 3, 4, 2);
        assert_eq!((at(&part, 0, 0), at(&part, 3, 1)), (at(&before, 2, 3), at(&before, 5, 4)));
        let mut seen_through = Raster::new(1, 1, 4, vec![0, 255, 100, 51]).expect("a raster");
        assert!(seen_through.is_seen_through());
        seen_through.make_opaque();
        assert_eq!((seen_through.channels, seen_through.pixels()), (3, [204, 255, 224].as_slice()));
        let grey = Raster::new(1, 1, 2, vec![9, 255]).expect("a raster");
        assert!(!grey.is_seen_through());
        assert_eq!(grey.into_colours().pixels(), [9, 9, 9, 255]);
    }

    #[test]
    fn colours_change_evenly_between_pixels() {
        let two = Raster::new(2, 1, 1, vec![0, 200]).expect("a raster");
        assert_eq!(two.enlarged(4).pixels(), [0, 50, 150, 200].repeat(4));
        let one = Raster::new(1, 1, 3, vec![1, 2, 3]).expect("a raster");
        assert_eq!(one.enlarged(2).pixels(), [1, 2, 3].repeat(4));
    }

    #[test]
    fn what_is_not_whole_is_no_picture() {
        assert!(Raster::new(2, 2, 3, vec![0; 11]).is_none() && Raster::new(0, 1, 3, vec![]).is_none());
        assert!(Raster::new(u32::MAX, u32::MAX, 4, vec![]).is_none());
    }
}
