-- A text as searches compare it: without accents, in lower case, with one form of each sign. It needs no extension, which a
-- server might not have. Most texts are ASCII and cost no more than `lower`.
CREATE FUNCTION folded(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN octet_length(text) = char_length(text) THEN lower(text)
        ELSE replace(replace(replace(replace(replace(
            translate(
                lower(regexp_replace(normalize(text, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g')),
                'øłđðıħŧςØŁĐÐĦŦÆŒÞ’‘ʼ‐‑–—', 'olddihtσolddhtæœþ''''''----'
            ),
            'ß', 'ss'), 'ẞ', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END;

-- Says that a text has another one somewhere in it, as searches compare them.
CREATE FUNCTION mentions(text text, part text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN strpos(folded(text), folded(part)) > 0;

-- Cities are searched for whatever the case and the accents.
DROP INDEX properties_city;
CREATE INDEX properties_city ON properties (folded(city), id) WHERE NOT is_deleted;

-- E-mail addresses of contacts are stored without blanks around them and in lower case, like those of accounts. No two rows can
-- become alike by that: only waitlists compare addresses, and they do so in lower case already, so there blanks stay.
UPDATE bookings SET contact_email = lower(btrim(contact_email)) WHERE contact_email <> lower(btrim(contact_email));
UPDATE groups SET contact_email = lower(btrim(contact_email)) WHERE contact_email <> lower(btrim(contact_email));
UPDATE properties SET email = lower(btrim(email)) WHERE email <> lower(btrim(email));
UPDATE waitlist_entries SET contact_email = lower(contact_email) WHERE contact_email <> lower(contact_email);
