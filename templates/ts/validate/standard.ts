/** The Standard Schema (https://standardschema.dev), version 1: what libraries for forms and routers take. */

/** A schema by the standard; input and output are of one type. */
export interface StandardSchema<Value> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'dcrf';
    readonly validate: (value: unknown) => Result<Value>;
    /** For type inference alone: it is never there. */
    readonly types?: { readonly input: Value; readonly output: Value } | undefined;
  };
}

/** The value, or what is wrong with it. */
export type Result<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** Something that is wrong, and where. */
export interface Issue {
  readonly message: string;
  readonly path: readonly (string | number)[];
}
