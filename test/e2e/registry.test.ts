/** A container registry that keeps its images here through S3: pushes in every form, pulls, tags, deletes, collects its garbage. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openDoor } from "../support/doors.ts";
import { findProgram, needs } from "../support/programs.ts";
import { must } from "../support/run.ts";
import { main, type Server, startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const digestOf = (data: Uint8Array | string): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;
/** As its documentation lists them (https://distribution.github.io/distribution/storage-drivers/s3/); parts of 5 MiB, so that a layer has several. */
const settings = (endpoint: string): string => `version: 0.1
log: { level: info }
storage:
  s3:
    accesskey: ${main.accessKeyId}
    secretkey: ${main.secretAccessKey}
    region: us-east-1
    regionendpoint: ${endpoint}
    forcepathstyle: true
    secure: false
    bucket: registry-images
    rootdirectory: /below/a folder
    chunksize: 5242880
    multipartcopythresholdsize: 10485760
    multipartcopychunksize: 6291456
  delete: { enabled: true }
  redirect: { disable: REDIRECT }
  maintenance: { uploadpurging: { enabled: false } }
http: { addr: "127.0.0.1:0", secret: of a test }
`;

type Registry = { url: string; stop(): Promise<void> };
async function startRegistry(config: string): Promise<Registry> {
  const child: ChildProcess = spawn(findProgram("registry") ?? "", ["serve", config], { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH, HOME: tmpdir() } });
  const exited = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let said = "";
  const port = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the registry does not listen:\n${said}`)), 60_000);
    const see = (data: Buffer): void => {
      said = (said + data.toString("utf8")).slice(-100_000);
      const found = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (found) resolve((clearTimeout(timer), found));
    };
    child.stdout?.on("data", see);
    child.stderr?.on("data", see);
    void exited.then(() => reject((clearTimeout(timer), new Error(`the registry ended:\n${said}`))));
  }).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

describe("a container registry on S3", needs("registry"), () => {
  let server: Server;
  let folder: string;
  let registry: Registry | undefined;
  const config = { disable: true };
  const file = (): string => join(folder, "config.yml");
  const start = async (disable: boolean): Promise<void> => {
    config.disable = disable;
    writeFileSync(file(), settings(server.endpoint).replace("REDIRECT", String(disable)));
    registry = await startRegistry(file());
  };
  const call = async (status: number, method: string, path: string, init: { body?: Uint8Array | string; headers?: Record<string, string> } = {}): Promise<Response> => {
    const url = path.startsWith("http") ? path : `${registry?.url}/v2/${path}`;
    const answer = await fetch(url, { method, ...init, signal: AbortSignal.timeout(60_000) });
    if (answer.status !== status) assert.fail(`${method} ${path}: ${answer.status} instead of ${status}: ${await answer.text()}`);
    return answer;
  };
  const begin = async (repository: string): Promise<string> => {
    const location = (await call(202, "POST", `${repository}/blobs/uploads/`)).headers.get("location") ?? "";
    return location;
  };
  const withDigest = (location: string, data: Uint8Array): string => `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digestOf(data))}`;
  const octets = { "Content-Type": "application/octet-stream" };
  const pushWhole = async (repository: string, data: Uint8Array): Promise<void> => {
    await call(201, "PUT", withDigest(await begin(repository), data), { body: data, headers: octets });
  };
  /** In pieces of these sizes, each its own request: the registry takes up its unfinished upload again and again. */
  const pushChunks = async (repository: string, data: Uint8Array, sizes: number[]): Promise<void> => {
    let location = await begin(repository);
    let at = 0;
    for (const size of sizes) {
      const body = data.subarray(at, at + size);
      const answer = await call(202, "PATCH", location, { body, headers: { ...octets, "Content-Range": `${at}-${at + body.length - 1}` } });
      at += body.length;
      assert.equal(answer.headers.get("range"), `0-${at - 1}`);
      location = answer.headers.get("location") ?? "";
    }
    assert.equal(at, data.length);
    await call(201, "PUT", withDigest(location, data));
  };
  const pull = async (repository: string, data: Uint8Array): Promise<void> => {
    const answer = await call(200, "GET", `${repository}/blobs/${digestOf(data)}`);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(data), `a blob of ${data.length} bytes differs`);
    const head = await call(200, "HEAD", `${repository}/blobs/${digestOf(data)}`);
    assert.equal(head.headers.get("content-length"), String(data.length));
  };
  const manifestOf = (config: Uint8Array, layers: Uint8Array[]): string =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", size: config.length, digest: digestOf(config) },
      layers: layers.map((layer) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", size: layer.length, digest: digestOf(layer) })),
    });
  const putManifest = async (repository: string, tag: string, manifest: string): Promise<void> => {
    const put = await call(201, "PUT", `${repository}/manifests/${tag}`, { body: manifest, headers: { "Content-Type": manifestType } });
    assert.equal(put.headers.get("docker-content-digest"), digestOf(manifest));
  };
  const storedBlobs = async (): Promise<string[]> => {
    const door = openDoor("s3", server.port, main);
    const listed = await door.send({ method: "GET", bucket: "registry-images", query: { "list-type": "2" } });
    door.close();
    assert.equal(listed.status, 200);
    return [...listed.body.toString().matchAll(/<Key>[^<]*\/blobs\/sha256\/..\/([0-9a-f]{64})\/data<\/Key>/g)].map((match) => `sha256:${match[1]}`).sort();
  };
  const unfinished = async (): Promise<number> => {
    const door = openDoor("s3", server.port, main);
    const listed = await door.send({ method: "GET", bucket: "registry-images", query: { uploads: "" } });
    door.close();
    return [...listed.body.toString().matchAll(/<Upload>/g)].length;
  };
  const image = { config: Buffer.from('{"architecture":"amd64","os":"linux"}'), small: randomBytes(1234), layer: randomBytes(11 * MIB + 5), large: randomBytes(12 * MIB) };
  const next = { config: Buffer.from('{"architecture":"arm64","os":"linux"}'), layer: randomBytes(100_000) };

  before(async () => {
    server = await startServer();
    folder = mkdtempSync(join(tmpdir(), "amphora-registry-"));
    const door = openDoor("s3", server.port, main);
    assert.equal((await door.send({ method: "PUT", bucket: "registry-images" })).status, 200);
    door.close();
    await start(true);
  });
  after(async () => {
    await registry?.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("takes blobs whole and in chunks, and gives every byte back", async () => {
    await call(200, "GET", "");
    await pushWhole("one/image", image.config);
    await pushWhole("one/image", image.small);
    await pushWhole("one/image", image.large);
    await pushChunks("one/image", image.layer, [1000, 5 * MIB, 6 * MIB - 995]);
    for (const data of Object.values(image)) await pull("one/image", data);
    const part = await call(206, "GET", `one/image/blobs/${digestOf(image.large)}`, { headers: { Range: "bytes=6000000-12000000" } });
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(image.large.subarray(6_000_000, 12_000_001)));
    assert.equal(await unfinished(), 0);
  });
  it("refuses a blob that is not what its digest says, and forgets an upload that was given up", async () => {
    const wrong = await begin("one/image");
    await call(400, "PUT", withDigest(wrong, Buffer.from("other")), { body: "this", headers: octets });
    const started = await call(202, "PATCH", await begin("one/image"), { body: randomBytes(6 * MIB), headers: octets });
    assert.equal(await unfinished(), 1);
    await call(204, "DELETE", started.headers.get("location") ?? "");
    await call(404, "GET", started.headers.get("location") ?? "");
    await call(404, "GET", `one/image/blobs/${digestOf("other")}`);
  });
  it("keeps manifests and tags, mounts a blob of another repository, lists them", async () => {
    const manifest = manifestOf(image.config, [image.small, image.layer, image.large]);
    for (const tag of ["latest", "v1", "v1.0"]) await putManifest("one/image", tag, manifest);
    const got = await call(200, "GET", "one/image/manifests/v1", { headers: { Accept: manifestType } });
    assert.equal(await got.text(), manifest);
    assert.deepEqual(((await (await call(200, "GET", "one/image/tags/list")).json()) as { tags: string[] }).tags.sort(), ["latest", "v1", "v1.0"]);
    await call(201, "POST", `two/blobs/uploads/?mount=${digestOf(image.layer)}&from=one/image`);
    await pushWhole("two", next.config);
    await pushWhole("two", next.layer);
    await putManifest("two", "latest", manifestOf(next.config, [next.layer, image.layer]));
    await pull("two", image.layer);
    assert.deepEqual(((await (await call(200, "GET", "_catalog")).json()) as { repositories: string[] }).repositories, ["one/image", "two"]);
  });
  it("sends a reader to the store with a URL that the store takes", async () => {
    await registry?.stop();
    await start(false);
    const answer = await fetch(`${registry?.url}/v2/one/image/blobs/${digestOf(image.layer)}`, { redirect: "manual" });
    assert.equal(answer.status, 307);
    assert.ok(answer.headers.get("location")?.startsWith(`${server.endpoint}/registry-images/`), answer.headers.get("location") ?? "");
    for (const data of Object.values(image)) await pull("one/image", data);
  });
  it("collects what no manifest names, and nothing else", async () => {
    const manifest = manifestOf(image.config, [image.small, image.layer, image.large]);
    await call(202, "DELETE", `one/image/manifests/${digestOf(manifest)}`);
    await call(404, "GET", "one/image/manifests/latest");
    await registry?.stop();
    const before = await storedBlobs();
    for (const data of [...Object.values(image), ...Object.values(next)]) assert.ok(before.includes(digestOf(data)));
    await must(findProgram("registry") ?? "", ["garbage-collect", "--delete-untagged", file()]);
    const kept = [digestOf(manifestOf(next.config, [next.layer, image.layer])), digestOf(next.config), digestOf(next.layer), digestOf(image.layer)];
    assert.deepEqual(await storedBlobs(), kept.sort());
    await start(true);
    await pull("two", image.layer);
    await call(404, "GET", `one/image/blobs/${digestOf(image.large)}`);
  });
});
