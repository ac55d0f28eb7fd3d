import { describe, expect, test } from 'vitest';

import {
  byBytes,
  byDatabase,
  byDateTime,
  byDecimal,
  byDuration,
  byInteger,
  byNumber,
  byText,
  byUuid,
  orderOf,
  type Comparator,
} from '../../../templates/ts/core/index.ts';
import samples from './order.json' with { type: 'json' };
import { Random, SEED } from './random.ts';

/** A value as the server sends it, and what it means: something that this test can compare by itself. */
interface Sample<Meaning> {
  readonly sent: unknown;
  readonly means: Meaning;
}

interface Kind<Meaning> {
  readonly by: Comparator;
  make(random: Random): Sample<Meaning>;
  compare(a: Meaning, b: Meaning): number;
}

const compareBig = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const padded = (value: bigint | number, width: number): string => String(value).padStart(width, '0');

/** Digits of a fraction of a second in nanoseconds: as few as it takes, or with zeros after them. */
function fraction(random: Random, nanos: bigint): string {
  const digits = padded(nanos, 9);
  const least = digits.replace(/0+$/, '').length;
  const length = random.whole(least, 9);
  return length === 0 ? '' : `.${digits.slice(0, length)}`;
}

/** Nanoseconds, often near each other or without a fraction. */
function nanos(random: Random): bigint {
  return random.of([0n, 0n, 500_000_000n, 450_000_000n, 1n, BigInt(random.whole(0, 999_999_999))]);
}

const decimals: Kind<{ mantissa: bigint; places: number }> = {
  by: byDecimal,
  make(random) {
    const places = random.whole(0, 30);
    const mantissa = random.big(random.of([1, 3, 30]));
    const digits = padded(mantissa < 0n ? -mantissa : mantissa, places + 1);
    const [whole, rest] = [digits.slice(0, digits.length - places), digits.slice(digits.length - places)];
    const sign = mantissa < 0n ? '-' : random.chance(0.1) ? '+' : '';
    const plain = `${sign}${whole}${places === 0 ? '' : `.${rest}`}`;
    const exponent = `${sign}${digits}${random.of(['e', 'E'])}-${places}`;
    return { sent: random.chance(0.8) ? plain : exponent, means: { mantissa, places } };
  },
  compare: (a, b) => compareBig(a.mantissa * 10n ** BigInt(b.places), b.mantissa * 10n ** BigInt(a.places)),
};

const DAY = 86_400n;

function dateOf(days: bigint): string {
  return new Date(Number(days * DAY * 1000n)).toISOString().slice(0, 10);
}

/** The first and the last day of what `Date` writes with four digits. */
const [FIRST, LAST] = [-719_162, 2_932_896];

function someDay(random: Random): bigint {
  return BigInt(random.of([random.whole(FIRST + 1, LAST - 1), random.whole(19_000, 19_010), -1, 0, FIRST + 1, LAST - 1]));
}

const dates: Kind<bigint> = {
  by: byDateTime,
  make(random) {
    const day = someDay(random);
    return { sent: dateOf(day), means: day };
  },
  compare: compareBig,
};

function clock(seconds: bigint): string {
  return [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => padded(part, 2)).join(':');
}

const dateTimes: Kind<bigint> = {
  by: byDateTime,
  make(random) {
    const [day, second, rest] = [someDay(random), BigInt(random.whole(0, 86_399)), nanos(random)];
    const local = day * DAY + second;
    const offset = random.of([0n, 0n, 60n, -330n, 840n, BigInt(random.whole(-840, 840))]);
    const size = offset < 0n ? -offset : offset;
    const zone = `${offset < 0n ? '-' : '+'}${padded(size / 60n, 2)}${random.of([':', ''])}${padded(size % 60n, 2)}`;
    const text = `${dateOf(day)}${random.of(['T', ' '])}${clock(second)}${fraction(random, rest)}`;
    const sent = text + (offset === 0n ? random.of(['Z', '', '+00:00', '-00:00']) : zone);
    return { sent, means: (local - offset * 60n) * 1_000_000_000n + rest };
  },
  compare: compareBig,
};

const times: Kind<bigint> = {
  by: byDuration,
  make(random) {
    const [second, rest] = [BigInt(random.whole(0, 86_399)), nanos(random)];
    return { sent: clock(second) + fraction(random, rest), means: second * 1_000_000_000n + rest };
  },
  compare: compareBig,
};

