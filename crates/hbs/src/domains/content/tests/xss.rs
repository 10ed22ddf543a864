//! xss
