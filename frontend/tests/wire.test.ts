import { describe, expect, it } from "vitest";
import data from "../../tests/wire/data.json";
import edits from "../../tests/wire/edits.json";
import { type Edit, init, reduce } from "../src/model";
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
  it("is, edit for edit, what the examples say that Python takes", () => {
    let model = init("0123456789abcdef", PUSHED, BOUNDS);
    const session: [name: string, ...edits: Edit[]][] = [
      ["first click", { kind: "step", direction: 1 }],
      ["a commit", { kind: "commit", text: "héllo 👋" }],
      ["an emptied text", { kind: "commit", text: "" }],
      [
        "a reset and what came after",
        { kind: "reset" },
        { kind: "reset" },
        { kind: "step", direction: -1 },
        { kind: "step", direction: -1 },
        { kind: "step", direction: -1 },
        { kind: "commit", text: "x" },
      ],
    ];
    for (const [name, ...steps] of session) {
      model = steps.reduce(reduce, model);
      const example = edits.find((candidate) => candidate.name === name);
      expect(example?.valid).toBe(true);
      expect(model.edits).toEqual(example?.message);
    }
  });
});