/** As the server writes them: `[-]days HH:MM:SS[.ffffff]`, where days of a negative one are counted down. */
const durations: Kind<bigint> = {
  by: byDuration,
  make(random) {
    const micros = random.of([random.big(18), random.big(12), random.big(7), 0n, -1n]);
    const rest = ((micros % (DAY * 1_000_000n)) + DAY * 1_000_000n) % (DAY * 1_000_000n);
    const days = (micros - rest) / (DAY * 1_000_000n);
    const below = rest % 1_000_000n;
    const text = `${clock(rest / 1_000_000n)}${below === 0n ? '' : `.${padded(below, 6)}`}`;
    return { sent: days === 0n ? text : `${days} ${text}`, means: micros };
  },
  compare: compareBig,
};

const POINTS = [0x20, 0x41, 0x7a, 0xe9, 0x7ff, 0xd7ff, 0xe000, 0xff5e, 0xffff, 0x10000, 0x1f600, 0x10ffff];

const texts: Kind<Buffer> = {
  by: byText,
  make(random) {
    const points = random.list(random.whole(0, 4), () => random.of(POINTS));
    const sent = String.fromCodePoint(...points);
    return { sent, means: Buffer.from(sent, 'utf8') };
  },
  // Bytes of UTF-8 are in the order of the code points.
  compare: (a, b) => Buffer.compare(a, b),
};

const bytes: Kind<Buffer> = {
  by: byBytes,
  make(random) {
    const means = Buffer.from(random.list(random.whole(0, 5), () => random.of([0, 1, 63, 64, 127, 128, 251, 255])));
    return { sent: means.toString('base64'), means };
  },
  compare: (a, b) => Buffer.compare(a, b),
};

const uuids: Kind<Buffer> = {
  by: byUuid,
  make(random) {
    const means = Buffer.from(random.list(16, () => (random.chance(0.7) ? 0 : random.whole(0, 255))));
    const text = means.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return { sent: random.chance(0.2) ? text.toUpperCase() : text, means };
  },
  compare: (a, b) => Buffer.compare(a, b),
};

const integers: Kind<bigint> = {
  by: byInteger,
  make(random) {
    const means = random.big(random.of([2, 15, 19]));
    const safe = Number.isSafeInteger(Number(means));
    return { sent: random.of(safe ? [Number(means), means, String(means)] : [means, String(means)]), means };
  },
  compare: compareBig,
};

const floats: Kind<number> = {
  by: byNumber,
  make(random) {
    const means = random.of([0, -0, 1, -1, 5e-324, 1.7976931348623157e308, random.next(), -random.next() * 1e20]);
    return { sent: means, means };
  },
  compare: (a, b) => Math.sign(a - b) || 0,
};

const booleans: Kind<boolean> = {
  by: byNumber,
  make(random) {
    const means = random.chance(0.5);
    return { sent: means, means };
  },
  compare: (a, b) => Number(a) - Number(b),
};

const KINDS = {
  decimals, dates, dateTimes, times, durations, texts, bytes, uuids, integers, floats, booleans,
} as { readonly [name: string]: Kind<unknown> };

describe.each(Object.entries(KINDS))('%s', (_, kind) => {
  test(`are compared by what they mean (seed ${SEED})`, () => {
    const random = new Random(SEED);
    for (let count = 0; count < 3000; count += 1) {
      const [a, b] = [kind.make(random), kind.make(random)];
      const found = Math.sign(kind.by(a.sent, b.sent)) + 0;
      const expected = Math.sign(kind.compare(a.means, b.means));
      expect(found, `${String(a.sent)} ${String(b.sent)}`).toBe(expected);
      expect(Math.sign(kind.by(b.sent, a.sent)) + 0, `${String(b.sent)} ${String(a.sent)}`).toBe(0 - expected);
      expect(kind.by(a.sent, a.sent) + 0).toBe(0);
    }
  });

  test(`sort rows as the server does, null first, with the key as the last (seed ${SEED})`, () => {
    const random = new Random(SEED + 1);
    for (let round = 0; round < 20; round += 1) {
      const rows = random.list(60, () => {
        const { sent, means } = kind.make(random);
        const none = random.chance(0.1);
        return { id: 0, value: none ? null : sent, means: none ? null : means };
      });
      const keyed = rows.map((row, index) => ({ ...row, id: index }));
      const descending = random.chance(0.5);
      const order = orderOf<(typeof keyed)[number]>([descending ? '-value' : 'value', 'id'], { value: kind.by, id: byInteger });
      const model = [...keyed].sort((a, b) => {
        const nulls = Number(b.means === null) - Number(a.means === null);
        const difference = a.means === null || b.means === null ? nulls : kind.compare(a.means, b.means);
        return (descending ? -difference : difference) || a.id - b.id;
      });
      const shuffled = [...keyed].sort((a, b) => ((a.id * 7919) % 61) - ((b.id * 7919) % 61));
      expect(shuffled.sort(order).map((row) => row.id)).toEqual(model.map((row) => row.id));
    }
  });
});

