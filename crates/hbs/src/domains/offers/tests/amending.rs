//! Amending stays that were sold with offers.
