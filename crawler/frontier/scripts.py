"""What is asked of Redis as one step each, in its own language. Redis runs a script whole or not at all.

All names begin with ``KEYS[1]``, the prefix of one site of one installation:

``:run``        hash: state (opening, open, ended), epoch, id of the run, when it was begun, phase, flags, counts
``:queue``      sorted set of task ids: the lower the sooner
``:leased``     sorted set of task ids by the moment (ms) at which their lease ends
``:holders``    hash: task id -> token of its lease
``:tasks``      hash: task id -> the task, ``:scores`` its place in the queue, ``:tries`` how many leases of it ran out
``:asked``      set of all ids that were ever queued in this run
``:seen``, ``:boards``, ``:walks``, ``:keys:N``, ``:urls:N``    what the lists have shown
``:problems``, ``:reached``, ``:workers``, ``:shares``, ``:result``    how the run goes, and how it went
"""

from __future__ import annotations

_CLOCK = """
local p = KEYS[1]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""
# the epoch is drawn anew whenever a frontier is laid out: nobody can take an old lease for one of the new
_HEAD = (
    _CLOCK
    + """
if redis.call('HGET', p..':run', 'epoch') ~= ARGV[1] then return redis.error_reply('LOST') end
"""
)
_PUSH = """
local function push(id, priority, task)
  local place = redis.call('HINCRBY', p..':run', 'sequence', 1) - priority * 1e10
  redis.call('HSET', p..':tasks', id, task)
  redis.call('HSET', p..':scores', id, place)
  redis.call('ZADD', p..':queue', place, id)
end
"""
_FORGET = """
local function forget(id)
  redis.call('ZREM', p..':leased', id)
  for _, name in ipairs({':holders', ':tasks', ':scores', ':tries'}) do redis.call('HDEL', p..name, id) end
end
"""
_WIPE = """
local function wipe()
  for i = 0, tonumber(redis.call('HGET', p..':run', 'lists') or '0') - 1 do
    redis.call('UNLINK', p..':keys:'..i, p..':urls:'..i)
  end
  for _, name in ipairs({':queue', ':leased', ':holders', ':tasks', ':scores', ':tries', ':asked', ':seen', ':boards',
      ':walks', ':problems', ':reached', ':workers', ':shares', ':result'}) do
    redis.call('UNLINK', p..name)
  end
end
"""

CLAIM = (
    _CLOCK
    + _WIPE
    + """
-- epoch, settings, most ms without a sign of life, ms to open, ms since somebody asked for this process
local run = redis.call('HMGET', p..':run', 'state', 'epoch', 'settings', 'id', 'full', 'started', 'beat', 'until', 'over')
local state, alive = run[1], redis.call('ZCOUNT', p..':workers', now, '+inf')
if state == 'ended' and tonumber(run[9]) > now - ARGV[5] and redis.call('EXISTS', p..':result') == 1 then
  return {'ended'}
end
if state == 'opening' and tonumber(run[8]) > now then return {'wait'} end
if state == 'open' then
  if run[3] == ARGV[2] and (alive > 0 or now - tonumber(run[7]) < tonumber(ARGV[3])) then
    return {'join', run[2], run[4], run[5], now - tonumber(run[6])}
  end
  if alive > 0 then return {'other'} end
end
wipe()
redis.call('UNLINK', p..':run')
redis.call('HSET', p..':run', 'state', 'opening', 'epoch', ARGV[1], 'settings', ARGV[2], 'until', now + ARGV[4])
return {'open', ARGV[1]}
"""
)

BEGIN = (
    _HEAD
    + _PUSH
    + """
-- epoch, id, full, number of lists, then (id, priority, task)...
if redis.call('HGET', p..':run', 'state') ~= 'opening' then return 0 end
redis.call('HSET', p..':run', 'state', 'open', 'id', ARGV[2], 'full', ARGV[3], 'lists', ARGV[4],
  'started', now, 'beat', now, 'phase', 'lists', 'listed', 0)
