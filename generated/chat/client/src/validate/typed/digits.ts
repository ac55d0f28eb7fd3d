/** Decimal digits of any script, which Python reads as those of ASCII. */

/** Returns the text with its decimal digits as ASCII digits, and all other characters as they are. */
export function withAsciiDigits(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return Array.from(text, (char) => (char > '\x7f' && /\p{Nd}/u.test(char) ? digit(char) : char)).join('');
}

/** The same; undefined if another character is not ASCII. */
export function asciiDigits(text: string): string | undefined {
  const ascii = withAsciiDigits(text);
  return /^[\0-\x7f]*$/.test(ascii) ? ascii : undefined;
}

/** Returns a decimal digit of any script in ASCII. Such digits come in runs of ten, each beginning with its zero. */
function digit(char: string): string {
  const code = char.codePointAt(0) as number;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before += 1;
  return String(before % 10);
}
