/** What stands beside versions: as many and as large as their records say, with their bytes, and nothing that no version has. */
import { decodeAnnotation } from "../annotations/records.ts";
import { annotationUser, tables } from "../keys.ts";
import type { Annotated, ContentId } from "../model.ts";
import type { Ports } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import { onView } from "../view.ts";
import type { BytesChecker } from "./contents.ts";
import type { Report } from "./problem.ts";

export type AnnotationChecker = {
  version(annotated: Annotated, where: string): Promise<void>;
  /** After every version was seen. */
  strays(): Promise<void>;
};

export function annotationChecker(ports: Ports, bytes: BytesChecker, report: Report): AnnotationChecker {
  const seen = new Set<ContentId>();
  return {
    async version({ set, count, bytes: size }, where) {
      if (seen.has(set)) report("annotationsWrong", where, `another version has the annotations ${set} too`);
      seen.add(set);
      let rows = 0;
      let sum = 0;
      for await (const { key, value } of rowsOf(ports, tables.annotation.range(set))) {
        const [, name] = tables.annotation.read(key);
        const annotation = decodeAnnotation(name, value);
        const { content } = annotation;
        const { inline } = content;
        rows++;
        sum += annotation.size;
        const stored = isStoredApart(content) ? await bytes.extents(content.extents ?? [], `${where} ${name}`) : (inline?.length ?? 0);
        const expected = content.sealedBytes ?? annotation.size;
        if (stored !== expected) report("contentLength", `${where} ${name}`, `${expected} bytes, of which ${stored} are there`);
        if (!isStoredApart(content)) continue;
        const use = await onView(ports, (view) => view.get(tables.use.key(content.id, annotationUser(set, name))));
        if (use === undefined) report("useMissing", `${where} ${name}`, `content ${content.id} does not know this annotation`);
      }
      if (rows !== count || sum !== size) report("annotationsWrong", where, `the record says ${count} of ${size} bytes, there are ${rows} of ${sum}`);
    },
    async strays() {
      for (let { from, to } = tables.annotation.range(); ; ) {
        const row = await onView(ports, (view) => view.first({ from, to }));
        if (!row) return;
        const [set] = tables.annotation.read(row.key);
        const ended = await onView(ports, (view) => view.get(tables.endedAnnotations.key(set)));
        if (!seen.has(set) && ended === undefined) report("annotationWithoutVersion", `annotations ${set}`, "no version has them, and no job knows them");
        from = tables.annotation.range(set).to;
      }
    },
  };
}