for i = 5, #ARGV, 3 do
  if redis.call('SADD', p..':asked', ARGV[i]) == 1 then push(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
end
return 1
"""
)

PUSH = (
    _HEAD
    + _PUSH
    + """
-- epoch, id, priority, task
if redis.call('SADD', p..':asked', ARGV[2]) == 0 then return 0 end
push(ARGV[2], ARGV[3], ARGV[4])
return 1
"""
)

POP = (
    _HEAD
    + """
-- epoch, token, ms of a lease
for _, id in ipairs(redis.call('ZRANGEBYSCORE', p..':leased', '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', p..':leased', id)
  redis.call('HDEL', p..':holders', id)
  redis.call('HINCRBY', p..':tries', id, 1)
  redis.call('ZADD', p..':queue', redis.call('HGET', p..':scores', id), id)
end
local found = redis.call('ZPOPMIN', p..':queue')
if #found == 0 then return {} end
redis.call('ZADD', p..':leased', now + ARGV[3], found[1])
redis.call('HSET', p..':holders', found[1], ARGV[2])
return {found[1], redis.call('HGET', p..':tasks', found[1]), tonumber(redis.call('HGET', p..':tries', found[1]) or 0)}
"""
)

GIVE_BACK = (
    _HEAD
    + """
-- epoch, then (id, token)...
local given = 0
for i = 2, #ARGV, 2 do
  if redis.call('HGET', p..':holders', ARGV[i]) == ARGV[i + 1] then
    redis.call('ZREM', p..':leased', ARGV[i])
    redis.call('HDEL', p..':holders', ARGV[i])
    redis.call('ZADD', p..':queue', redis.call('HGET', p..':scores', ARGV[i]), ARGV[i])
    given = given + 1
  end
end
return given
"""
)

SETTLE = (
    _HEAD
    + _PUSH
    + _FORGET
    + """
-- epoch, id, token, most items, listed besides, list, its walk, board, cut short, then counted groups:
-- keys, urls, fresh keys, problems (kind, reason), limits reached, children (id, priority, task)
if redis.call('HGET', p..':holders', ARGV[2]) ~= ARGV[3] then return 0 end
forget(ARGV[2])
local at = 10
local function group(width, take)
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    take(ARGV[at], ARGV[at + 1], ARGV[at + 2])
    at = at + width
  end
end
local listed = tonumber(ARGV[5])
if ARGV[7] ~= '' then redis.call('HSET', p..':walks', ARGV[6], ARGV[7]) end
if ARGV[8] ~= '' then redis.call('SADD', p..':boards', ARGV[8]) end
if ARGV[9] == '1' then redis.call('HSET', p..':run', 'cut', 1) end
group(1, function(key) redis.call('SADD', p..':keys:'..ARGV[6], key) end)
group(1, function(url) redis.call('SADD', p..':urls:'..ARGV[6], url) end)
group(1, function(key) listed = listed + redis.call('SADD', p..':seen', key) end)
group(2, function(kind, reason) redis.call('HSET', p..':problems', kind, reason) end)
group(1, function(name) redis.call('SADD', p..':reached', name) end)
group(3, function(id, priority, task)
  if redis.call('SISMEMBER', p..':asked', id) == 1 then return end
  if string.sub(id, 1, 1) == 'i' then
    if tonumber(redis.call('HGET', p..':run', 'items') or '0') >= tonumber(ARGV[4]) then
      redis.call('HSET', p..':run', 'cut', 1)
      redis.call('SADD', p..':reached', 'items')
      return
    end
    redis.call('HINCRBY', p..':run', 'items', 1)
  end
  redis.call('SADD', p..':asked', id)
  push(id, priority, task)
end)
redis.call('HINCRBY', p..':run', 'listed', listed)
return 1
"""
)

TICK = (
    _HEAD
    + _FORGET
    + """
-- epoch, worker, its share, ms of a lease, number of done, (id, token)... done, then (id, token)... still held
redis.call('ZADD', p..':workers', now + ARGV[4], ARGV[2])
redis.call('HSET', p..':shares', ARGV[2], ARGV[3])
redis.call('HSET', p..':run', 'beat', now)
local first, kept = 6 + 2 * ARGV[5], 0
for i = 6, first - 1, 2 do
  if redis.call('HGET', p..':holders', ARGV[i]) == ARGV[i + 1] then
    forget(ARGV[i])
    kept = kept + 1
  end
end
local lost = {}
for i = first, #ARGV, 2 do
  if redis.call('HGET', p..':holders', ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', p..':leased', now + ARGV[4], ARGV[i])
  else
    lost[#lost + 1] = ARGV[i + 1]
  end
end
local told = redis.call('HMGET', p..':run', 'state', 'stop')
return {kept, redis.call('ZCARD', p..':queue'), redis.call('ZCARD', p..':leased'), told[1], told[2] or '', lost}
"""
)

ADVANCE = (
    _HEAD
    + _PUSH
    + """
-- epoch, id, priority, task of the last phase
if redis.call('HGET', p..':run', 'state') ~= 'open' then return 'done' end
if redis.call('ZCARD', p..':queue') + redis.call('ZCARD', p..':leased') > 0 then return 'wait' end
if redis.call('HGET', p..':run', 'phase') ~= 'lists' then return 'done' end
redis.call('HSET', p..':run', 'phase', 'checks')
push(ARGV[2], ARGV[3], ARGV[4])
return 'checks'
"""
)

LEAVE = (
    _HEAD
    + """
-- epoch, worker, why all should stop or nothing: how many others are alive
redis.call('ZREM', p..':workers', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', p..':run', 'stop', ARGV[3]) end
return redis.call('ZCOUNT', p..':workers', now, '+inf')
"""
)

CLAIM_END = (
    _HEAD
    + """
-- epoch, worker, ms to end it in, 1 to end it even if pages are left
local run = redis.call('HMGET', p..':run', 'state', 'ender', 'ending')
if run[1] ~= 'open' then return 'ended' end
local left = redis.call('ZCARD', p..':queue') + redis.call('ZCARD', p..':leased')
if left > 0 and ARGV[4] ~= '1' then return 'left' end
if run[2] and run[2] ~= ARGV[2] and tonumber(run[3]) > now then return 'wait' end
redis.call('HSET', p..':run', 'ender', ARGV[2], 'ending', now + ARGV[3])
return 'yours'
"""
)

END = (
    _HEAD
    + _WIPE
    + """
-- epoch, result, ms for which it is kept
wipe()
redis.call('HSET', p..':run', 'state', 'ended', 'over', now)
redis.call('PEXPIRE', p..':run', ARGV[3])
redis.call('SET', p..':result', ARGV[2], 'PX', ARGV[3])
return 1
"""
)

DROP = (
    _HEAD
    + _WIPE
    + """
wipe()
redis.call('UNLINK', p..':run')
return 1
"""
)

TAKE = (
    _CLOCK
    + """
-- token, ms between two requests, requests at once, ms after which a place is free again whatever happened
redis.call('ZREMRANGEBYSCORE', p..':busy', '-inf', now)
if redis.call('ZCARD', p..':busy') >= tonumber(ARGV[3]) then return -1 end
local start = math.max(now, tonumber(redis.call('GET', p..':next') or '0'))
redis.call('ZADD', p..':busy', start + ARGV[4], ARGV[1])
redis.call('PEXPIRE', p..':busy', start - now + ARGV[4])
redis.call('SET', p..':next', string.format('%.0f', start + ARGV[2]), 'PX', start - now + ARGV[2] + 1)
return start - now
"""
)

PAUSE = (
    _CLOCK
    + """
-- ms in which nothing more is asked
local start = math.max(now + ARGV[1], tonumber(redis.call('GET', p..':next') or '0'))
redis.call('SET', p..':next', string.format('%.0f', start), 'PX', start - now + 1)
return 1
"""
)
