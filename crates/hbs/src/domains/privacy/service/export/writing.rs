//! The archive of a person is written: files first, then what stores have of them, as one snapshot shows it.
use super::archive::{self, Zip};
use crate::app::App;
use crate::domains::privacy::model::export::{Export, FilePlace, Heading, Holdings, Opens, PersonalFile, Section, Written};
use crate::domains::privacy::repository::export as repository;
use crate::domains::privacy::repository::sections::{DEEDS, HISTORY, SECTIONS};
use crate::domains::privacy::rules::export::{About, Form, readable, safe_name};
use crate::domains::{bookings, guests, invoices};
use crate::language::Language;
use crate::media::{self, PictureFormat};
use crate::stores::postgres::{Conn, while_leading};
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::TryStreamExt;
use mongodb::Cursor;
use mongodb::bson::Document;
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// Bookings whose history is asked for at once.
const BOOKINGS_AT_ONCE: usize = 500;

/// Writes the archive of an export into the storage of files.
pub async fn write(app: &App, export: &Export) -> Result<Written> {
    let subject = export.subject().ok_or_else(|| Error::internal("an export that is of nobody"))?;
    let of = repository::holdings(&*app.db.conn().await?, subject).await?;
    let (zip, (content, thread)) = archive::begin();
    let about = About {
        language: Language::of(&export.locale).unwrap_or(Language::English),
        made_at: app.clock.now(),
        installation: app.config.host(),
        with_documents: export.with_documents,
    };
    let filling = fill(app, &of, &about, zip);
    let name = export.file();
    let (filled, stored) = futures_util::join!(filling, app.objects.put_stream(&name, content));
    filled?;
    stored?;
    archive::written(thread).await
}

async fn fill(app: &App, of: &Holdings, about: &About, zip: Zip) -> Result<()> {
    let listed = repository::files(&*app.db.conn().await?, of).await?;
    let files = write_files(app, listed, &zip).await?;
    let mut conn = app.db.conn().await?;
    conn.build_transaction()
        .read_only()
        .repeatable_read()
        .run(async |conn| {
            let writing = Writing { app, conn, of, about, zip: &zip };
            // That takes longer than a transaction may be silent.
            while_leading(conn, Box::pin(writing.forms(&files))).await
        })
        .await?;
    zip.finish().await
}

// Files

/// Writes the files that are there, and returns their names in the archive.
async fn write_files(app: &App, listed: Vec<PersonalFile>, zip: &Zip) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(listed.len());
    for (number, file) in (1..).zip(listed) {
        let name = name_in_archive(number, &file);
        if write_file(app, &file, &name, zip).await? {
            names.push(name);
        }
    }
    Ok(names)
}

fn name_in_archive(number: usize, file: &PersonalFile) -> String {
    let name = match (file.place, &file.name, file.format.as_deref()) {
        (FilePlace::Invoice, name, _) => format!("{}.pdf", safe_name(name.as_deref().unwrap_or("document"))),
        (_, Some(name), _) => safe_name(name),
        (_, None, Some("webp")) => "picture.webp".into(),
        (_, None, _) => "picture.jpg".into(),
    };
    format!("files/{}/{number}-{name}", file.place)
}

/// Writes a file, if it is there.
async fn write_file(app: &App, file: &PersonalFile, name: &str, zip: &Zip) -> Result<bool> {
    if let (FilePlace::Invoice, Some(property_id)) = (file.place, file.property_id) {
        let Some(content) = invoices::pdf_of(app, property_id, file.id).await? else { return Ok(false) };
        zip.file(name).await?;
        zip.data(content).await?;
        return Ok(true);
    }
    let Some(stored) = stored_name(file) else { return Ok(false) };
    let Some(mut object) = app.objects.get(&stored).await? else {
        tracing::warn!(name = stored, "a file that is referred to is not in the storage of files");
        return Ok(false);
    };
    zip.file(name).await?;
    while let Some(piece) = object.content.try_next().await.map_err(Error::internal)? {
        zip.data(piece).await?;
    }
    Ok(true)
}

/// The name under which a file is stored.
fn stored_name(file: &PersonalFile) -> Option<String> {
    let key = file.key.as_deref()?;
    match (file.place, file.format.as_deref()) {
        (FilePlace::Avatar, _) => media::avatar_files(key).pop(),
        (_, Some("pdf")) => Some(media::private_document(key)),
        (_, Some(format)) => format.parse::<PictureFormat>().ok().map(|format| media::private_file(key, format)),
        (_, None) => None,
    }
}

// What the stores have

/// The sections on their way into the archive.
struct Writing<'a> {
    app: &'a App,
    conn: &'a Conn,
    of: &'a Holdings,
    about: &'a About,
    zip: &'a Zip,
}

