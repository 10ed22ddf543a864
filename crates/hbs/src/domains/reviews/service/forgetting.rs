//! Authors who are forgotten: their words go, their ratings stay and nobody's average changes.
use crate::app::App;
use crate::domains::reviews::model::Review;
use crate::domains::reviews::repository;
use crate::media;
use crate::outbox::{self, Cause, Event};
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use uuid::Uuid;

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
            let mut files = Vec::new();
            for before in &reviews {
                let photos = repository::delete_photos(conn, before).await?;
                files.extend(photos.iter().map(|photo| media::private_file(&photo.key, photo.format)));
                let after = Review {
                    author_id: None,
                    author_name: None,
                    title: None,
                    body: None,
                    version: before.version + 1,
                    updated_at: cause.at,
                    ..before.clone()
                };
                repository::update(conn, &after).await?;
                outbox::publish(conn, cause, [Event::changed(before, &after).named("review.anonymised")]).await?;
            }
            Ok::<_, Error>((reviews.len(), files))
        })
        .await?;
    drop(conn);
    app.objects.remove(&files).await;
    app.relay.wake();
    Ok(forgotten)
}
