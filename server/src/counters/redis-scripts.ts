import { defineScript } from '../storage/open-redis.ts';

/**
 * How counters stand in Redis.
 *
 * A budget is a hash, in nano-dollars: for each holder (an instance since it connected) under `r:<holder>` what its calls
 * in flight reserve, and under `s:<holder>` what it has settled and not yet folded; and under `total` and `totalAt` what
 * the database said after the last fold. A rate is a hash: the sliding window as in memory (`at`, `q`, `t`, `pq`,
 * `pt`), and under `f:<holder>` the calls in flight. `leases` says until when a holder counts: what a dead instance
 * held is forgotten, since its reservations died with it and its journal is folded when it comes back.
 *
 * Times of leases and totals are Redis' own; those of windows are the caller's, as in memory.
 */
const common = `
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function whole(number) return string.format('%.0f', number) end
local windowMs = 60000
local keptMs = 3600000
local function window(key, now)
  local found = redis.call('HMGET', key, 'at', 'q', 't', 'pq', 'pt')
  local w = { at = tonumber(found[1] or now - now % windowMs), q = tonumber(found[2] or 0), t = tonumber(found[3] or 0),
    pq = tonumber(found[4] or 0), pt = tonumber(found[5] or 0) }
  local elapsed = math.floor((now - w.at) / windowMs)
  if elapsed > 0 then
    w.pq = elapsed == 1 and w.q or 0
    w.pt = elapsed == 1 and w.t or 0
    w.q, w.t, w.at = 0, 0, w.at + elapsed * windowMs
  end
  return w
end
local function keep(key, w)
  redis.call('HSET', key, 'at', whole(w.at), 'q', whole(w.q), 't', whole(w.t), 'pq', whole(w.pq), 'pt', whole(w.pt))
  redis.call('PEXPIRE', key, keptMs)
end
local function add(key, field, amount)
  if redis.call('HINCRBY', key, field, amount) <= 0 then redis.call('HDEL', key, field) end
  redis.call('PEXPIRE', key, keptMs)
end
`;

/** What the scripts that compare have in common. KEYS: leases, the instant of the last reset. ARGV: the holder first. */
const comparing = `${common}
local holder = ARGV[1]
local time = clock()
local lives = {}
local function isAlive(name)
  if name == holder then return true end
  if lives[name] == nil then
    local till = redis.call('HGET', KEYS[1], name)
    lives[name] = till and tonumber(till) > time or false
  end
  return lives[name]
end
-- The fields of a hash; those of living holders are added up under the letter before the colon.
local function holdings(key)
  local fields = redis.call('HGETALL', key)
  local found = { r = 0, s = 0, f = 0 }
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if string.sub(name, 2, 2) ~= ':' then found[name] = value
    elseif isAlive(string.sub(name, 3)) then
      local letter = string.sub(name, 1, 1)
      found[letter] = found[letter] + tonumber(value)
    else redis.call('HDEL', key, name) end
  end
  return found
end
local resetAt = tonumber(redis.call('GET', KEYS[2]) or 0)
-- What is spent of a budget, from what the database said to the caller, and what is reserved.
local function standing(key, spent, validMs)
  local found = holdings(key)
  local totalAt = tonumber(found.totalAt or 0)
  if totalAt > resetAt and time - totalAt < validMs then spent = math.max(spent, tonumber(found.total)) end
  return spent + found.s, found.r
end
`;

/**
 * Lets a call in or says what stands against it: one step for all budgets and rates of the call.
 *
 * KEYS: leases, the instant of the last reset, the budgets, the rates. ARGV: holder, now, reserve, number of budgets,
 * how long a total counts; for each budget what the database said, its limit (empty: none), and what the holder has
 * reserved and settled that Redis does not know; for each rate requests, tokens, calls in flight (empty: not limited).
 * Answer: 0, then for each rate, with this call, requests, tokens, calls in flight if those are limited, end of the
 * window · or 1, budget, spent, reserved · or 2, rate, 1 requests / 2 tokens / 3 in flight, end of the window.
 */
