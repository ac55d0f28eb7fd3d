/** JSON with all digits: numbers that JavaScript would round are `Exact`. */

import { exact } from '../../../templates/ts/validate/index.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARK = '\u0000exact:';

/** Reads a text of JSON; `make` is the `exact` of the validators that are given it. */
export function parse(text: string, make: (text: string) => unknown = exact): unknown {
  const marked = text.replace(TOKEN, (token) => {
    const kept = token.startsWith('"') || JSON.stringify(JSON.parse(token)) === token;
    return kept ? token : JSON.stringify(MARK + token);
  });
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? make(value.slice(MARK.length)) : value,
  );
}
