pub mod documents;
mod heads;
mod items;
mod media;
mod public;
mod versions;

pub use heads::{
    delete_own_redirect, delete_redirect, due, find_head, heads_of, insert_head, lock_slugs, mark_heads_deleted, put_redirect,
    update_head,
};
pub use items::{begin_item, delete_item, find_item, insert_item, linking, list_items, lock_item, lock_items, update_item};
pub use media::{delete_media, find_media, insert_media, list_media, lock_media, media_of_sites, share_media, showing};
pub use public::{
    addresses, excerpts, found, live_at_hotels, live_at_slug, live_items, live_of, live_of_items, moved_to, targets,
};
pub use versions::{existing, find_version, find_version_by_id, insert_version, list_versions, version_ids};
