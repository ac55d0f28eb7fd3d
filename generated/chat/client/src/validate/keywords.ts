/** The keywords of JSON Schema 2020-12. */

import type { Resource, Schema, Site, Target } from './documents.js';
import { canonical, lengthOf, own, type Members } from './json.js';
import { compare, isMultiple, isWhole, textOf, type AnyNumber } from './number.js';
import { searches } from './pattern.js';
import type { Place, Problem } from './problem.js';
import { nothing, subject, type Evaluated, type Found, type Run, type Scope, type Subject } from './run.js';
import * as say from './sentences.js';

/** A schema that is applied to a value. */
interface Application extends Subject {
  readonly run: Run;
  readonly schema: Members;
  readonly scope: Scope;
  readonly found: Found;
  /** The members and items that were evaluated; `undefined` if no schema depends on them. */
  readonly evaluated: Evaluated | undefined;
}

/** A keyword, which is applied with its argument. */
type Keyword = (on: Application, argument: never) => void;

const fresh = (): Evaluated => ({ names: new Set(), items: new Set() });

/** Applies a schema to a value. */
export function apply(
  run: Run,
  schema: Schema,
  scope: Scope,
  on: Subject,
  found: Found,
  evaluated: Evaluated | undefined = run.library.usesEvaluated ? fresh() : undefined,
): void {
  run.within(() => {
    if (schema === true) return;
    if (schema === false) return tell(on, found, 'false', say.NO_VALUE);
    const site = run.library.siteOf(schema, scope.site);
    const inner = site === scope.site ? scope : { site, outer: scope };
    check({ ...on, run, schema, scope: inner, found, evaluated }, keywordsOf(run, schema, site.resource));
  });
}

/** Applies all keywords of a schema, so that all errors are found; a wrong type ends it. */
function check(on: Application, keywords: readonly Named[]): void {
  const refused = new Set<string>();
  const { problems } = on.found;
  for (const [name, keyword, argument] of keywords) {
    if (name === 'enum' && refused.has('const')) continue;
    // If a subschema failed, it is unknown what it would have evaluated, so members and items are not reported as
    // unevaluated.
    if (name.startsWith('unevaluated') && BESIDE.some((other) => refused.has(other))) continue;
    const before = problems.length;
    keyword(on, argument as never);
    if (problems.length === before) continue;
    if (name === 'type') return;
    refused.add(name);
  }
}

/** A keyword of a schema, with its value. */
type Named = readonly [name: string, keyword: Keyword, argument: unknown];

/** The keywords that apply schemas to the value itself. */
const BESIDE = ['$ref', '$dynamicRef', 'dependentSchemas', 'dependencies', 'allOf', 'anyOf', 'oneOf', 'if'];

/** The keywords of the schemas, in the order in which they are applied. */
const READ = new WeakMap<Schema & object, readonly Named[]>();

function keywordsOf(run: Run, schema: Members, resource: Resource): readonly Named[] {
  let read = READ.get(schema);
  if (read === undefined) {
    const validates = run.library.has('validation', resource);
    read = Object.keys(KEYWORDS)
      .filter((name) => Object.hasOwn(schema, name) && (validates || !VALIDATION.has(name)))
      .map((name) => [name, KEYWORDS[name] as Keyword, schema[name]]);
    READ.set(schema, read);
  }
  return read;
}

function tell(on: Subject, found: Found, keyword: string, message: string, at: Place | undefined = on.at): void {
  const ofObject = at === on.at && (on.kind === 'object' || message.startsWith('Invalid data. Expected a dictionary'));
  found.problems.push({ at, message, keyword, ofObject });
}

const below = (on: Subject, key: string | number): Place => ({ up: on.at, key });

/** Applies a schema to a member or an item of a value. */
function inside(on: Application, schema: Schema, key: string | number, value: unknown, found = on.found): void {
  apply(on.run, schema, on.scope, subject(value, below(on, key)), found);
}

/** Applies another schema to the value itself, and returns what it has found and evaluated. */
function beside(on: Application, schema: Schema, scope = on.scope): readonly [Found, Evaluated | undefined] {
  const [found, evaluated] = [nothing(), on.evaluated && fresh()];
  apply(on.run, schema, scope, on, found, evaluated);
  return [found, evaluated];
}

/** Adds what another schema has found, and what it has evaluated. */
function take(on: Application, [found, evaluated]: readonly [Found, Evaluated | undefined]): void {
  on.found.problems.push(...found.problems);
  if (on.evaluated === undefined || evaluated === undefined) return;
  for (const name of evaluated.names) on.evaluated.names.add(name);
  for (const item of evaluated.items) on.evaluated.items.add(item);
}

