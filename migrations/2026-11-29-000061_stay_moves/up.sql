-- The rooms that guests have left while they were in the house: a night that is over stays counted under the type that they were in.
CREATE TABLE stay_moves (
    property_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    -- The first night that they were in another room.
    moved_on date NOT NULL,
    -- The room until then, since the move before or the arrival, and its type at the time.
    room_id uuid,
    room_type_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, stay_id, moved_on),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id)
);
