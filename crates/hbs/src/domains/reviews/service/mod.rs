//! Use cases of reviews. Whoever changes a review locks it first; at the end of the transaction its count is changed, under the
//! lock of the hotel's stamp.
mod authors;
mod forgetting;
mod invitations;
mod letters;
mod photos;
mod reading;
mod reports;
mod staff;
mod writing;

pub use authors::{delete, update};
pub use forgetting::{Forgotten, forget_author, forget_guests};
pub use invitations::{invite, open_link};
pub use letters::prepare_mail;
pub use photos::{add_photo, delete_photo, photo};
pub use reading::{averages, figures, get, list, list_own, list_within, markup, stamp, summary};
pub use reports::{list_reports, report};
pub use staff::{moderate, respond, response_versions, withdraw_response};
pub use writing::{create, create_by_link};

use super::dto::{ReviewOut, Sight};
use super::model::{Review, ReviewPhoto};
use super::repository;
use crate::Result;
use crate::stores::postgres::Conn;

/// A review as somebody sees it, with its photos.
async fn shown(conn: &Conn, review: Review, sight: Sight) -> Result<ReviewOut> {
    let photos = photos_of(conn, &review).await?;
    Ok(ReviewOut::new(review, photos, sight))
}

async fn photos_of(conn: &Conn, review: &Review) -> Result<Vec<ReviewPhoto>> {
    let of = std::slice::from_ref(review);
    Ok(repository::photos_of(conn, of).await?.remove(&review.id).unwrap_or_default())
}

/// Several reviews as somebody sees them, with their photos, in their order.
async fn all_shown(conn: &Conn, reviews: Vec<Review>, sight: impl Fn(&Review) -> Sight) -> Result<Vec<ReviewOut>> {
    let mut photos = repository::photos_of(conn, &reviews).await?;
    let out = |review: Review| {
        let (photos, sight) = (photos.remove(&review.id).unwrap_or_default(), sight(&review));
        ReviewOut::new(review, photos, sight)
    };
    Ok(reviews.into_iter().map(out).collect())
}
