import { afterEach, describe, expect, it, vi } from "vitest";
import render from "../src/page/cookie";

describe("the cookie of a page", () => {
  const write = (value: string, replaces: string | null = null) => {
    const setStateValue = vi.fn();
    const args = { data: { name: "who", value, replaces }, setStateValue };
    render(args as unknown as Parameters<typeof render>[0]);
    return setStateValue;
  };

  afterEach(() => {
    vi.restoreAllMocks();
    for (const name of ["who", "whose"]) {
      // biome-ignore lint/suspicious/noDocumentCookie: it is what is tested.
      document.cookie = `${name}=; Max-Age=0`;
    }
  });

  it("is written where there is none, and the script hears nothing", () => {
    expect(write("one")).not.toHaveBeenCalled();
    expect(document.cookie).toBe("who=one");
    expect(write("one")).not.toHaveBeenCalled();
  });

  it("replaces the one it is told to", () => {
    write("one");
    expect(write("two", "one")).not.toHaveBeenCalled();
    expect(document.cookie).toBe("who=two");
  });

  it("leaves that of a tab that was first, and the script hears of it", () => {
    write("one");
    expect(write("two")).toHaveBeenCalledExactlyOnceWith("found", "one");
    expect(document.cookie).toBe("who=one");
  });

  it("does not mistake another name for its own", () => {
    // biome-ignore lint/suspicious/noDocumentCookie: it is what is tested.
    document.cookie = "whose=other";
    expect(write("one")).not.toHaveBeenCalled();
    expect(document.cookie).toBe("whose=other; who=one");
  });

  it("says where the browser keeps none", () => {
    vi.spyOn(document, "cookie", "get").mockReturnValue("");
    expect(write("one")).toHaveBeenCalledExactlyOnceWith("found", "");
  });

  it("lasts, for the whole host, and goes to no other site", () => {
    const set = vi.spyOn(document, "cookie", "set");
    write("one");
    expect(set).toHaveBeenCalledWith("who=one; Path=/; Max-Age=34560000; SameSite=Lax");
  });
});