function refer(on: Application, target: Target | undefined, reference: string): void {
  if (target === undefined) throw new TypeError(`there is no schema ${reference}`);
  take(on, beside(on, target.schema, { site: target.site, outer: on.scope }));
}

/** Returns the outermost schema of the dynamic scope that has this dynamic anchor. */
function outermost(on: Application, anchor: string): Target | undefined {
  let target: Target | undefined;
  for (let scope: Scope | undefined = on.scope; scope !== undefined; scope = scope.outer) {
    target = on.run.library.dynamic(scope.site.resource, anchor) ?? target;
  }
  return target;
}

function isType(type: unknown, { kind, value }: Subject): boolean {
  return type === kind || (type === 'integer' && kind === 'number' && isWhole(value as AnyNumber));
}

/** The canonical texts of the values of an `enum`. */
const CANONICAL = new WeakMap<object, ReadonlySet<string>>();

function isOneOf(on: Application, values: readonly unknown[]): boolean {
  let texts = CANONICAL.get(values);
  if (texts === undefined) CANONICAL.set(values, (texts = new Set(values.map((value) => canonical(value)))));
  return texts.has(canonical(on.value, on.run.step));
}

type Limit = 'less' | 'more';

/** Returns a keyword that limits a size, such as `maxLength`. */
function size(keyword: keyof typeof say.LIMITS, kind: string, limit: Limit, sizeOf: (on: Application) => number): Keyword {
  return (on, most: AnyNumber) => {
    if (on.kind !== kind) return;
    const difference = compare(sizeOf(on), most);
    if (limit === 'more' ? difference > 0 : difference < 0) limited(on, keyword, counted(most));
  };
}

/** Returns a keyword that limits numbers; `breaks` gets the difference of the number and the limit. */
function number(keyword: keyof typeof say.LIMITS, breaks: (difference: number) => boolean): Keyword {
  return (on, limit: AnyNumber) => {
    if (on.kind === 'number' && breaks(compare(on.value as AnyNumber, limit))) limited(on, keyword, limit);
  };
}

/** Returns the limit of a count as a plain number: `2.0` is 2. */
const counted = (limit: AnyNumber): AnyNumber => Number(textOf(limit));

function limited(on: Application, keyword: keyof typeof say.LIMITS, limit: AnyNumber): void {
  tell(on, on.found, keyword, say.ofLimit(keyword, textOf(limit)));
}

/** Yields the members that `properties` and `patternProperties` of the same schema do not cover. */
function* others({ members, schema, run }: Application): Generator<readonly [string, unknown]> {
  const properties = own(schema, 'properties') as Members | undefined;
  const patterns = Object.keys((own(schema, 'patternProperties') as Members | undefined) ?? {});
  for (const [name, value] of members) {
    run.step();
    if (properties !== undefined && Object.hasOwn(properties, name)) continue;
    if (!patterns.some((pattern) => searches(pattern, name, run.step))) yield [name, value];
  }
}

/** Validates a member that is not among the known ones. */
function other(on: Application, keyword: string, schema: Schema, name: string, value: unknown): void {
  on.evaluated?.names.add(name);
  if (schema === false) tell(on, on.found, keyword, say.UNKNOWN, below(on, name));
  else inside(on, schema, name, value);
}

/** Returns the only form that the value can have been meant as: one that failed at a member or item, or by a limit. */
function near(on: Subject, tried: readonly (readonly [Found, Evaluated | undefined])[]) {
  const found = tried.filter(([{ problems }]) => !problems.some((problem) => isOfAnother(on, problem)));
  return found.length === 1 ? found[0] : undefined;
}

function isOfAnother(on: Subject, { at, keyword }: Problem): boolean {
  if (at === on.at) return ['type', 'const', 'enum', 'false'].includes(keyword);
  return at !== undefined && at.up === on.at && ['const', 'enum'].includes(keyword);
}

/** Reports a value that matches none of the forms. */
function formless(on: Application, tried: readonly (readonly [Found, Evaluated | undefined])[]): void {
  const only = near(on, tried);
  if (only !== undefined) return take(on, only);
  // It is reported as a wrong type, so that a union of unions treats it like any other type.
  tell(on, on.found, 'type', say.NO_FORM);
}

