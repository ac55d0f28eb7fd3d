/** Host names by RFC 1123, and internationalized ones (IDNA 2008: RFC 5890 to 5893). */

const MAX_NAME = 253;
const MAX_LABEL = 63;

/** Tells whether a text is a host name in ASCII; the labels that its A-labels (`xn--…`) stand for have to be valid. */
export function isHostname(text: string): boolean {
  return isName(text.split('.'), (label) => /^[a-z\d-]+$/i.test(label));
}

/** Tells whether a text is a host name in any script; its dots may be those of Chinese, Japanese and Korean. */
export function isIdnHostname(text: string): boolean {
  return isName(text.split(/[.\u3002\uff0e\uff61]/u), () => true);
}

function isName(labels: readonly string[], isWritten: (label: string) => boolean): boolean {
  const shown: string[] = [];
  for (const label of labels) {
    if (!isWritten(label)) return false;
    const read = /^xn--/i.test(label) ? meant(label) : label;
    if (read === undefined || !isLabel(read)) return false;
    shown.push(read);
  }
  const length = shown.reduce((sum, label) => sum + asciiOf(label).length + 1, -1);
  const isBidi = shown.some((label) => RIGHT_TO_LEFT.test(label));
  return length <= MAX_NAME && (!isBidi || shown.every(isDirected));
}

/** Returns the U-label of an A-label, if this is the A-label of that U-label. */
function meant(label: string): string | undefined {
  const coded = label.slice(4).toLowerCase();
  const read = unpunycode(coded);
  return read !== undefined && /[^\0-\x7f]/u.test(read) && asciiOf(read) === `xn--${coded}` ? read : undefined;
}

function asciiOf(label: string): string {
  return /^[\0-\x7f]*$/u.test(label) ? label : `xn--${punycode(label)}`;
}

function isLabel(label: string): boolean {
  if (label === '' || /^-|-$/u.test(label) || asciiOf(label).length > MAX_LABEL) return false;
  if (/^[\0-\x7f]*$/u.test(label)) return /^[a-z\d-]+$/i.test(label);
  if (label.slice(2, 4) === '--' || label !== label.normalize('NFC') || /^\p{M}/u.test(label)) return false;
  return [...label].every((char, at, chars) => isAllowed(char, at, chars));
}

/** The exceptions of RFC 5892, section 2.6. */
const VALID = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/u;
const DISALLOWED = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;

function isAllowed(char: string, at: number, chars: readonly string[]): boolean {
  if (VALID.test(char)) return true;
  if (DISALLOWED.test(char)) return false;
  const [before = '', after = ''] = [chars[at - 1], chars[at + 1]];
  switch (char) {
    case '\u00b7':
      return before === 'l' && after === 'l';
    case '\u0375':
      return /\p{Script=Greek}/u.test(after);
    case '\u05f3':
    case '\u05f4':
      return /\p{Script=Hebrew}/u.test(before);
    case '\u30fb':
      return chars.some((other) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(other));
    case '\u200d':
      return isVirama(before);
    case '\u200c':
      return isVirama(before) || (joins(chars.slice(0, at).reverse(), true) && joins(chars.slice(at + 1), false));
  }
  if (/[\u0660-\u0669]/u.test(char)) return !chars.some((other) => /[\u06f0-\u06f9]/u.test(other));
  if (/[\u06f0-\u06f9]/u.test(char)) return !chars.some((other) => /[\u0660-\u0669]/u.test(other));
  if (/[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u20d0-\u20ff]/u.test(char)) {
    return false;
  }
  const stable = char.normalize('NFKC').toLowerCase().normalize('NFKC') === char;
  return stable && /[-\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u.test(char);
}

/**
 * Tells whether a character has the canonical combining class 9, for which JavaScript has no property: a normalized text
 * has it after a mark of class 8 (U+3099), and before one of class 10 (U+05B0).
 */
function isVirama(char: string): boolean {
  return /[^\u3099\u05b0]/u.test(char) && `\u05b0${char}\u3099`.normalize('NFD') === `\u3099${char}\u05b0`;
}

/**
 * The letters that join with their neighbours; then those that join only with the letter before, and those that do not
 * join.
 */
const JOINING = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mandaic}\p{Script=Mongolian}\p{Script=Phags_Pa}]/u;
const TO_THE_RIGHT_ALONE =
  /[\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef\u0710\u0715-\u0719\u071e\u0728\u072a\u072c\u072f\u074d]/u;
const NOT_JOINED = /[\u0621\u0674\u06dd]/u;

