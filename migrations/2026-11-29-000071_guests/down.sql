DROP TABLE guest_merges;
DROP TABLE guest_documents;
DROP FUNCTION survivor_of (uuid, uuid);
DROP TABLE guests;
DROP TABLE accounts;
DROP FUNCTION has_words (text, text);
DROP FUNCTION search_text (text, text, text, text);
DROP FUNCTION phone_key (text);
DROP FUNCTION name_key (text);
