-- The date at a hotel at an instant: that of its calendar, whatever its business date.
CREATE FUNCTION local_date(of_property_id uuid, at timestamptz) RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT (at AT TIME ZONE time_zone)::date FROM properties WHERE id = of_property_id);