/**
 * Tells whether the letter beside the joiner, apart from marks, joins with it; `left` is true for the letter before it.
 */
function joins(chars: readonly string[], left: boolean): boolean {
  const letter = chars.find((char) => !/\p{Mn}/u.test(char));
  return letter !== undefined && JOINING.test(letter) && !NOT_JOINED.test(letter) && !(left && TO_THE_RIGHT_ALONE.test(letter));
}

const RIGHT_TO_LEFT =
  /[\u0590-\u05ff\u0600-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const ARABIC_NUMBER = /[\u0660-\u0669\u066b\u066c\u06dd]/u;
const NUMBER = /[0-9\u06f0-\u06f9]/u;

/**
 * Tells whether a label obeys the Bidi rule of RFC 5893, section 2, for names with letters that are written from right
 * to left.
 */
function isDirected(label: string): boolean {
  const chars = [...label].filter((char) => !/\p{Mn}/u.test(char));
  const [first = '', last = ''] = [chars[0], chars.at(-1)];
  const right = (char: string): boolean => RIGHT_TO_LEFT.test(char) && !ARABIC_NUMBER.test(char);
  const left = (char: string): boolean => /\p{L}/u.test(char) && !RIGHT_TO_LEFT.test(char);
  if (right(first)) {
    const mixed = chars.some((char) => ARABIC_NUMBER.test(char)) && chars.some((char) => NUMBER.test(char));
    return !mixed && !chars.some(left) && (right(last) || ARABIC_NUMBER.test(last) || NUMBER.test(last));
  }
  return left(first) && !chars.some((char) => RIGHT_TO_LEFT.test(char)) && (left(last) || NUMBER.test(last));
}

const [BASE, LEAST, MOST, SKEW, DAMP, BIAS, FIRST] = [36, 1, 26, 38, 700, 72, 128];

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / points);
  let steps = 0;
  while (rest > ((BASE - LEAST) * MOST) >> 1) {
    rest = Math.floor(rest / (BASE - LEAST));
    steps += BASE;
  }
  return steps + Math.floor(((BASE - LEAST + 1) * rest) / (rest + SKEW));
}

const threshold = (at: number, bias: number): number => Math.min(Math.max(at - bias, LEAST), MOST);

/** Encodes a label by RFC 3492, section 6.3. */
function punycode(label: string): string {
  const points = Array.from(label, (char) => char.codePointAt(0) as number);
  let out = String.fromCharCode(...points.filter((point) => point < FIRST));
  let handled = out.length;
  const basic = handled;
  if (basic > 0) out += '-';
  let [point, delta, bias] = [FIRST, 0, BIAS];
  while (handled < points.length) {
    const next = Math.min(...points.filter((other) => other >= point));
    delta += (next - point) * (handled + 1);
    point = next;
    for (const other of points) {
      if (other < point) delta += 1;
      if (other !== point) continue;
      let rest = delta;
      for (let at = BASE; ; at += BASE) {
        const limit = threshold(at, bias);
        if (rest < limit) break;
        out += digit(limit + ((rest - limit) % (BASE - limit)));
        rest = Math.floor((rest - limit) / (BASE - limit));
      }
      out += digit(rest);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    point += 1;
  }
  return out;
}

const digit = (value: number): string => String.fromCharCode(value < 26 ? 97 + value : 22 + value);

/** Decodes a label by RFC 3492, section 6.2. */
function unpunycode(text: string): string | undefined {
  const cut = Math.max(text.lastIndexOf('-'), 0);
  const points = Array.from(text.slice(0, cut), (char) => char.charCodeAt(0));
  let [point, index, bias] = [FIRST, 0, BIAS];
  let rest = text.slice(cut > 0 ? cut + 1 : 0);
  while (rest !== '') {
    const before = index;
    let weight = 1;
    for (let at = BASE; ; at += BASE) {
      const value = /^[a-z0-9]/.test(rest) ? parseInt(rest.slice(0, 1), 36) : NaN;
      if (Number.isNaN(value)) return undefined;
      const number = value < 10 ? value + 26 : value - 10;
      rest = rest.slice(1);
      index += number * weight;
      const limit = threshold(at, bias);
      if (number < limit) break;
      weight *= BASE - limit;
      if (weight > 0x7fffffff) return undefined;
    }
    bias = adapt(index - before, points.length + 1, before === 0);
    point += Math.floor(index / (points.length + 1));
    if (point > 0x10ffff) return undefined;
    index %= points.length + 1;
    points.splice(index, 0, point);
    index += 1;
  }
  return String.fromCodePoint(...points);
}
