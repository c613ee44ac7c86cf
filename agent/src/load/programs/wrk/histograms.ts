// Lua that hands out the values of `latency`, which wrk and wrk2 keep in different ways.

/** wrk2 keeps a histogram and answers `latency[i]` with the i-th value in order: strides that double find the end of a run of equals. */
export const wrk2Values = `  local n, i = #latency, 1
  while i <= n do
    local value, last, stride = latency[i], i, 1
    while last + stride <= n and latency[last + stride] == value do
      last, stride = last + stride, stride * 2
    end
    while stride >= 1 do
      if last + stride <= n and latency[last + stride] == value then last = last + stride end
      stride = math.floor(stride / 2)
    end
    values[#values + 1] = string.format("%d,%d", value, last - i + 1)
    i = last + 1
  end`;

/** Steps that wrk may take through its own array: about a second's work. */
const wrkStepsMax = 1_500_000_000;

/**
 * wrk counts every microsecond by itself and answers `latency(i)` with the i-th value that occurred and its count, for which it
 * walks from the lowest one each time: minutes, when a few answers were late and its back-fill made many values of them. LuaJIT
 * can read the array: count, limit, min, max, then a counter for each microsecond. Where that does not show the min and max that
 * `latency` tells, each value is asked for; where that would take long, 16 percentiles per halving of what is left stand for them.
 */
export const wrkValues = `  local distinct = #latency
  if distinct == 0 then latency = { min = 0, max = -1 } end
  local lowest, highest = latency.min, latency.max
  local isReadable, ffi = pcall(require, "ffi")
  local array = isReadable and distinct > 0 and ffi.cast("uint64_t **", latency)[0]
  if array and tonumber(array[2]) == lowest and tonumber(array[3]) == highest then
    for value = lowest, highest do
      local count = tonumber(array[4 + value])
      if count > 0 then values[#values + 1] = string.format("%d,%d", value, count) end
    end
  elseif distinct * (highest - lowest + 1) / 2 <= ${wrkStepsMax} then
    for i = 1, distinct do
      local value, count = latency(i)
      values[i] = string.format("%d,%d", value, count)
    end
  else
    exact = false
    local before, cumulative = -1, 0
    for tick = 0, 320 do
      local fraction = tick == 320 and 1 or 1 - 0.5 ^ (tick / 16)
      local value = tick == 320 and highest or latency:percentile(fraction * 100)
      local billionths = math.floor(fraction * 1000000000)
      if value > before and billionths > cumulative then
        values[#values + 1] = string.format("%d,%d", value, billionths - cumulative)
        before, cumulative = value, billionths
      end
    end
  end`;
