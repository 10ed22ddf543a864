//! The pages as PDF.
use crate::fonts::{FILES, Font, runs, width_of_run};
use crate::layout::{self, LOGO, Mark, PAGE_HEIGHT, PAGE_WIDTH};
use crate::xmp::with_factur_x;
use crate::{Attachment, LogoFormat, Moment, Sheet};
use krilla::color::{luma, rgb};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::TextDirection;
use krilla::{Document, SerializeSettings};

/// Reason why a document was not written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("a font of the program cannot be read")]
    Font,
    #[error("the standard for archives is not known: {0}")]
    Standard(String),
    #[error("the file inside cannot be added: {0}")]
    Attachment(&'static str),
    #[error("the document cannot be written: {0}")]
    Writing(String),
}

/// Writes a document as PDF/A-3b.
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, Fault> {
    let standard = ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish();
    let configuration = standard.map_err(|error| Fault::Standard(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    document.set_metadata(metadata(sheet));
    if let Some(attachment) = &sheet.attachment {
        let file = embedded(attachment, sheet.created)?;
        document.embed_file(file).ok_or(Fault::Attachment("there is one of that name"))?;
    }
    let fonts = fonts()?;
    let logo = sheet.logo.as_ref().and_then(|logo| {
        let content = logo.content.clone().into();
        match logo.format {
            LogoFormat::Jpeg => Image::from_jpeg(content, false),
            LogoFormat::Png => Image::from_png(content, false),
            LogoFormat::Webp => Image::from_webp(content, false),
        }
        .ok()
    });
    for marks in layout::pages(sheet) {
        let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).ok_or_else(|| Fault::Writing("no paper".into()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in &marks {
            draw(&mut surface, mark, &fonts, logo.as_ref());
        }
        surface.finish();
        page.finish();
    }
    let pdf = document.finish().map_err(|error| Fault::Writing(format!("{error:?}")))?;
    match sheet.attachment.as_ref().and_then(|attachment| Some((attachment, attachment.factur_x.as_ref()?))) {
        Some((attachment, level)) => {
            with_factur_x(&pdf, attachment, level).ok_or(Fault::Attachment("the metadata is not where it was expected"))
        }
        None => Ok(pdf),
    }
}

fn fonts() -> Result<Vec<krilla::text::Font>, Fault> {
    FILES.iter().map(|file| krilla::text::Font::new((*file).into(), 0).ok_or(Fault::Font)).collect()
}

fn metadata(sheet: &Sheet) -> Metadata {
    Metadata::new()
        .title(sheet.title.clone())
        .language(sheet.language.clone())
        .creator("HBS".to_owned())
        .authors(sheet.sender.iter().take(1).cloned().collect())
        .creation_date(date_time(sheet.created))
}

fn date_time(moment: Moment) -> DateTime {
    let Moment { year, month, day, hour, minute, second } = moment;
    DateTime::new(year).month(month).day(day).hour(hour).minute(minute).second(second).utc_offset_hour(0).utc_offset_minute(0)
}

fn embedded(attachment: &Attachment, created: Moment) -> Result<EmbeddedFile, Fault> {
    let Attachment { name, mime_type, description, content, factur_x: _ } = attachment;
    Ok(EmbeddedFile {
        path: name.clone(),
        mime_type: Some(MimeType::new(mime_type).ok_or(Fault::Attachment("its type is none"))?),
        description: Some(description.clone()),
        association_kind: AssociationKind::Alternative,
        data: content.clone().into(),
        modification_date: Some(date_time(created)),
        compress: None,
        location: None,
    })
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, fonts: &[krilla::text::Font], logo: Option<&Image>) {
    match mark {
        Mark::Text { x, y, size, font, grey, text } => {
            surface.set_fill(Some(ink(*grey)));
            draw_text(surface, (*x, *y), *size, *font, text, fonts);
        }
        Mark::Rule { x1, x2, y, width } => {
            surface.set_fill(Some(ink(false)));
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x1, *y, *x2 - *x1, *width) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Logo { right, top } => {
            if let Some(logo) = logo {
                draw_logo(surface, (*right, *top), logo);
            }
        }
    }
}

fn ink(grey: bool) -> Fill {
    let paint = if grey { rgb::Color::new(90, 90, 90).into() } else { luma::Color::black().into() };
    Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn draw_text(surface: &mut Surface<'_>, (mut x, y): (f32, f32), size: f32, font: Font, text: &str, fonts: &[krilla::text::Font]) {
    for (font, run) in runs(text, font) {
        if let Some(face) = fonts.get(font.place()) {
            surface.draw_text(Point::from_xy(x, y), face.clone(), size, &run, false, TextDirection::Auto);
        }
        x += width_of_run(&run, font, size);
    }
}

fn draw_logo(surface: &mut Surface<'_>, (right, top): (f32, f32), logo: &Image) {
    let (width, height) = logo.size();
    let side = |side: u32| f32::from(u16::try_from(side).unwrap_or(u16::MAX)).max(1.0);
    let scale = (LOGO.0 / side(width)).min(LOGO.1 / side(height));
    let (width, height) = (side(width) * scale, side(height) * scale);
    if let Some(size) = Size::from_wh(width, height) {
        surface.push_transform(&Transform::from_translate(right - width, top));
        surface.draw_image(logo.clone(), size);
        surface.pop();
    }
}
