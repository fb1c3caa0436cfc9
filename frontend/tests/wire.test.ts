import { describe, expect, it } from "vitest";
import data from "../../tests/wire/data.json";
import edits from "../../tests/wire/edits.json";
import { init, reduce } from "../src/model";
import { parse } from "../src/wire";
import { BOUNDS, PUSHED } from "./examples";

interface DataExample {
  name: string;
  data: unknown;
  /** The entry that the error must name; null for what is valid. */
  fault: string | null;
}

describe("what Python sends", () => {
  it.each<DataExample>(data)("$name", ({ data: sent, fault }) => {
    if (fault === null) {
      expect(parse(sent)).toEqual(sent);
    } else {
      expect(() => parse(sent)).toThrow(`${fault} from Python must be`);
    }
  });
});

describe("what the frontend sends", () => {
  it("has the fields of the examples that Python takes", () => {
    const model = init("0123456789abcdef", PUSHED, BOUNDS);
    expect(reduce(model, { kind: "step", direction: 1 }).edits).toEqual(edits[0]?.message);
  });
});
