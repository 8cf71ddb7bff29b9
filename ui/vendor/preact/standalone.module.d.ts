// The types of the vendored file: Preact, its hooks, and htm bound to it.
import type { ComponentChildren } from "preact";

export { h, render, Component, createContext } from "preact";
export {
  useState, useReducer, useEffect, useLayoutEffect, useRef, useImperativeHandle, useMemo, useCallback, useContext,
} from "preact/hooks";
export function html(strings: TemplateStringsArray, ...values: unknown[]): ComponentChildren;
