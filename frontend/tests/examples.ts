import type { Bounds, Pushed } from "../src/model";
import type { Look, Props } from "../src/wire";

export const BOUNDS: Bounds = { min: -20, max: 20, step: 1 };

export const PUSHED: Pushed = {
  session: "5e55000000000001",
  revision: 1,
  counter: 0,
  text: "",
  defaults: { counter: 0, text: "" },
  marks: [],
};

export const LOOK: Look = {
  label: "Visits",
  labelVisibility: "visible",
  help: null,
  placeholder: null,
  disabled: false,
  showReset: true,
  maxChars: null,
};

let widgets = 0;

export const props = (
  look: Partial<Look> = {},
  pushed: Partial<Pushed> = {},
  id = `visits:${widgets++}`,
): Props => ({
  id,
  look: { ...LOOK, ...look },
  bounds: BOUNDS,
  pushed: { ...PUSHED, ...pushed },
});
