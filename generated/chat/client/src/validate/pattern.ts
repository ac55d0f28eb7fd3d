/** Regular expressions of ECMA-262, as `pattern` has them: searched for, not anchored. */

const COMPILED = new Map<string, RegExp>();
const CHARACTERS_PER_STEP = 16;

/** Whether a pattern is found in a text. */
export function searches(pattern: string, text: string, step: (steps?: number) => void): boolean {
  step(Math.ceil(text.length / CHARACTERS_PER_STEP));
  return compiled(pattern).test(text);
}

function compiled(pattern: string): RegExp {
  let regex = COMPILED.get(pattern);
  if (regex === undefined) COMPILED.set(pattern, (regex = compile(pattern)));
  return regex;
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}
