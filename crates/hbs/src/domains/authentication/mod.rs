//! Signing in and staying signed in.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::{EMAIL_TAKEN, PHONE_TAKEN, PROBLEMS};
pub use jobs::jobs;
pub use service::{
    NewAccount, clear_lock_outs, create_account, forget_second_factor, invite, is_email_taken, locked_until, password_weakness,
    prepare_mail, request_email_change, reset_second_factor, shut_out,
};

use crate::app::App;
use crate::http::upload::picture_limit;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    let avatar = OpenApiRouter::new().routes(routes!(routes::set_avatar, routes::delete_avatar)).layer(picture_limit());
    OpenApiRouter::new()
        .merge(avatar)
        .routes(routes!(routes::register))
        .routes(routes!(routes::verify_email))
        .routes(routes!(routes::resend_verification))
        .routes(routes!(routes::forgot_password))
        .routes(routes!(routes::reset_password))
        .routes(routes!(routes::change_password))
        .routes(routes!(routes::accept_invitation))
        .routes(routes!(routes::login))
        .routes(routes!(routes::refresh))
        .routes(routes!(routes::logout))
        .routes(routes!(routes::get_me, routes::update_me))
        .routes(routes!(routes::jwks))
        .routes(routes!(routes::verify_mfa))
        .routes(routes!(routes::get_mfa))
        .routes(routes!(routes::set_up_totp, routes::remove_totp))
        .routes(routes!(routes::confirm_totp))
        .routes(routes!(routes::replace_recovery_codes))
        .routes(routes!(routes::list_sessions))
        .routes(routes!(routes::revoke_session))
        .routes(routes!(routes::logout_all))
}