/** The requirements of members: other members, or a schema that has to hold. */
type Dependencies = { readonly [name: string]: readonly string[] | Schema };

function dependent(on: Application, dependencies: Dependencies): void {
  for (const [name, dependency] of Object.entries(dependencies)) {
    on.run.step();
    if (!on.members.has(name)) continue;
    if (!Array.isArray(dependency)) take(on, beside(on, dependency as Schema));
    else for (const other of dependency as readonly string[]) {
      if (!on.members.has(other)) tell(on, on.found, 'dependentRequired', say.ofDependent(name), below(on, other));
    }
  }
}

const fits = ([{ problems }]: readonly [Found, unknown]): boolean => problems.length === 0;

/** The keywords, in the order in which they are applied. */
const KEYWORDS: { readonly [name: string]: Keyword } = {
  $ref: (on, reference: string) => refer(on, on.run.library.find(reference, on.scope.site), reference),
  $dynamicRef(on, reference: string) {
    const target = on.run.library.find(reference, on.scope.site);
    refer(on, (target?.dynamic !== undefined && outermost(on, target.dynamic)) || target, reference);
  },
  type(on, type: unknown) {
    const types: readonly unknown[] = Array.isArray(type) ? type : [type];
    if (types.some((type) => isType(type, on))) return;
    tell(on, on.found, 'type', say.ofType(types, on.value, on.kind));
  },
  const(on, constant: unknown) {
    if (canonical(constant) === canonical(on.value, on.run.step)) return;
    tell(on, on.found, 'const', on.kind === 'null' ? say.NOT_NULL : say.ofConst(constant));
  },
  enum(on, values: readonly unknown[]) {
    if (isOneOf(on, values)) return;
    tell(on, on.found, 'enum', on.kind === 'null' ? say.NOT_NULL : say.ofEnum(on.value));
  },
  multipleOf(on, step: AnyNumber) {
    if (on.kind === 'number' && !isMultiple(on.value as AnyNumber, step)) limited(on, 'multipleOf', step);
  },
  pattern(on, pattern: string) {
    if (on.kind !== 'string' || searches(pattern, on.value as string, on.run.step)) return;
    tell(on, on.found, 'pattern', say.NO_PATTERN);
  },
  maxLength: size('maxLength', 'string', 'more', ({ value }) => lengthOf(value as string)),
  maximum: number('maximum', (difference) => difference > 0),
  exclusiveMaximum: number('exclusiveMaximum', (difference) => difference >= 0),
  maxItems: size('maxItems', 'array', 'more', ({ items }) => items.length),
  maxProperties: size('maxProperties', 'object', 'more', ({ members }) => members.size),
  minLength: size('minLength', 'string', 'less', ({ value }) => lengthOf(value as string)),
  minimum: number('minimum', (difference) => difference < 0),
  exclusiveMinimum: number('exclusiveMinimum', (difference) => difference <= 0),
  minItems: size('minItems', 'array', 'less', ({ items }) => items.length),
  minProperties: size('minProperties', 'object', 'less', ({ members }) => members.size),
  format(on, format: string) {
    if (on.kind !== 'string' || !asserts(on.run, on.scope.site)) return;
    const message = on.run.means.formats?.(format, on.value as string);
    if (message !== undefined) tell(on, on.found, 'format', message);
  },
  uniqueItems(on, unique: boolean) {
    if (!unique || on.kind !== 'array') return;
    const seen = new Set<string>();
    for (const item of on.items) seen.add(canonical(item, on.run.step));
    if (seen.size < on.items.length) tell(on, on.found, 'uniqueItems', say.REPEATED);
  },
  contains(on, schema: Schema) {
    if (on.kind !== 'array') return;
    let count = 0;
    for (const [index, item] of on.items.entries()) {
      on.run.step();
      const found = nothing();
      inside(on, schema, index, item, found);
      if (found.problems.length > 0) continue;
      count += 1;
      on.evaluated?.items.add(index);
    }
    const least = (own(on.schema, 'minContains') as AnyNumber | undefined) ?? 1;
    const most = own(on.schema, 'maxContains') as AnyNumber | undefined;
    if (compare(count, least) < 0) limited(on, 'minContains', counted(least));
    if (most !== undefined && compare(count, most) > 0) limited(on, 'maxContains', counted(most));
  },
  required(on, names: readonly string[]) {
    if (on.kind !== 'object') return;
    for (const name of names) {
      if (!on.members.has(name)) tell(on, on.found, 'required', say.REQUIRED, below(on, name));
    }
  },
  dependentRequired: (on, dependencies: Dependencies) => dependent(on, dependencies),
  propertyNames(on, schema: Schema) {
    for (const name of on.members.keys()) {
      on.run.step();
      const found = nothing();
      inside(on, schema, name, name, found);
      if (found.problems.length > 0) tell(on, on.found, 'propertyNames', say.NO_NAME, below(on, name));
    }
  },
  properties(on, properties: { readonly [name: string]: Schema }) {
    if (on.kind !== 'object') return;
    for (const name of Object.keys(properties)) {
      on.run.step();
      if (!on.members.has(name)) continue;
      on.evaluated?.names.add(name);
      inside(on, properties[name] as Schema, name, on.members.get(name));
    }
  },
  patternProperties(on, patterns: { readonly [pattern: string]: Schema }) {
    for (const [pattern, schema] of Object.entries(patterns)) {
      for (const [name, value] of on.members) {
        on.run.step();
        if (!searches(pattern, name, on.run.step)) continue;
        on.evaluated?.names.add(name);
        inside(on, schema, name, value);
      }
    }
  },
  additionalProperties(on, schema: Schema) {
    for (const [name, value] of others(on)) other(on, 'additionalProperties', schema, name, value);
  },
  prefixItems(on, schemas: readonly Schema[]) {
    for (const [index, schema] of schemas.entries()) {
      if (index >= on.items.length) return;
      on.evaluated?.items.add(index);
      inside(on, schema, index, on.items[index]);
    }
  },
  items(on, schema: Schema) {
    const first = (own(on.schema, 'prefixItems') as readonly Schema[] | undefined)?.length ?? 0;
    for (let index = first; index < on.items.length; index += 1) {
      on.run.step();
      on.evaluated?.items.add(index);
      inside(on, schema, index, on.items[index]);
    }
  },
  dependentSchemas: (on, dependencies: Dependencies) => dependent(on, dependencies),
  /** The keyword of draft 7, which combines `dependentRequired` and `dependentSchemas`. */
  dependencies: (on, dependencies: Dependencies) => dependent(on, dependencies),
  allOf(on, schemas: readonly Schema[]) {
    for (const schema of schemas) take(on, beside(on, schema));
  },
  anyOf(on, schemas: readonly Schema[]) {
    const tried: (readonly [Found, Evaluated | undefined])[] = [];
    for (const schema of schemas) {
      const form = beside(on, schema);
      tried.push(form);
      // The other forms only matter to what they would have evaluated.
      if (fits(form) && on.evaluated === undefined) break;
    }
    const fitting = tried.filter(fits);
    if (fitting.length === 0) return formless(on, tried);
    for (const form of fitting) take(on, form);
  },
  oneOf(on, schemas: readonly Schema[]) {
    const tried = schemas.map((schema) => beside(on, schema));
    const [first, second] = tried.filter(fits);
    if (first === undefined) return formless(on, tried);
    if (second === undefined) return take(on, first);
    tell(on, on.found, 'oneOf', say.SEVERAL_FORMS);
  },
  not(on, schema: Schema) {
    if (fits(beside(on, schema))) tell(on, on.found, 'not', say.NOT_ALLOWED);
  },
  if(on, schema: Schema) {
    const condition = beside(on, schema);
    if (fits(condition)) take(on, condition);
    const then = own(on.schema, fits(condition) ? 'then' : 'else') as Schema | undefined;
    if (then !== undefined) take(on, beside(on, then));
  },
  unevaluatedItems(on, schema: Schema) {
    if (on.evaluated === undefined) return;
    for (const [index, item] of on.items.entries()) {
      on.run.step();
      if (on.evaluated.items.has(index)) continue;
      on.evaluated.items.add(index);
      inside(on, schema, index, item);
    }
  },
  unevaluatedProperties(on, schema: Schema) {
    if (on.evaluated === undefined) return;
    for (const [name, value] of on.members) {
      on.run.step();
      if (!on.evaluated.names.has(name)) other(on, 'unevaluatedProperties', schema, name, value);
    }
  },
};

/** The keywords that a dialect without the vocabulary of validation does not have. */
const VALIDATION = new Set([
  'type', 'const', 'enum', 'required', 'dependentRequired', 'pattern', 'uniqueItems', ...Object.keys(say.LIMITS),
]);

/** Tells whether formats are asserted, and not only annotations. */
function asserts(run: Run, { asserted, resource }: Site): boolean {
  return asserted ?? run.library.has('format-assertion', resource);
}
