/** Where there are a JDK and Maven: Alibaba's SDK for Java and the program that drives it, in `.clients/java`. Elsewhere it is not run, by name. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const top = join(import.meta.dirname, "..");
const source = join(top, "test/e2e/programs/flow_java");
const folder = join(top, ".clients/java");
const stampFile = join(folder, ".stamp");
const program = join(source, "src/main/java/Flow.java");
const copyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies";
/** What `npm test` may wait for Maven. */
const javaMsMax = 60_000;

/** The arguments that start it with `java`; undefined where it is not built. */
export const javaFlow = (): string[] | undefined => (existsSync(stampFile) ? ["-cp", [join(folder, "classes"), join(folder, "lib", "*")].join(delimiter), "Flow"] : undefined);

/** Builds it when the pins or the program changed, within `msMax`. What Maven got done stays in its own cache for the next. */
export async function ensureJavaClient(say: (line: string) => void, msMax = javaMsMax): Promise<void> {
  const stamp = createHash("sha256")
    .update(readFileSync(join(source, "pom.xml")))
    .update(readFileSync(program))
    .digest("hex");
  if (javaFlow() !== undefined && readFileSync(stampFile, "utf8") === stamp) return;
  const isThere = (command: string): Promise<boolean> => run(command, ["--version"]).then(Boolean, () => false);
  if (!(await isThere("javac")) || !(await isThere("mvn"))) return say("no JDK with Maven on this machine: the client written in Java is not run");
  say("building the client in Java into .clients/java");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "classes"), { recursive: true });
  const options = { timeout: msMax, killSignal: "SIGKILL" as const };
  try {
    await run("mvn", ["-q", "-B", "-C", "-f", join(source, "pom.xml"), copyDependencies, `-DoutputDirectory=${join(folder, "lib")}`], options);
    await run("javac", ["-encoding", "UTF-8", "-cp", join(folder, "lib", "*"), "-d", join(folder, "classes"), program], options);
    writeFileSync(stampFile, stamp);
  } catch (error) {
    const why = (error as { killed?: boolean }).killed ? "not built in time (`npm run clients` takes as long as it needs)" : String((error as Error).message).slice(0, 2000);
    say(`the client in Java: ${why}`);
  }
}
