//! Offers with limits: however many book, cancel, confirm and let holds expire at once, no more is counted than there is, and what is
//! counted is what is live.
