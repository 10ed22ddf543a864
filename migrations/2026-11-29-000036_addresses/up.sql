-- E-mail addresses of contacts are stored without blanks around them and in lower case, like those of accounts. No two rows can
-- become alike by that: only waitlists compare addresses, and they do so in lower case already, so there blanks stay.
UPDATE bookings SET contact_email = lower(btrim(contact_email)) WHERE contact_email <> lower(btrim(contact_email));
UPDATE groups SET contact_email = lower(btrim(contact_email)) WHERE contact_email <> lower(btrim(contact_email));
UPDATE properties SET email = lower(btrim(email)) WHERE email <> lower(btrim(email));
UPDATE waitlist_entries SET contact_email = lower(contact_email) WHERE contact_email <> lower(contact_email);