/** The same file is read by a test of the runtime (`runtime/tests/it/client_order.rs`). */
describe('what the server writes', () => {
  const comparators: { readonly [kind in keyof typeof samples]: Comparator } = {
    decimal: byDecimal, date: byDateTime, 'date-time': byDateTime, time: byDuration, duration: byDuration, uuid: byUuid,
    byte: byBytes, string: byText,
  };
  test.each(Object.keys(samples) as (keyof typeof samples)[])('of %s is in the order of the server', (kind) => {
    const texts = samples[kind];
    texts.forEach((a, i) => texts.forEach((b, j) => {
      expect(Math.sign(comparators[kind](a, b)) + 0, `${a} ${b}`).toBe(Math.sign(i - j) + 0);
    }));
  });
});

describe('an order', () => {
  test.each([
    [byDecimal, ['-100', '-9.50', '-9.5', '0', '9.50', '20.00', '100.00', '1E+3']],
    [byDateTime, ['0001-01-01T00:00:00Z', '2026-01-31T12:00:00Z', '2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500001Z']],
    [byDuration, ['-1 23:59:59', '-1 23:59:59.500000', '00:00:00', '2 00:00:00', '10 00:00:00']],
    [byInteger, ['9', '10', '9007199254740992', '9007199254740993']],
    [byNumber, [false, true]],
  ])('is that of values and not of their texts (%#)', (by, values) => {
    const pairs = values.slice(1).map((value, index) => by(values[index], value));
    expect(pairs.map((difference) => difference <= 0)).toEqual(pairs.map(() => true));
    expect(by(values.at(-1), values[0])).toBeGreaterThan(0);
  });

  test.each([
    [byDecimal, ['', '.', 'abc', '1,5', 'NaN', '--1', {}]],
    [byDateTime, ['', 'now', '2026-13-01', '2026-01-31T25:00:00Z', 7]],
    [byDuration, ['', 'P1D', '1:2', 'abc', 7]],
    [byInteger, ['abc', {}]],
    [byNumber, ['abc', {}]],
  ])('does not guess where it cannot read (%#)', (by, values) => {
    const good = new Map<Comparator, unknown>([
      [byDecimal, '1'], [byDateTime, '2026-01-31'], [byDuration, '00:00:01'], [byInteger, 1], [byNumber, 1],
    ]).get(by);
    for (const value of values) expect([by(value, good), by(good, value)]).toEqual([NaN, NaN]);
  });

  test('does not guess what only the database knows', () => {
    expect(byDatabase('a', 'b')).toBeNaN();
    expect(byDatabase('a', 'a')).toBe(0);
    // What JSON has rounded may have been two numbers.
    expect(byInteger(2 ** 53, 2 ** 53)).toBeNaN();
    expect(byInteger(2 ** 53, 2 ** 53 + 2)).toBe(-1);
    expect(byInteger(2 ** 53, 9007199254740993n)).toBeNaN();
    const order = orderOf<{ a: number; b?: string }>(['-a', 'b', 'a'], { a: byInteger, b: byDatabase });
    expect(order({ a: 2, b: 'x' }, { a: 1, b: 'y' })).toBe(-1);
    expect(order({ a: 1, b: 'x' }, { a: 1, b: 'y' })).toBeNaN();
    expect(order({ a: 1, b: 'x' }, { a: 1, b: 'x' })).toBe(0);
    // What is not shown is not known to be the same.
    expect(order({ a: 1 }, { a: 1 })).toBeNaN();
    expect(orderOf<{ a: number }>(['toString'], { a: byInteger })({ a: 1 }, { a: 1 })).toBeNaN();
  });

  test('finds values along foreign keys, where a row that is not there orders as null', () => {
    type Row = { shelf: { label: string } | null; keeper?: string };
    const order = orderOf<Row>(['shelf__label', '-keeper__name'], {
      shelf__label: [byText, 'shelf', 'label'],
      keeper__name: [byText, 'keeper'],
    });
    const rows: Row[] = [
      { shelf: null, keeper: 'a' },
      { shelf: { label: 'a' }, keeper: 'b' },
      { shelf: { label: 'a' }, keeper: 'a' },
      { shelf: { label: 'b' }, keeper: 'z' },
    ];
    expect([...rows].reverse().sort(order)).toEqual(rows);
  });

  test('without comparators takes values for what JavaScript takes them for', () => {
    const order = orderOf<{ a: string | null; b: number }>(['a', '-b']);
    const rows = [{ a: null, b: 2 }, { a: null, b: 1 }, { a: 'z', b: 1 }, { a: '\uFF5E', b: 1 }, { a: '\u{1F600}', b: 1 }];
    expect([...rows].reverse().sort(order)).toEqual(rows);
  });
});
