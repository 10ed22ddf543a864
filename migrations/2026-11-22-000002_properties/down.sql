DROP TABLE inventory, tax_rules, rooms, room_type_amenities, room_types, amenities, role_assignments, properties;
