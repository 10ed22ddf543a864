-- Nights that say nothing else are not kept.
DELETE FROM rates
WHERE num_nonnulls(
    price_minor, extra_adult_minor, extra_children, min_stay, max_stay, closed_to_arrival, closed_to_departure, stop_sell,
    min_advance_days, max_advance_days
) = 0;
ALTER TABLE rates DROP COLUMN min_stay_through;
