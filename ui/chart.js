import { html, useEffect, useRef } from "./preact.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";

const HEIGHT = 120;
/** The least time that is drawn, so that the axis of the first moments is not a single one. */
const MIN_SECONDS = 60;

/**
 * A line over time. The figures are also on the page as text, so readers of the page need not see it.
 * @param {{time: number[], values: (number | null)[], label: string}} props
 */
export function Chart({ time, values, label }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | null} */ (null));
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element), [time, values], element);
    };
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    draw();
    resized.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData([time, values]), [time.at(-1)]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${label}></div>`;
}

/** @param {HTMLElement} element @returns {uPlot.Options} */
function options(element) {
  const style = getComputedStyle(element);
  const [line, quiet, grid] = [style.color, style.caretColor, style.outlineColor];
  const axis = { stroke: quiet, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 26, 0, 0],
    scales: { x: { range: ({ data: [time] }) => drawn(time) }, y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.15))] } },
    axes: [
      { ...axis, size: 22, space: 60, values: [[60, "{HH}:{mm}", null, null, null, null, null, null, 1], [1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1]] },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 1e6], space: 30 },
    ],
    series: [{}, { stroke: line, width: 1.5, fill: `color-mix(in srgb, ${line} 12%, transparent)`, points: { show: false }, spanGaps: true }],
  };
}

/** From when to when is drawn: all that is known, and at least a minute. @param {ArrayLike<number>} time @returns {[number, number]} */
function drawn(time) {
  const last = time[time.length - 1] ?? Date.now() / 1000;
  return [Math.min(time[0] ?? last, last - MIN_SECONDS), last];
}