export const admitScript = defineScript(`${comparing}
local now, reserve, budgets, validMs = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local refusal = nil
for i = 1, budgets do
  local key, place = KEYS[2 + i], 5 + (i - 1) * 4
  local spent, limit = tonumber(ARGV[place + 1]), ARGV[place + 2]
  if ARGV[place + 3] ~= '0' then add(key, 'r:' .. holder, ARGV[place + 3]) end
  if ARGV[place + 4] ~= '0' then add(key, 's:' .. holder, ARGV[place + 4]) end
  if limit ~= '' and refusal == nil then
    local all, reserved = standing(key, spent, validMs)
    if all + reserved >= tonumber(limit) then refusal = { 1, i, all, reserved } end
  end
end
if refusal then return refusal end
local windows, answer = {}, { 0 }
local function say(number) answer[#answer + 1] = string.format('%.6f', number) end
for i = budgets + 1, #KEYS - 2 do
  local key, place = KEYS[2 + i], 5 + budgets * 4 + (i - budgets - 1) * 3
  local requests, tokens, parallel = ARGV[place + 1], ARGV[place + 2], ARGV[place + 3]
  local inFlight = parallel ~= '' and holdings(key).f or 0
  if parallel ~= '' and inFlight >= tonumber(parallel) then return { 2, i - budgets, 3, now + 1000 } end
  local w = window(key, now)
  local weight = 1 - (now - w.at) / windowMs
  if requests ~= '' and w.q + w.pq * weight >= tonumber(requests) then return { 2, i - budgets, 1, w.at + windowMs } end
  if tokens ~= '' and w.t + w.pt * weight >= tonumber(tokens) then return { 2, i - budgets, 2, w.at + windowMs } end
  w.q = w.q + 1
  windows[key] = w
  say(w.q + w.pq * weight)
  say(w.t + w.pt * weight)
  say(inFlight + 1)
  say(w.at + windowMs)
end
for i = 1, budgets do add(KEYS[2 + i], 'r:' .. holder, reserve) end
for key, w in pairs(windows) do
  keep(key, w)
  add(key, 'f:' .. holder, 1)
end
return answer
`);

/**
 * Says what `admitScript` would compare, and takes nothing.
 *
 * KEYS: leases, the instant of the last reset, the budgets, the rates. ARGV: holder, now, number of budgets, how long a
 * total counts; for each budget what the database said.
 * Answer: for each budget spent, reserved; for each rate requests, tokens, calls in flight, end of the window.
 */
export const lookScript = defineScript(`${comparing}
local now, budgets, validMs = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local answer = {}
local function say(number) answer[#answer + 1] = string.format('%.6f', number) end
for i = 1, budgets do
  local spent, reserved = standing(KEYS[2 + i], tonumber(ARGV[4 + i]), validMs)
  say(spent)
  say(reserved)
end
for i = budgets + 1, #KEYS - 2 do
  local key = KEYS[2 + i]
  local w = window(key, now)
  local weight = 1 - (now - w.at) / windowMs
  say(w.q + w.pq * weight)
  say(w.t + w.pt * weight)
  say(holdings(key).f)
  say(w.at + windowMs)
end
return answer
`);

/**
 * Adds to what a holder holds.
 *
 * KEYS: budgets, rates. ARGV: holder, now, number of budgets; for each budget what is added to the reserved and to the
 * settled, and what the database says now (empty: not known); for each rate tokens, and calls in flight.
 */
export const adjustScript = defineScript(`${common}
local holder, now, budgets = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 1, budgets do
  local key, place = KEYS[i], 3 + (i - 1) * 3
  local total = ARGV[place + 3]
  if ARGV[place + 1] ~= '0' then add(key, 'r:' .. holder, ARGV[place + 1]) end
  if ARGV[place + 2] ~= '0' then add(key, 's:' .. holder, ARGV[place + 2]) end
  if total ~= '' then
    local known = redis.call('HMGET', key, 'total', 'totalAt')
    -- Of two folds that ran at once the later one may be told first; it has the higher total.
    local isNewer = known[1] and tonumber(known[1]) > tonumber(total) and clock() - tonumber(known[2]) < 1000
    if not isNewer then redis.call('HSET', key, 'total', total, 'totalAt', whole(clock())) end
    redis.call('PEXPIRE', key, keptMs)
  end
end
for i = budgets + 1, #KEYS do
  local key, place = KEYS[i], 3 + budgets * 3 + (i - budgets - 1) * 2
  local w = window(key, now)
  w.t = w.t + tonumber(ARGV[place + 1])
  keep(key, w)
  if ARGV[place + 2] ~= '0' then add(key, 'f:' .. holder, ARGV[place + 2]) end
end
`);

/**
 * Lets a holder count for a while longer. KEYS: leases. ARGV: holder, for how long, the holder that it replaces (empty:
 * none). Answer: 1 when the holder was counted all the while, else 0.
 */
export const leaseScript = defineScript(`${common}
local time = clock()
local till = redis.call('HGET', KEYS[1], ARGV[1])
local wasAlive = till and tonumber(till) > time
redis.call('HSET', KEYS[1], ARGV[1], whole(time + tonumber(ARGV[2])))
if ARGV[3] ~= '' then redis.call('HDEL', KEYS[1], ARGV[3]) end
local leases = redis.call('HGETALL', KEYS[1])
for i = 1, #leases, 2 do
  if tonumber(leases[i + 1]) < time - keptMs then redis.call('HDEL', KEYS[1], leases[i]) end
end
return wasAlive and 1 or 0
`);

/** Notes that the database was changed, so that totals from before count no more. KEYS: the instant of the last reset. */
export const resetScript = defineScript(`${common}
redis.call('SET', KEYS[1], whole(clock()))
`);

/** Everything that Redis has to know before it is asked. */
export const redisScripts = [admitScript, lookScript, adjustScript, leaseScript, resetScript];
