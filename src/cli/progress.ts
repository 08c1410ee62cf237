/** One line that says how far something is, drawn over itself. */
import { bytesText, numberText } from "./table.ts";

/** `total` in the same unit as `done`, where it is known. */
export type ProgressState = { done: number; total?: number | undefined; bytes?: number | undefined; note?: string | undefined };
export type Progress = { show(state: ProgressState): void; end(): void };

const drawEveryMs = 100;
const barWidth = 24;
const clearLine = "\r\u001b[K";

/** Without `draw`, nothing is shown. */
export function startProgress(what: string, draw: ((text: string) => void) | undefined, nowMs: () => number = () => performance.now()): Progress {
  if (draw === undefined) return { show: () => {}, end: () => {} };
  const begunMs = nowMs();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    show(state) {
      const now = nowMs();
      if (now - drawnMs < drawEveryMs) return;
      drawnMs = now;
      isDrawn = true;
      draw(clearLine + progressLine(what, state, now - begunMs));
    },
    end() {
      if (isDrawn) draw(clearLine);
    },
  };
}

export function progressLine(what: string, { done, total, bytes, note }: ProgressState, elapsedMs: number): string {
  const share = total === undefined || total <= 0 ? undefined : Math.min(1, done / total);
  const filled = Math.round((share ?? 0) * barWidth);
  const bar = share === undefined ? "" : ` [${"#".repeat(filled)}${"-".repeat(barWidth - filled)}] ${Math.floor(share * 100)} %`;
  const rate = elapsedMs < 500 ? "" : `, ${numberText(Math.round((done / elapsedMs) * 1_000))}/s`;
  return `${what}${bar} ${numberText(done)}${total === undefined ? "" : ` of ${numberText(total)}`}${bytes === undefined ? "" : `, ${bytesText(bytes)}`}${rate}${note === undefined ? "" : `, ${note}`}`;
}
