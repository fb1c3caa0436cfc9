/** What Python sends, parsed from `unknown`; `tests/wire` holds examples that pytest reads too. */

import type { Bounds, Edits, Pushed, Value, Watermark } from "./model";

export interface Look {
  readonly label: string;
  readonly labelVisibility: "visible" | "hidden" | "collapsed";
  readonly help: string | null;
  readonly placeholder: string | null;
  readonly disabled: boolean;
  readonly showReset: boolean;
  readonly maxChars: number | null;
}

export interface Props {
  /** Of the binding in Python: the same as long as it is the same widget. */
  readonly id: string;
  readonly look: Look;
  readonly bounds: Bounds;
  readonly pushed: Pushed;
}

class WireError extends Error {}

type Reader<T> = (value: unknown, path: string) => T;

const fail = (path: string, expected: string): never => {
  throw new WireError(`${path} from Python must be ${expected}`);
};
const string: Reader<string> = (value, path) =>
  typeof value === "string" ? value : fail(path, "a string");
const boolean: Reader<boolean> = (value, path) =>
  typeof value === "boolean" ? value : fail(path, "a boolean");
const integer: Reader<number> = (value, path) =>
  Number.isSafeInteger(value) ? (value as number) : fail(path, "an integer");
const nullable =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, path) =>
    value === null ? null : read(value, path);
const list =
  <T>(read: Reader<T>): Reader<T[]> =>
  (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => read(item, `${path}[${index}]`))
      : fail(path, "a list");
const oneOf =
  <T extends string>(...allowed: T[]): Reader<T> =>
  (value, path) =>
    allowed.find((item) => item === value) ?? fail(path, allowed.join(" or "));
const object =
  <T>(fields: { [K in keyof T]: Reader<T[K]> }): Reader<T> =>
  (value, path) => {
    if (typeof value !== "object" || value === null) {
      return fail(path, "an object");
    }
    const read = (name: keyof T & string): [string, unknown] => [
      name,
      fields[name]((value as Record<string, unknown>)[name], `${path}.${name}`),
    ];
    return Object.fromEntries((Object.keys(fields) as (keyof T & string)[]).map(read)) as T;
  };

const value = object<Value>({ counter: integer, text: string });
const mark = object<Watermark>({
  mount: string,
  seq: integer,
  resets: integer,
  counter: integer,
  commits: integer,
});

const edits = object<Edits>({
  mount: string,
  seq: integer,
  resets: integer,
  counter: integer,
  commits: integer,
  text: string,
});

const props = object<Props>({
  id: string,
  look: object<Look>({
    label: string,
    labelVisibility: oneOf("visible", "hidden", "collapsed"),
    help: nullable(string),
    placeholder: nullable(string),
    disabled: boolean,
    showReset: boolean,
    maxChars: nullable(integer),
  }),
  bounds: object<Bounds>({ min: integer, max: integer, step: integer }),
  pushed: object<Pushed>({
    session: string,
    revision: integer,
    counter: integer,
    text: string,
    defaults: value,
    marks: list(mark),
  }),
});

/** Parse the widget's arguments; throws an error that names the entry at fault. */
export const parse = (data: unknown): Props => props(data, "data");

/** Parse totals that were put aside as text. */
export const parseEdits = (text: string): Edits => edits(JSON.parse(text), "edits");
