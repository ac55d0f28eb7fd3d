/** What is wrong with a value, and where: as issues of a Standard Schema, and as the server would answer it. */

/** A place in a value: the key of a member or the index of an item, and where the array or object stands. */
export interface Place {
  readonly up: Place | undefined;
  readonly key: string | number;
}

/** Something that is wrong. */
export interface Problem {
  /** Where; the value itself if it is `undefined`. */
  readonly at: Place | undefined;
  readonly message: string;
  /** What keyword of JSON Schema says so. */
  readonly keyword: string;
  /** Whether it is said of an object as a whole. */
  readonly ofObject: boolean;
}

/** Why a value is refused without a look at the rest of it. */
export class Refused extends Error {}

/** What the server says of a value, by the places in it: sentences, or what is said of members and items. */
export type Errors = readonly string[] | { readonly [key: string]: Errors };

/** Where a problem is, from the outermost value on. */
export function pathOf(place: Place | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = place; at !== undefined; at = at.up) path.push(at.key);
  return path.reverse();
}

/** Sentences at a place, and below it. */
interface Branch {
  readonly own: Set<string>;
  readonly below: Map<string, Branch>;
  ofObject: boolean;
}

const branch = (): Branch => ({ own: new Set(), below: new Map(), ofObject: false });

/** The problems as the server answers them. */
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
  // No member is taken for the prototype.
  const errors: { [key: string]: Errors } = Object.create(null) as { [key: string]: Errors };
  if (own.size > 0) errors['non_field_errors'] = [...own];
  for (const [key, inner] of below) errors[key] = shown(inner);
  return errors;
}
