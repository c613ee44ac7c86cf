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
 * wrk counts every microsecond by itself and answers \`latency(i)\` with the i-th value that occurred and its count, for which it
 * walks from the lowest one each time. Where that would take long, 16 percentiles per halving of what is left stand for them.
 */
export const wrkValues = `  local distinct = #latency
  if distinct > 0 and distinct * (latency.max - latency.min + 1) / 2 <= ${wrkStepsMax} then
    for i = 1, distinct do
      local value, count = latency(i)
      values[i] = string.format("%d,%d", value, count)
    end
  elseif distinct > 0 then
    exact = false
    local before, cumulative = -1, 0
    for tick = 0, 320 do
      local fraction = tick == 320 and 1 or 1 - 0.5 ^ (tick / 16)
      local value = tick == 320 and latency.max or latency:percentile(fraction * 100)
      local millionths = math.floor(fraction * 1000000000)
      if value > before and millionths > cumulative then
        values[#values + 1] = string.format("%d,%d", value, millionths - cumulative)
        before, cumulative = value, millionths
      end
    end
  end`;
