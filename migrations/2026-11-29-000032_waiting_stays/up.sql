-- Stays that wait for a room: there are few, and whoever frees a room looks for them.
CREATE INDEX stays_waiting ON stays (property_id, room_type_id, id) WHERE room_id IS NULL AND status IN ('held', 'confirmed');
