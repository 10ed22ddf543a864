-- The generic cell rate algorithm: each key holds one number, the time at which its budget would be whole
-- again if nothing more came ("theoretical arrival time"), in microseconds of the clock of Redis. A request
-- moves it on by one interval, and is refused if that would put it more than the whole budget ahead of now.
--
-- KEYS[1]  whose budget
-- ARGV[1]  microseconds in which one request is earned
-- ARGV[2]  how many requests may come at once: the whole budget
-- Returns  whether the request may pass (1 or 0), how many more may at once, and the milliseconds until the
--          next may if this one may not.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local interval = tonumber(ARGV[1])
local whole = interval * tonumber(ARGV[2])

local arrival = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now) + interval
local ahead = arrival - now
if ahead > whole then
  return {0, 0, math.ceil((ahead - whole) / 1000)}
end
-- A whole budget is as good as none kept, so the key goes when it is whole.
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil(ahead / 1000))
return {1, math.floor((whole - ahead) / interval), 0}
