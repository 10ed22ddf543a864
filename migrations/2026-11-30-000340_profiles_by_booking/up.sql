-- The booking that a profile was made for, where one was. Whoever has that booking erased has brought the profile; one that the desk
-- made, or that another booking brought, was merely found. There is no reference: a profile is written before its booking is.
ALTER TABLE guests ADD COLUMN made_for_booking_id uuid;

-- A booking and the profile that it made were written at one instant. So were all bookings of an import, whose profiles the hotel
-- brought: where several bookings share an instant, no profile counts as made for one of them.
UPDATE guests g SET made_for_booking_id = b.id
FROM (SELECT property_id, created_at FROM bookings GROUP BY property_id, created_at HAVING count(*) = 1) alone
JOIN bookings b USING (property_id, created_at)
WHERE b.property_id = g.property_id AND b.guest_id = g.id AND b.created_at = g.created_at;
