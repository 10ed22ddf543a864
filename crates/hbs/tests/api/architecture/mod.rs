//! Keeps the layers, the domains, the tables and the files apart, as docs/architecture.md draws them.
mod circles;
mod composition;
mod credentials;
mod docs;
mod domains;
mod kept;
mod layers;
mod limits;
mod marks;
mod schemas;
mod source;
mod tables;
