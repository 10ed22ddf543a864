//! Use cases of checkpoints: made, read, compared with the record, and what they let the outbox forget.
mod comparing;
mod keys;
mod making;
mod reading;
mod retention;

pub use comparing::{Difference, VerifiedKept, compare, verify_kept};
pub use keys::{PublicKey, Signed, Signer, is_signed, is_signed_by, public_keys, published, rotate_key, sign, signer};
pub use making::{make, make_if_due};
pub use reading::{get, list, newest, set_gauges};
pub use retention::prune_outbox;
