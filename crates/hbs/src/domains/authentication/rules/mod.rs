//! Pure decisions of authentication: `passwords` about secrets that people choose and get, `sign_in` about attempts,
//! codes and devices.
mod passwords;
mod sign_in;

pub use passwords::{INVITATION_LIFETIME, KEEP_SESSIONS, LINK_PAUSE, RESET_LIFETIME, VERIFICATION_LIFETIME, weakness};
pub use sign_in::{
    ADDRESS_IS_KNOWN, FAILURES_LAST, LoginName, PAUSES, RECOVERY_CODES, REFRESH_GRACE, SIGN_IN_IS_FRESH, TOTP_SECRET_BYTES,
    device, recovery_code, recovery_code_hash, seconds_until, totp_invitation, totp_step,
};
