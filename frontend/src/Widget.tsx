import { type ReactElement, useSyncExternalStore } from "react";
import type { Controller } from "./controller";
import { Help } from "./Help";
import { DecreaseIcon, IncreaseIcon, ResetIcon } from "./icons";
import { canStep, view } from "./model";
import { TextField } from "./TextField";
import type { Look } from "./wire";

export const Widget = ({
  look,
  controller,
}: {
  look: Look;
  controller: Controller;
}): ReactElement => {
  const model = useSyncExternalStore(controller.subscribe, controller.get);
  const { counter, text } = view(model);
  const { label, disabled } = look;

  const stepButton = (name: string, direction: 1 | -1, icon: ReactElement) => (
    <button
      type="button"
      className="step"
      aria-label={`${name} ${label}`}
      disabled={disabled || !canStep(model, direction)}
      onClick={() => controller.dispatch({ kind: "step", direction })}
    >
      {icon}
    </button>
  );

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a size container everywhere
    <div className="widget" role="group" aria-label={label} data-disabled={disabled || undefined}>
      {look.labelVisibility !== "collapsed" && (
        <div className="label" data-visibility={look.labelVisibility}>
          <span aria-hidden="true">{label}</span>
          {look.help && <Help label={label} text={look.help} />}
        </div>
      )}
      <div className="row" data-reset={look.showReset || undefined}>
        <div className="field counter">
          <output aria-label={label} aria-live="polite" title={`${counter}`}>
            {counter}
          </output>
          {stepButton("Decrease", -1, <DecreaseIcon />)}
          {stepButton("Increase", 1, <IncreaseIcon />)}
        </div>
        <TextField
          key={model.edits.resets} // a draft does not outlive a reset
          look={look}
          text={text}
          onCommit={(committed) => controller.dispatch({ kind: "commit", text: committed })}
        />
        {look.showReset && (
          <button
            type="button"
            className="reset"
            aria-label={`Reset ${label}`}
            title="Reset"
            disabled={disabled}
            onClick={() => controller.dispatch({ kind: "reset" })}
          >
            <ResetIcon />
          </button>
        )}
      </div>
    </div>
  );
};
