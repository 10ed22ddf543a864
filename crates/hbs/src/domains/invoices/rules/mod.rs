//! Content of an invoice: which lines of a folio are on it, what their taxes come to, how it is numbered, printed and told to
//! programs. Pure.
pub mod cii;
pub mod credit;
pub mod items;
pub mod number;
pub mod sheet;
pub mod ubl;
pub mod vat;
pub mod words;
mod xml;
