CREATE OR REPLACE FUNCTION has_words(text text, words text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN mentions_all(text, ARRAY(
        SELECT word FROM regexp_split_to_table(folded(words), '[\s,;+()/"-]+') AS word WHERE word <> ''
    ));
