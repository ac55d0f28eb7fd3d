/** The Standard Schema (https://standardschema.dev), version 1, which libraries for forms and routers accept. */

/** A schema by the standard; its input and output have the same type. */
export interface StandardSchema<Value> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'dcrf';
    readonly validate: (value: unknown) => Result<Value>;
    /** A property for type inference only. It never exists. */
    readonly types?: { readonly input: Value; readonly output: Value } | undefined;
  };
}

/** The value, or its issues. */
export type Result<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** An issue of a value, and its path. */
export interface Issue {
  readonly message: string;
  readonly path: readonly (string | number)[];
}
