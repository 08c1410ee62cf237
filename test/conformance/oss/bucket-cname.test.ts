import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { proofName } from "../../../src/core/hosts/hosts.ts";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, openWorld, other, user, type World } from "./helper.ts";

let world: World;
/** What the DNS says. */
const records = new Map<string, string[]>();
const ask = (
  method: string,
  path: string,
  query: Record<string, string> = {},
  body?: string,
  more: { as?: typeof other | null; host?: string; headers?: Record<string, string> } = {},
) => world.ask({ method, path, query, ...(body === undefined ? {} : { body }), ...more });
before(async () => {
  world = await openWorld();
  world.ports.hosts = { texts: async (host) => records.get(host) ?? [] };
  for (const bucket of ["files", "second"]) await ask("PUT", `/${bucket}/`);
});
after(() => world.close());

const told = ({ status, code }: Answer) => [status, code];
const text = (host: string, more = ""): string => `<BucketCnameConfiguration><Cname><Domain>${host}</Domain>${more}</Cname></BucketCnameConfiguration>`;
const post = (comp: "token" | "add" | "delete", host: string, more = "", bucket = "files", as?: typeof other) =>
  ask("POST", `/${bucket}/`, { cname: "", comp }, text(host, more), as ? { as } : {});
async function prove(host: string, bucket = "files"): Promise<void> {
  records.set(proofName(host), ["other", xmlChildText((await post("token", host, "", bucket)).xml(), "Token") ?? ""]);
}
const hosts = async (bucket = "files") => xmlChildren((await ask("GET", `/${bucket}/`, { cname: "" })).xml(), "Cname");

describe("CreateCnameToken, GetCnameToken", () => {
  it("gives the same token for 72 hours, then another", async () => {
    assert.deepEqual(told(await ask("GET", "/files/", { cname: "t.example.com", comp: "token" })), [404, "CnameTokenNotFound"]);
    const made = (await post("token", "T.example.com")).xml();
    assert.deepEqual([made.name, xmlChildText(made, "Bucket"), xmlChildText(made, "Cname")], ["CnameToken", "files", "t.example.com"]);
    assert.equal(xmlChildText(made, "ExpireTime"), "Tue, 24 Nov 2026 12:00:00 GMT");
    assert.match(xmlChildText(made, "Token") ?? "", /^[0-9a-f]{32}$/);
    assert.equal((await post("token", "t.example.com")).text, (await ask("GET", "/files/", { cname: "t.example.com", comp: "token" })).text);
    world.clock.now += 72 * 3_600_000;
    assert.deepEqual(told(await ask("GET", "/files/", { cname: "t.example.com", comp: "token" })), [404, "CnameTokenNotFound"]);
    assert.notEqual(xmlChildText((await post("token", "t.example.com")).xml(), "Token"), xmlChildText(made, "Token"));
  });

  it("refuses what is no host of anybody's own, and who does not own the bucket", async () => {
    for (const host of [
      "",
      "localhost",
      "10.0.0.1",
      "a b.c",
      "-a.example.com",
      "files.oss-cn-hangzhou.aliyuncs.com",
      "oss.example.com",
      "x.oss.example.com",
      `${"a.".repeat(130)}com`,
    ])
      assert.deepEqual(told(await post("token", host)), [400, "InvalidArgument"], host);
    assert.deepEqual(told(await ask("POST", "/files/", { cname: "", comp: "token" }, "<Other/>")), [400, "MalformedXML"]);
    assert.deepEqual(told(await post("add", "w.example.com", "<IsWildCard>true</IsWildCard>")), [501, "NotImplemented"]);
    for (const as of [other, user])
      for (const comp of ["token", "add", "delete"] as const) assert.deepEqual(told(await post(comp, "t.example.com", "", "files", as)), [403, "AccessDenied"]);
    assert.deepEqual(told(await ask("POST", "/files/", { cname: "", comp: "other" }, text("t.example.com"))), [501, "NotImplemented"]);
  });
});

