/** The engine's and the process's figures as rows for /-/metrics. */
import type { GaugeRow } from "./metrics.ts";

export type EngineFigures = { commits: number; groups: number; conflicts: number; walBytes: number; lastCommitMs: number; queued: number; turns: number };

export function engineRows(engine: EngineFigures, machine: { freeBytes: number; oldestReaderMs: number; monotonicMs: number; startedMs: number }): GaugeRow[] {
  const row = (name: string, type: GaugeRow["type"], help: string, value: number): GaugeRow => ({ name: `amphora_${name}`, type, help, value });
  const memory = process.memoryUsage();
  return [
    row("metadata_commits_total", "counter", "Batches committed.", engine.commits),
    row("metadata_groups_total", "counter", "Groups of batches, each flushed once.", engine.groups),
    row("metadata_conflicts_total", "counter", "Batches that lost to another.", engine.conflicts),
    row("metadata_wal_bytes", "gauge", "Size of the write-ahead log.", engine.walBytes),
    row("metadata_last_commit_seconds", "gauge", "How long the last commit took, flush included.", engine.lastCommitMs / 1_000),
    row("metadata_queued", "gauge", "Batches that wait for the next group.", engine.queued),
    row("metadata_turns", "gauge", "Requests in the fair queues of contended keys.", engine.turns),
    row("disk_free_bytes", "gauge", "Free space of the data folder's disk, less what was promised to bodies in flight.", machine.freeBytes),
    row(
      "oldest_reader_seconds",
      "gauge",
      "Age of the longest running read of an object.",
      Number.isFinite(machine.oldestReaderMs) ? (machine.monotonicMs - machine.oldestReaderMs) / 1_000 : 0,
    ),
    row("start_time_seconds", "gauge", "When the process started, seconds since 1970.", machine.startedMs / 1_000),
    row("memory_resident_bytes", "gauge", "Resident memory of the process.", memory.rss),
    row("memory_heap_bytes", "gauge", "Heap of the main thread.", memory.heapUsed),
  ];
}
