/** Schemas by what they are called: `$id`, `$anchor`, `$dynamicAnchor`, and where references lead to. */

import { own, type Members } from './json.js';
import { resolve, tokensOf } from './uri.js';

/** A schema of JSON Schema 2020-12. */
export type Schema = boolean | Members;

/** Schemas by their URIs: what references lead to beside the schema itself. */
export type Documents = { readonly [uri: string]: Schema };

/** A document, or a schema with an identity of its own (`$id`). */
export interface Resource {
  readonly uri: string;
  readonly root: Schema;
  readonly anchors: Map<string, Schema>;
  readonly dynamicAnchors: Map<string, Schema>;
  /** What `$schema` says. */
  readonly dialect: string | undefined;
}

/** Where a schema stands. */
export interface Site {
  readonly resource: Resource;
  /** Whether formats are asserted, where `x-format` says so here or in a schema around. */
  readonly asserted: boolean | undefined;
}

/** A schema, and where it stands. */
export interface Target {
  readonly schema: Schema;
  readonly site: Site;
}

/** Where schemas stand in schemas: as values of keywords, in lists of them, or by names. */
const ONE = [
  'additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'items', 'not', 'propertyNames', 'then',
  'unevaluatedItems', 'unevaluatedProperties', 'x-schema',
];
const LISTED = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const NAMED = ['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties', 'properties'];

/** The base of a schema that names no other. */
const BASE = 'dcrf:///schema';
const VOCABULARY = 'https://json-schema.org/draft/2020-12/vocab/';

/** A schema, with all that it refers to. */
export class Library {
  /** Whether any schema asks what others have looked at. */
  usesEvaluated = false;
  readonly start: Target;
  readonly #resources = new Map<string, Resource>();
  readonly #sites = new WeakMap<object, Site>();

  constructor(schema: Schema, documents: Documents = {}) {
    for (const [uri, document] of Object.entries(documents)) this.#add(document, uri);
    this.start = { schema, site: this.#add(schema, BASE) };
  }

  /** Where a schema stands that is found in another one. */
  siteOf(schema: Schema, outer: Site): Site {
    return typeof schema === 'object' ? (this.#sites.get(schema) ?? outer) : outer;
  }

  /** Where a reference leads to, and by which dynamic anchor; nowhere if there is no such schema. */
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

  /** The schema that a resource has under a dynamic anchor. */
  dynamic(resource: Resource, anchor: string): Target | undefined {
    return this.#target(resource.dynamicAnchors.get(anchor), resource);
  }

  /** Whether a dialect has a vocabulary; of a dialect that is not known, what JSON Schema 2020-12 has by default. */
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
      // What no keyword leads to may have a name of its own all the same.
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

  /** Finds what is named in a schema, and says where it stands. */
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

/** The schemas that stand in a schema. */
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
