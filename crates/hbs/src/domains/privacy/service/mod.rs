//! Use cases: erasures are asked for (`erasures`), of a person who is found (`person`), done in one transaction (`erasing`),
//! completed after it or repeated in a restored system (`completing`), and their signed answers fetched once more (`answers`).
pub mod answers;
pub mod completing;
pub mod erasing;
pub mod erasures;
pub mod export;
pub mod person;

use crate::Result;
use crate::app::App;
use crate::mail::{Letter, Queued};

/// The words of a queued mail. None: it is not wanted any more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    if mail.kind == answers::ERASED { answers::letter(app, mail).map(Some) } else { export::prepare_mail(app, mail).await }
}
