/** Regular expressions of ECMA-262, as `pattern` uses them: they are searched for, and not anchored. */

/** A pattern, and the steps that a search with it takes in addition to those for its text. */
interface Compiled {
  readonly regex: RegExp;
  readonly steps: number;
}

const COMPILED = new Map<string, Compiled>();
const CHARACTERS_PER_STEP = 16;

/** The steps for a pattern with lookaround or back references, which may backtrack. */
const STEPS_BACK = 1000;
const BACKTRACKS = /\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</;

/** Tells whether a pattern is found in a text. */
export function searches(pattern: string, text: string, step: (steps?: number) => void): boolean {
  let compiled = COMPILED.get(pattern);
  if (compiled === undefined) {
    compiled = { regex: compile(pattern), steps: BACKTRACKS.test(pattern) ? STEPS_BACK : 0 };
    COMPILED.set(pattern, compiled);
  }
  step(compiled.steps + Math.floor(text.length / CHARACTERS_PER_STEP));
  return compiled.regex.test(text);
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}
