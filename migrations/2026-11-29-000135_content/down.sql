DROP TABLE content_version_media, content_version_links, content_media, content_redirects, content_locales, content_versions,
    content_items, content_stamps;
DROP FUNCTION note_content_change(), keep_published_texts(), content_words(text, text, text, text), dictionary_of(text), refuse_content_version_change();
