mod arrivals;
mod balances;
mod choice;
mod figures;
mod money;
mod pace;
mod register;
mod revenue;
mod stays;

pub use arrivals::*;
pub use balances::*;
pub use choice::*;
pub use figures::*;
pub use money::*;
pub use pace::*;
pub use register::*;
pub use revenue::*;
pub use stays::*;

/// Note on the column `key`, which has a date, a word or an identifier.
fn note_on_keys(group: &str) -> String {
    format!("Key: the {} of each line.", group.replace('_', " "))
}

/// Note at the end of a report that does not show all.
fn note_on_end(is_complete: bool) -> Vec<String> {
    if is_complete { Vec::new() } else { vec!["There are more than these, which the report does not show.".to_owned()] }
}

/// Note on figures over hotels of several currencies, of which there are parts.
fn note_on_currencies<T>(parts: &[T]) -> Option<String> {
    let note = "Lines without a currency are over all hotels. Amounts of several currencies are not added up.";
    (!parts.is_empty()).then(|| note.to_owned())
}
