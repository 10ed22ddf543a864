//! The files of documents: made once, kept, and the same ever after.
use super::{content, fiscal};
use crate::app::App;
use crate::domains::images;
use crate::domains::invoices::error::{AWAITS_FISCAL_NUMBER, InvoiceError};
use crate::domains::invoices::model::{Content, FileFormat, FiscalNumber, Invoice, InvoiceId};
use crate::domains::invoices::repository;
use crate::domains::invoices::rules::{cii, sheet, ubl};
use crate::media::PictureFormat;
use crate::{Error, Result};
use futures_util::TryStreamExt;
use hbs_documents::{Attachment, Logo, LogoFormat};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io;
use uuid::Uuid;

/// A file of a document.
pub struct File {
    pub name: String,
    pub content_type: &'static str,
    pub content: Vec<u8>,
}

/// A file of a document as it was first made; it is made now if nobody has asked for it.
pub async fn file(app: &App, invoice: &Invoice, format: FileFormat) -> Result<File> {
    let name = invoice.name.clone().unwrap_or_else(|| invoice.id.to_string());
    let name: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let (name, content_type) = match format {
        FileFormat::Pdf => (format!("{name}.pdf"), "application/pdf"),
        FileFormat::PdfCopy => (format!("{name}-copy.pdf"), "application/pdf"),
        FileFormat::Cii => (format!("{name}.xml"), "application/xml"),
        FileFormat::Ubl => (format!("{name}-ubl.xml"), "application/xml"),
    };
    let conn = app.db.conn().await?;
    let fiscal = fiscal::given(&conn, invoice).await?;
    let kept = repository::file(&conn, invoice.property_id, invoice.id, format).await?;
    drop(conn);
    let content = match kept {
        Some(content) => content,
        None => make(app, invoice, fiscal, format).await?,
    };
    Ok(File { name, content_type, content })
}

/// Makes the files of a document, unless they are there.
pub async fn keep_files(app: &App, property_id: Uuid, id: Uuid) -> Result<()> {
    pdf(app, property_id, id).await.map(drop)
}

/// The PDF of a document, for whoever keeps a copy. None: there is no such document, or it waits for the number that a fiscal
/// system gives it.
pub async fn pdf_of(app: &App, property_id: Uuid, id: Uuid) -> Result<Option<Vec<u8>>> {
    match pdf(app, property_id, id).await {
        Err(error) if error.is(&AWAITS_FISCAL_NUMBER) => Ok(None),
        made => made,
    }
}

async fn pdf(app: &App, property_id: Uuid, id: Uuid) -> Result<Option<Vec<u8>>> {
    let id: InvoiceId = serde_json::from_value(json!(id)).map_err(Error::internal)?;
    let conn = app.db.conn().await?;
    let Some(invoice) = repository::find_in(&conn, property_id, id).await? else { return Ok(None) };
    drop(conn);
    Ok(Some(file(app, &invoice, FileFormat::Pdf).await?.content))
}

/// Makes a file and keeps it; whoever was first has made it.
async fn make(app: &App, invoice: &Invoice, fiscal: Option<FiscalNumber>, format: FileFormat) -> Result<Vec<u8>> {
    let said = with_fiscal_number(content(invoice)?, fiscal);
    let made = match format {
        FileFormat::Cii => xml(&said, cii::write)?,
        FileFormat::Ubl => xml(&said, ubl::write)?,
        FileFormat::Pdf | FileFormat::PdfCopy => printed(app, said, format == FileFormat::PdfCopy).await?,
    };
    let of = (invoice.property_id, invoice.id);
    let conn = app.db.conn().await?;
    repository::keep_file(&conn, of, format, (&made, &Sha256::digest(&made)), app.clock.now()).await?;
    let kept = repository::file(&conn, of.0, of.1, format).await?;
    Ok(kept.unwrap_or(made))
}

/// Returns the content of a document once a fiscal system has given it a number: that is its number then, and what else it wants
/// to be there is a note.
fn with_fiscal_number(said: Content, fiscal: Option<FiscalNumber>) -> Content {
    let Some(FiscalNumber { number: Some(number), code, qr_text, .. }) = fiscal else { return said };
    let notes = [said.note.clone(), said.name.clone(), code, qr_text.map(|text| format!("QR: {text}"))];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    Content { name: Some(number), note: Some(notes.join("\n")), ..said }
}

fn xml(said: &Content, write: fn(&Content) -> io::Result<Vec<u8>>) -> Result<Vec<u8>> {
    if !said.kind.has_xml() {
        return Err(InvoiceError::NoFile.into());
    }
    if let Some(missing) = cii::lacks(said) {
        return Err(InvoiceError::NotElectronic(missing).into());
    }
    write(said).map_err(Error::internal)
}

async fn printed(app: &App, said: Content, is_copy: bool) -> Result<Vec<u8>> {
    let logo = logo(app, said.property_id).await?;
    // Where there is no XML of it, it is a document for people alone.
    let attachment = xml(&said, cii::write).ok().map(|content| Attachment {
        name: cii::FILE.to_owned(),
        mime_type: "text/xml".to_owned(),
        description: "The invoice by EN 16931".to_owned(),
        content,
        factur_x: Some(cii::LEVEL.to_owned()),
    });
    let extras = sheet::Extras { logo, attachment, is_copy };
    let write = move || hbs_documents::write(&sheet::sheet(&said, extras));
    tokio::task::spawn_blocking(write).await.map_err(Error::internal)?.map_err(Error::internal)
}

/// The first picture of a hotel, as it stands at the head of its documents.
async fn logo(app: &App, property_id: Uuid) -> Result<Option<Logo>> {
    let conn = app.db.conn().await?;
    let pictures = images::of_property(&conn, property_id).await?;
    drop(conn);
    let picture = pictures.into_iter().filter(|picture| picture.room_type_id.is_none()).min_by_key(|picture| !picture.is_primary);
    let Some(picture) = picture else { return Ok(None) };
    let sizes = images::ImageOut::from(picture.clone()).sizes;
    let Some(smallest) = sizes.iter().min_by_key(|size| size.width) else { return Ok(None) };
    let name = smallest.url.rsplit('/').next().unwrap_or_default();
    let Some(file) = app.objects.get(name).await? else { return Ok(None) };
    let content = file.content.map_ok(|part| part.to_vec()).try_concat().await.map_err(Error::internal)?;
    let format = match picture.format {
        PictureFormat::Jpeg => LogoFormat::Jpeg,
        PictureFormat::Webp => LogoFormat::Webp,
    };
    Ok(Some(Logo { format, content }))
}