impl Writing<'_> {
    async fn forms(&self, files: &[String]) -> Result<()> {
        for form in [Form::Json, Form::Html] {
            self.zip.file(form.file()).await?;
            self.zip.data(form.head(self.about)).await?;
            for (place, section) in SECTIONS.iter().enumerate() {
                self.section(form, section, place == 0).await?;
            }
            self.deeds(form).await?;
            self.history(form).await?;
            self.zip.data(form.foot(self.about.language, files)).await?;
        }
        Ok(())
    }

    /// A section of PostgreSQL.
    async fn section(&self, form: Form, section: &'static Section, is_first: bool) -> Result<()> {
        let mut part = Part::begin(self, form, &section.heading, is_first).await?;
        repository::open(self.conn, section, self.of).await?;
        loop {
            let rows = repository::fetch(self.conn).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let Value::Object(row) = row else { continue };
                part.add(&readable(self.opened(section, row)?));
            }
            part.pass_on().await?;
        }
        repository::close(self.conn).await?;
        part.end().await
    }

    /// The row with the number of a document, if one is sealed in it: masked, where it is not to be read.
    fn opened(&self, section: &Section, mut row: Map<String, Value>) -> Result<Map<String, Value>> {
        let Some(opens) = section.opens else { return Ok(row) };
        let [of, position, sealed] = ["of", "position", "sealed"].map(|member| row.remove(member).unwrap_or_default());
        let (Value::String(of), Some(position), Value::String(sealed)) = (of, position.as_i64(), sealed) else { return Ok(row) };
        let of: Uuid = of.parse().map_err(Error::internal)?;
        let position = i32::try_from(position).map_err(Error::internal)?;
        let sealed = BASE64_STANDARD.decode(sealed).map_err(Error::internal)?;
        let data_key = &self.app.security.data_key;
        let number = match opens {
            Opens::GuestDocument => guests::document_number(data_key, (of, position), &sealed)?,
            Opens::StayDocument => bookings::document_number(data_key, (of, position), &sealed)?,
        };
        let number = if self.about.with_documents { number } else { guests::masking::masked(&number) };
        row.insert("number".into(), number.into());
        Ok(row)
    }

    /// What the account has done, by the record.
    async fn deeds(&self, form: Form) -> Result<()> {
        let mut part = Part::begin(self, form, &DEEDS, false).await?;
        if let Some(user_id) = self.of.user_id {
            let found = repository::deeds(&self.app.mongo, user_id).await.map_err(|error| away(&error))?;
            told(found, &HashMap::new(), &mut part).await?;
        }
        part.end().await
    }

    /// What happened to the bookings, by the record.
    async fn history(&self, form: Form) -> Result<()> {
        let mut part = Part::begin(self, form, &HISTORY, false).await?;
        let references: HashMap<Uuid, String> = repository::references(self.conn, self.of).await?.into_iter().collect();
        let booking_ids: Vec<Uuid> = self.of.booking_ids.iter().copied().collect();
        for ids in booking_ids.chunks(BOOKINGS_AT_ONCE) {
            let found = repository::history(&self.app.mongo, ids).await.map_err(|error| away(&error))?;
            told(found, &references, &mut part).await?;
        }
        part.end().await
    }
}

/// Entries of the record, as they come.
async fn told(mut found: Cursor<Document>, references: &HashMap<Uuid, String>, part: &mut Part<'_>) -> Result<()> {
    while let Some(entry) = found.try_next().await.map_err(|error| away(&error))? {
        let text = |member: &str| entry.get_str(member).ok().map(str::to_owned);
        let booking = text("booking_id").and_then(|id| references.get(&id.parse::<Uuid>().ok()?).cloned());
        let row = [("booking", booking), ("kind", text("kind")), ("occurred_at", text("occurred_at"))];
        part.add(&row.into_iter().map(|(member, value)| (member.to_owned(), value.into())).collect());
        if part.is_long() {
            part.pass_on().await?;
        }
    }
    Ok(())
}

/// A section on its way: the text that is not passed on yet.
struct Part<'a> {
    form: Form,
    heading: &'static Heading,
    language: Language,
    zip: &'a Zip,
    text: String,
    is_empty: bool,
}

impl<'a> Part<'a> {
    /// Text that is passed on at once.
    const LONG: usize = 64 * 1024;

    async fn begin(writing: &Writing<'a>, form: Form, heading: &'static Heading, is_first: bool) -> Result<Self> {
        let (language, zip) = (writing.about.language, writing.zip);
        zip.data(form.begin(heading, language, is_first)).await?;
        Ok(Self { form, heading, language, zip, text: String::new(), is_empty: true })
    }

    fn add(&mut self, row: &Map<String, Value>) {
        self.text += &self.form.row(self.heading, self.language, row, self.is_empty);
        self.is_empty = false;
    }

    fn is_long(&self) -> bool {
        self.text.len() >= Self::LONG
    }

    async fn pass_on(&mut self) -> Result<()> {
        self.zip.data(std::mem::take(&mut self.text)).await
    }

    async fn end(mut self) -> Result<()> {
        self.text += &self.form.end(self.language, self.is_empty);
        self.pass_on().await
    }
}

fn away(error: &mongodb::error::Error) -> Error {
    tracing::warn!(%error, "an export waits for MongoDB");
    Error::unavailable("The record is not available.")
}