describe("PutCname, ListCname, DeleteCname", () => {
  it("binds a host whose DNS record shows the token; requests to it are the bucket's", async () => {
    const host = "files.example.com";
    assert.deepEqual(told(await post("add", host)), [403, "NeedVerifyDomainOwnership"]);
    await post("token", host);
    assert.deepEqual(told(await post("add", host)), [403, "NeedVerifyDomainOwnership"]);
    assert.deepEqual(await hosts(), []);
    await prove(host);
    assert.deepEqual(told(await post("add", host)), [200, undefined]);
    const [bound] = await hosts();
    assert.deepEqual([bound && xmlChildText(bound, "Domain"), bound && xmlChildText(bound, "Status"), bound && xmlChild(bound, "Certificate")], [host, "Enabled", undefined]);
    assert.deepEqual(told(await ask("PUT", "/dir/k", {}, "hello", { host })), [200, undefined]);
    assert.equal((await ask("GET", "/files/dir/k")).text, "hello");
    assert.equal((await ask("GET", "/dir/k", {}, undefined, { host: "files.example.com:8080" })).text, "hello");
    assert.deepEqual(told(await ask("GET", "/dir/k", {}, undefined, { host, as: null, headers: { "x-oss-range-behavior": "standard" } })), [403, "AccessDenied"]);
    assert.deepEqual(xmlChildText((await ask("GET", "/", { bucketInfo: "" }, undefined, { host })).xml().children[0] ?? { name: "", text: "", children: [] }, "Name"), "files");
  });

  it("does not give a host that another bucket has; a deleted bucket's is free, and a new one of its name has none", async () => {
    const host = "second.example.org";
    await prove(host, "second");
    await post("add", host, "", "second");
    await prove(host);
    assert.deepEqual(told(await post("add", host)), [409, "CnameAlreadyExists"]);
    await ask("DELETE", "/second/");
    await ask("PUT", "/second/");
    assert.deepEqual(await hosts("second"), []);
    assert.deepEqual(await world.core.hosts.find(host), undefined);
    assert.deepEqual(told(await post("add", host)), [200, undefined]);
    assert.equal((await world.core.hosts.find(host))?.bucket, "files");
  });

  it("unbinds at once; what is not bound is unbound already", async () => {
    const host = "files.example.net";
    await prove(host);
    await post("add", host);
    assert.equal((await ask("GET", "/dir/k", {}, undefined, { host })).status, 200);
    for (let turn = 0; turn < 2; turn++) assert.deepEqual(told(await post("delete", host)), [200, undefined]);
    assert.deepEqual(told(await post("add", host)), [403, "NeedVerifyDomainOwnership"]);
    assert.equal(await world.core.hosts.find(host), undefined);
  });

  it("keeps a certificate with its binding, and nothing of its private key", async () => {
    const folder = mkdtempSync(join(tmpdir(), "amphora-cname-"));
    const pair = (name: string): [string, string] => {
      const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
      execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=c", "-keyout", key, "-out", cert, "-days", "2"], {
        stdio: "ignore",
      });
      return [readFileSync(cert, "utf8"), readFileSync(key, "utf8")];
    };
    const [[pem, key], [, otherKey]] = [pair("one"), pair("two")];
    rmSync(folder, { recursive: true });
    const host = "c.example.com";
    const configured = (more: string) => `<CertificateConfiguration>${more}</CertificateConfiguration>`;
    const whole = (id: string, more = "") => configured(`<CertId>${id}</CertId><Certificate>${pem}</Certificate><PrivateKey>${key}</PrivateKey>${more}`);
    await prove(host);
    assert.deepEqual(told(await post("add", host, configured(`<Certificate>${pem}</Certificate><PrivateKey>${otherKey}</PrivateKey>`))), [400, "InvalidArgument"]);
    assert.deepEqual(told(await post("add", host, configured(`<Certificate>${pem}</Certificate>`))), [400, "InvalidArgument"]);
    assert.deepEqual(told(await post("add", host, whole("first"))), [200, undefined]);
    const certificate = async () => {
      const one = (await hosts()).find((each) => xmlChildText(each, "Domain") === host);
      return one && xmlChild(one, "Certificate");
    };
    const kept = await certificate();
    assert.ok(kept);
    assert.deepEqual([xmlChildText(kept, "Type"), xmlChildText(kept, "CertId"), xmlChildText(kept, "Status")], ["Upload", "first", "Enabled"]);
    assert.match(xmlChildText(kept, "Fingerprint") ?? "", /^[0-9A-F]{2}(:[0-9A-F]{2})+$/);
    assert.ok(Date.parse(xmlChildText(kept, "ValidEndDate") ?? "") > Date.parse(xmlChildText(kept, "ValidStartDate") ?? ""));
    assert.deepEqual(told(await post("add", host, whole("third", "<PreviousCertId>second</PreviousCertId>"))), [409, "CertificateNotMatch"]);
    assert.deepEqual(told(await post("add", host, whole("second", "<PreviousCertId>first</PreviousCertId>"))), [200, undefined]);
    assert.deepEqual(told(await post("add", host, whole("fourth", "<PreviousCertId>x</PreviousCertId><Force>true</Force>"))), [200, undefined]);
    assert.deepEqual(told(await post("add", host, configured("<DeleteCertificate>true</DeleteCertificate>"))), [200, undefined]);
    assert.equal(await certificate(), undefined);
    const rows = world.ports.metadata.snapshot();
    const cursor = (await rows).scan({ from: Buffer.from([0]), to: Buffer.from([0xff]) });
    const all = await cursor.next(10_000);
    cursor.close();
    (await rows).close();
    assert.ok(all.every(({ value }) => !Buffer.from(value).toString("latin1").includes("PRIVATE KEY")));
  });

  it("needs no record where hosts are trusted", async () => {
    const proofs = world.ports.hosts;
    world.ports.hosts = "trusted";
    assert.deepEqual(told(await post("add", "trusted.example.com")), [200, undefined]);
    if (proofs) world.ports.hosts = proofs;
  });
});
