import { type ReactElement, useState } from "react";
import type { Look } from "./wire";

interface TextFieldProps {
  look: Look;
  text: string;
  onCommit: (text: string) => void;
}

// Safari has ended the composition when the Enter that ends it arrives.
const SAFARI_COMPOSING = 229;

/** Commits on Enter and on blur. While the user types, nothing from outside replaces the draft. */
export const TextField = ({ look, text, onCommit }: TextFieldProps): ReactElement => {
  const [draft, setDraft] = useState<string>();
  const shown = draft ?? text;
  const full = look.maxChars !== null && shown.length >= look.maxChars;

  const commit = () => {
    if (draft !== undefined) {
      // A lone half of an emoji, left by cutting a text in two, cannot be written as UTF-8.
      onCommit(draft.replace(/\p{Surrogate}/gu, "\ufffd"));
      setDraft(undefined);
    }
  };

  return (
    <div className="field text">
      <input
        type="text"
        autoComplete="off"
        aria-label={`${look.label} text`}
        disabled={look.disabled}
        maxLength={look.maxChars ?? 100_000}
        placeholder={look.placeholder ?? ""}
        value={shown}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          // Enter that ends an input-method composition belongs to the input method.
          const { isComposing, keyCode } = event.nativeEvent;
          if (event.key === "Enter" && !isComposing && keyCode !== SAFARI_COMPOSING) {
            commit();
          }
        }}
      />
      {draft !== undefined && draft !== text && (
        <div className="instructions" data-full={full || undefined}>
          <span className="hint">Press Enter to apply</span>
          {look.maxChars !== null && <span>{`${shown.length}/${look.maxChars}`}</span>}
        </div>
      )}
    </div>
  );
};
