import { expect, test } from "vitest";
import { addressKey, userKey } from "./attempt-limit.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::9", "2001:db8:1:2"],
  ["2001:db8::9", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
])("counts attempts from %s under %s", (ip, key) => {
  expect(addressKey(ip)).toBe(key);
});

test("counts spellings of one user together", () => {
  expect(userKey("\uff41dmin")).toBe("admin");
});
