/** Has the browser keep who it is; another tab that was first is reported to the script. */

import type { FrontendRenderer } from "@streamlit/component-v2-lib";

interface State {
  [name: string]: unknown;
  found: string;
}

interface Data {
  readonly name: string;
  readonly value: string;
  /** The cookie that this one may take the place of. */
  readonly replaces: string | null;
}

const read = (name: string): string | undefined =>
  document.cookie
    .split("; ")
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const attributes = (): string => {
  if (location.protocol !== "https:") {
    return "SameSite=Lax";
  }
  return window.self === window.top ? "Secure; SameSite=Lax" : "Secure; SameSite=None; Partitioned";
};

const render: FrontendRenderer<State, Data> = ({ data, setStateValue }) => {
  const name = location.protocol === "https:" ? `__Host-${data.name}` : data.name;
  const found = read(name);
  if (found === data.value) {
    return;
  }
  if (found && found !== data.replaces) {
    setStateValue("found", found);
    return;
  }
  // biome-ignore lint/suspicious/noDocumentCookie: Safari 16.4 and plain http have no cookie store.
  document.cookie = `${name}=${data.value}; Path=/; Max-Age=34560000; ${attributes()}`;
  if (read(name) !== data.value) {
    setStateValue("found", "");
  }
};

export default render;
