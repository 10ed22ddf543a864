//! Selling with offers: searches, quotes and sales say the same, and a quote holds its price.
