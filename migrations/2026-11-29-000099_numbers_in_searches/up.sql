-- Says that a search text has each word of what is looked for, in whatever order. Numbers are found by their digits, however they are
-- grouped in either, and without the zeros before them, which stand for the plus sign or for a call within the country.
CREATE OR REPLACE FUNCTION has_words(text text, words text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN mentions_all(
        CASE WHEN words ~ '[0-9]' THEN text || ' ' || regexp_replace(text, '(?<=[0-9])[ ./-]+(?=[0-9])', '', 'g') ELSE text END,
        ARRAY(
            SELECT regexp_replace(word, '^0+([1-9][0-9]+)$', '\1')
            FROM regexp_split_to_table(folded(words), '[\s,;+()/".-]+') AS word WHERE word <> ''
        )
    );
