/** The schemas by their identifiers (`$id`, `$anchor`, `$dynamicAnchor`), and the targets of references. */

import { own, type Members } from './json.js';
import { resolve, tokensOf } from './uri.js';

/** A schema of JSON Schema 2020-12. */
export type Schema = boolean | Members;

/** Schemas by their URIs: the targets of references outside the schema itself. */
export type Documents = { readonly [uri: string]: Schema };

/** A document, or a schema with its own `$id`. */
export interface Resource {
  readonly uri: string;
  readonly root: Schema;
  readonly anchors: Map<string, Schema>;
  readonly dynamicAnchors: Map<string, Schema>;
  /** The value of `$schema`. */
  readonly dialect: string | undefined;
}

/** The resource that a schema belongs to, and what applies there. */
export interface Site {
  readonly resource: Resource;
  /** Whether formats are asserted, if `x-format` says so in the schema or in one around it. */
  readonly asserted: boolean | undefined;
}

/** A schema and its site. */
export interface Target {
  readonly schema: Schema;
  readonly site: Site;
}

/** The keywords whose values are schemas, lists of schemas, or schemas by names. */
const ONE = [
  'additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'items', 'not', 'propertyNames', 'then',
  'unevaluatedItems', 'unevaluatedProperties', 'x-schema',
];
const LISTED = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const NAMED = ['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties', 'properties'];

/** The base URI of a schema that does not name another one. */
const BASE = 'dcrf:///schema';
const VOCABULARY = 'https://json-schema.org/draft/2020-12/vocab/';

/** A schema with all schemas that it refers to. */
export class Library {
  /** Whether any schema has a keyword that depends on which members or items others have evaluated. */
  usesEvaluated = false;
  readonly start: Target;
  readonly #resources = new Map<string, Resource>();
  readonly #sites = new WeakMap<object, Site>();

  constructor(schema: Schema, documents: Documents = {}) {
    for (const [uri, document] of Object.entries(documents)) this.#add(document, uri);
    this.start = { schema, site: this.#add(schema, BASE) };
  }

  /** Returns the site of a schema that is found in another one. */
  siteOf(schema: Schema, outer: Site): Site {
    return typeof schema === 'object' ? (this.#sites.get(schema) ?? outer) : outer;
  }

  /** Returns the target of a reference, and the dynamic anchor that led to it; undefined if there is no such schema. */
  find(reference: string, from: Site): (Target & { readonly dynamic?: string }) | undefined {
    const [uri, fragment] = resolve(from.resource.uri, reference);
    const resource = this.#resources.get(uri);
    if (resource === undefined) return undefined;
    const tokens = tokensOf(fragment);
    if (tokens !== undefined) return this.#walk(resource, tokens);
    const dynamic = this.dynamic(resource, fragment);
    if (dynamic !== undefined) return { ...dynamic, dynamic: fragment };
    return this.#target(resource.anchors.get(fragment), resource);
  }

  /** Returns the schema that a resource has under a dynamic anchor. */
  dynamic(resource: Resource, anchor: string): Target | undefined {
    return this.#target(resource.dynamicAnchors.get(anchor), resource);
  }

  /**
   * Tells whether a dialect has a vocabulary. An unknown dialect has the default vocabularies of JSON Schema 2020-12.
   */
  has(vocabulary: string, { dialect }: Resource): boolean {
    const meta = dialect === undefined ? undefined : this.#resources.get(resolve(BASE, dialect)[0])?.root;
    const named = typeof meta === 'object' ? own(meta, '$vocabulary') : undefined;
    if (typeof named !== 'object' || named === null) return vocabulary !== 'format-assertion';
    return Object.hasOwn(named, VOCABULARY + vocabulary);
  }

  #target(schema: Schema | undefined, resource: Resource): Target | undefined {
    return schema === undefined ? undefined : { schema, site: this.siteOf(schema, { resource, asserted: undefined }) };
  }

  #walk(start: Resource, tokens: readonly string[]): Target | undefined {
    let value: unknown = start.root;
    let site = this.siteOf(start.root, { resource: start, asserted: undefined });
    for (const token of tokens) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = own(value, token);
      // A schema that no keyword leads to may have its own `$id` nevertheless.
      if (isSchema(value)) site = this.#index(value, site);
    }
    return isSchema(value) ? { schema: value, site } : undefined;
  }

  #add(schema: Schema, uri: string): Site {
    const [base] = resolve(BASE, uri);
    const resource = resourceOf(schema, base);
    this.#resources.set(base, resource);
    return this.#index(schema, { resource, asserted: undefined });
  }

  /** Registers the identifiers in a schema, and returns its site. */
  #index(schema: Schema, outer: Site): Site {
    if (typeof schema !== 'object') return outer;
    const known = this.#sites.get(schema);
    if (known !== undefined) return known;
    let { resource, asserted } = outer;
    const id = own(schema, '$id');
    if (typeof id === 'string') {
      const [uri] = resolve(resource.uri, id);
      resource = resourceOf(schema, uri, resource.dialect);
      this.#resources.set(uri, resource);
    }
    const format = own(schema, 'x-format');
    if (typeof format === 'string') asserted = format === 'assert';
    const site = { resource, asserted };
    this.#sites.set(schema, site);
    const [anchor, dynamic] = [own(schema, '$anchor'), own(schema, '$dynamicAnchor')];
    if (typeof anchor === 'string') resource.anchors.set(anchor, schema);
    if (typeof dynamic === 'string') resource.dynamicAnchors.set(dynamic, schema);
    this.usesEvaluated ||= ['unevaluatedItems', 'unevaluatedProperties'].some((key) => Object.hasOwn(schema, key));
    for (const inner of innerOf(schema)) this.#index(inner, site);
    return site;
  }
}

function resourceOf(root: Schema, uri: string, outer?: string): Resource {
  const said = typeof root === 'object' ? own(root, '$schema') : undefined;
  const dialect = typeof said === 'string' ? said : outer;
  return { uri, root, anchors: new Map(), dynamicAnchors: new Map(), dialect };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

/** Yields the schemas that a schema contains. */
function* innerOf(schema: Members): Generator<Schema> {
  for (const keyword of ONE) {
    const inner = own(schema, keyword);
    if (isSchema(inner)) yield inner;
  }
  for (const keyword of [...LISTED, ...NAMED]) {
    const inner = own(schema, keyword);
    if (typeof inner === 'object' && inner !== null) yield* Object.values(inner).filter(isSchema);
  }
}
