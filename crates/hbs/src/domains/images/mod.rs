//! Pictures of hotels and of room types, and the files of all pictures.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::ImageOut;
pub use error::PROBLEMS;
pub use jobs::jobs;
pub use model::{Image, NewImage};
pub use repository::{insert, of_properties, of_property, of_room_type, of_room_types};
pub use service::by_room_type;

use crate::app::App;
use crate::http::upload::picture_limit;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    let uploads = OpenApiRouter::new()
        .routes(routes!(routes::list_property_images, routes::add_property_image))
        .routes(routes!(routes::list_room_type_images, routes::add_room_type_image))
        .layer(picture_limit());
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(routes::get_property_image, routes::update_property_image, routes::delete_property_image))
        .routes(routes!(routes::order_property_images))
        .routes(routes!(routes::get_room_type_image, routes::update_room_type_image, routes::delete_room_type_image))
        .routes(routes!(routes::order_room_type_images))
        .routes(routes!(routes::download_image))
}
