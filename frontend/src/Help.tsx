import { type ReactElement, useId, useRef } from "react";
import { HelpIcon } from "./icons";

const GAP = 8;

/** An icon whose tooltip opens on hover and focus, in the top layer so that nothing clips it. */
export const Help = ({ label, text }: { label: string; text: string }): ReactElement => {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const tip = useRef<HTMLSpanElement>(null);

  const open = () => {
    if (!button.current || !tip.current?.showPopover) {
      return;
    }
    tip.current.showPopover();
    const anchor = button.current.getBoundingClientRect();
    const { width, height } = tip.current.getBoundingClientRect();
    const above = anchor.top - height - GAP;
    const top = above >= 0 ? above : Math.min(anchor.bottom + GAP, window.innerHeight - height);
    const left = Math.min(anchor.right - width / 2, window.innerWidth - width - GAP);
    tip.current.style.top = `${Math.max(0, top)}px`;
    tip.current.style.left = `${Math.max(0, left)}px`;
  };
  const close = () => tip.current?.hidePopover?.();

  return (
    <>
      <button
        ref={button}
        type="button"
        className="help"
        aria-label={`Help for ${label}`}
        aria-describedby={id}
        onMouseEnter={open}
        onMouseLeave={close}
        onFocus={open}
        onBlur={close}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation(); // it closes the tooltip, not the dialog around it
            close();
          }
        }}
      >
        <HelpIcon />
      </button>
      <span ref={tip} id={id} role="tooltip" className="tip" popover="manual">
        {text}
      </span>
    </>
  );
};
