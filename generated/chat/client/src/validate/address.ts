/** IP addresses as numbers. */

/** Returns the four bytes of an IPv4 address, whose numbers have no leading zeros. */
export function ipv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  const bytes = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.length === 4 && bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** Returns the eight groups of an IPv6 address (RFC 4291, section 2.2). */
export function ipv6(text: string): readonly number[] | undefined {
  const last = text.lastIndexOf(':') + 1;
  const bytes = last > 0 && text.includes('.') ? ipv4(text.slice(last)) : undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes ?? [];
  const whole = bytes === undefined ? text : `${text.slice(0, last)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const halves = whole.split('::').map((half) => (half === '' ? [] : half.split(':')));
  if (!halves.flat().every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const [head = [], tail] = halves.map((half) => half.map((group) => parseInt(group, 16)));
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return halves.length === 2 && missing > 0 ? [...head, ...Array<number>(missing).fill(0), ...tail] : undefined;
}

/** Returns the IPv4 address in an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`). */
export function mapped(groups: readonly number[]): string | undefined {
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return undefined;
  return groups.slice(6).flatMap((group) => [group >> 8, group & 255]).join('.');
}

/** Returns the text of an IPv6 address in the format of RFC 5952. */
export function showIpv6(groups: readonly number[]): string {
  const four = mapped(groups);
  if (four !== undefined) return `::ffff:${four}`;
  let [start, length] = [0, 1];
  for (let at = 0; at < 8; at += 1) {
    const end = groups.findIndex((group, index) => index >= at && group !== 0);
    const zeros = (end < 0 ? 8 : end) - at;
    if (zeros > length) [start, length] = [at, zeros];
  }
  const shown = (from: number, to?: number): string => groups.slice(from, to).map((group) => group.toString(16)).join(':');
  return length === 1 ? shown(0) : `${shown(0, start)}::${shown(start + length)}`;
}
