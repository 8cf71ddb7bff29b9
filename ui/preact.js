// The one place that names the vendored library.
export {
  html, render, useEffect, useLayoutEffect, useMemo, useRef, useState,
} from "./vendor/preact/standalone.module.js";
