/** A JSON Schema (2020-12) as a module's value: compilers before 5.7 give a JSON file no default export under `nodenext`. */
interface JsonSchema {
  readonly $schema: string;
  readonly $id: string;
  readonly title: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, object>>;
  readonly [keyword: string]: unknown;
}

declare const schema: JsonSchema;
export = schema;
