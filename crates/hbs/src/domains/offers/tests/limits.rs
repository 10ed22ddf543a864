//! Limits of offers: what is counted, given back and taken again.
