/** The problems of a value and their paths: as issues of a Standard Schema, and as the server would answer them. */

/** A place in a value: the key of a member or the index of an item, and the place of its array or object. */
export interface Place {
  readonly up: Place | undefined;
  readonly key: string | number;
}

/** A problem of a value. */
export interface Problem {
  /** The place of the problem; `undefined` for the value itself. */
  readonly at: Place | undefined;
  readonly message: string;
  /** The keyword of JSON Schema that reports it. */
  readonly keyword: string;
  /** Whether it concerns an object as a whole. */
  readonly ofObject: boolean;
}

/** The reason why a value is refused without validating the rest of it. */
export class Refused extends Error {}

/** The errors that the server answers, by the paths in the value: messages, or the errors of members and items. */
export type Errors = readonly string[] | { readonly [key: string]: Errors };

/** Returns the path of a place, from the outermost value to the innermost. */
export function pathOf(place: Place | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = place; at !== undefined; at = at.up) path.push(at.key);
  return path.reverse();
}

/** The messages at a place and below it. */
interface Branch {
  readonly own: Set<string>;
  readonly below: Map<string, Branch>;
  ofObject: boolean;
}

const branch = (): Branch => ({ own: new Set(), below: new Map(), ofObject: false });

/** Returns the problems in the format of the server's answers. */
export function errorsOf(problems: readonly Problem[]): Errors {
  const root = branch();
  for (const problem of problems) {
    let found = root;
    for (const key of pathOf(problem.at).map(String)) {
      let next = found.below.get(key);
      if (next === undefined) found.below.set(key, (next = branch()));
      found = next;
    }
    found.own.add(problem.message);
    found.ofObject ||= problem.ofObject;
  }
  return shown(root);
}

function shown({ own, below, ofObject }: Branch): Errors {
  if (below.size === 0 && !ofObject) return [...own];
  // The object has no prototype, so that every name can be a member.
  const errors: { [key: string]: Errors } = Object.create(null) as { [key: string]: Errors };
  if (own.size > 0) errors['non_field_errors'] = [...own];
  for (const [key, inner] of below) errors[key] = shown(inner);
  return errors;
}
