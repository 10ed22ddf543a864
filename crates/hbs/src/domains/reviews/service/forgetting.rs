//! Authors who are forgotten: their words go, their ratings stay and nobody's average changes.
use crate::app::App;
use crate::domains::reviews::model::Review;
use crate::domains::reviews::repository;
use crate::media;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Answer of a hotel that quoted somebody who was forgotten.
const ERASED: &str = "[erased]";

/// Forgets an account as an author, hotel by hotel, each in a transaction of its own: it can be asked for again after a crash.
/// Returns the number of reviews that have lost their words.
pub async fn forget_author(app: &App, author_id: Uuid, cause: &Cause) -> Result<usize> {
    let conn = app.db.conn().await?;
    let hotels = repository::hotels_of_author(&conn, author_id).await?;
    drop(conn);
    let mut forgotten = 0;
    for property_id in hotels {
        forgotten += forget_at(app, property_id, author_id, cause).await?;
    }
    Ok(forgotten)
}

async fn forget_at(app: &App, property_id: Uuid, author_id: Uuid, cause: &Cause) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    let (forgotten, files) = conn
        .transaction(async |conn| {
            let reviews = repository::lock_of_author(conn, property_id, author_id).await?;
            let files = forget_words(conn, &reviews, &[], cause).await?;
            Ok::<_, Error>((reviews.len(), files))
        })
        .await?;
    drop(conn);
    app.objects.remove(&files).await;
    app.relay.wake();
    Ok(forgotten)
}

/// Guests who are to be forgotten: as authors by their accounts, and by their bookings.
#[derive(Debug, Clone, Copy)]
pub struct Forgotten<'a> {
    pub authors: &'a [Uuid],
    pub property_ids: &'a [Uuid],
    pub booking_ids: &'a [Uuid],
    /// Names and addresses in lower case: an answer of the hotel that quotes one is erased, too.
    pub words: &'a [String],
}

/// Forgets guests in the transaction of their erasure. Returns the number of reviews that have lost their words, and the files
/// that are to be removed after the commit.
pub async fn forget_guests(conn: &Conn, guests: Forgotten<'_>, cause: &Cause) -> Result<(usize, Vec<String>)> {
    let Forgotten { authors, property_ids, booking_ids, words } = guests;
    let reviews = repository::lock_of_people(conn, authors, property_ids, booking_ids).await?;
    let files = forget_words(conn, &reviews, words, cause).await?;
    Ok((reviews.len(), files))
}

/// Takes the words out of reviews, and returns the files of their photos.
async fn forget_words(conn: &Conn, reviews: &[Review], quoted: &[String], cause: &Cause) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for before in reviews {
        let photos = repository::delete_photos(conn, before).await?;
        files.extend(photos.iter().map(|photo| media::private_file(&photo.key, photo.format)));
        let is_noted = quotes(conn, before.moderation_note.as_deref(), quoted).await?;
        let is_answered = quotes(conn, before.response.as_deref(), quoted).await?;
        let after = Review {
            author_id: None,
            author_name: None,
            title: None,
            body: None,
            moderation_note: before.moderation_note.clone().filter(|_| !is_noted),
            response: before.response.clone().map(|said| if is_answered { ERASED.to_owned() } else { said }),
            version: before.version + 1,
            updated_at: cause.at,
            ..before.clone()
        };
        repository::update(conn, &after).await?;
        outbox::publish(conn, cause, [Event::changed(before, &after).named("review.anonymised")]).await?;
    }
    Ok(files)
}

/// Returns `true` if a text quotes one of some words, also in capitals or without accents, as searches find them.
async fn quotes(conn: &Conn, text: Option<&str>, words: &[String]) -> Result<bool> {
    match text {
        Some(text) if !words.is_empty() => Ok(repository::mentions_one(conn, text, words).await?),
        _ => Ok(false),
    }
}
