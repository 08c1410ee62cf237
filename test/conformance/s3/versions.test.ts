/** Corners of versioning: copies of versions, markers by id, null versions under suspension, pages of versions. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type XmlNode, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const ask = (method: string, target: string, headers: Record<string, string> = {}, body?: string) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }) });
const versioning = async (bucket: string, status: "Enabled" | "Suspended") =>
  assert.equal((await ask("PUT", `/${bucket}?versioning`, {}, `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`)).status, 200);
async function bucketOf(name: string, status?: "Enabled" | "Suspended"): Promise<string> {
  assert.equal((await ask("PUT", `/${name}`)).status, 200);
  if (status) await versioning(name, status);
  return `/${name}`;
}
const idOf = (answer: { headers: Map<string, string> }): string | undefined => answer.headers.get("x-amz-version-id");
/** `key id`, markers with a `-` before, the latest with a `*` behind; prefixes as they are. */
function entries(page: XmlNode): string[] {
  return page.children.flatMap((node) => {
    if (node.name === "CommonPrefixes") return [xmlChildText(node, "Prefix") ?? ""];
    if (node.name !== "Version" && node.name !== "DeleteMarker") return [];
    const latest = xmlChildText(node, "IsLatest") === "true" ? "*" : "";
    return [`${node.name === "DeleteMarker" ? "-" : ""}${xmlChildText(node, "Key")} ${xmlChildText(node, "VersionId")}${latest}`];
  });
}
const listed = async (bucket: string, query = ""): Promise<string[]> => entries((await ask("GET", `${bucket}?versions${query}`)).xml());

describe("Copies of versions", () => {
  it("bring an older version back as the newest, and leave it where it was", async () => {
    const b = await bucketOf("restore", "Enabled");
    const old = idOf(await ask("PUT", `${b}/k`, { "x-amz-meta-m": "old" }, "old"));
    const newer = idOf(await ask("PUT", `${b}/k`, {}, "new"));
    const copied = await ask("PUT", `${b}/k`, { "x-amz-copy-source": `${b}/k?versionId=${old}` });
    assert.deepEqual([copied.status, copied.headers.get("x-amz-copy-source-version-id")], [200, old]);
    const now = await ask("GET", `${b}/k`);
    assert.deepEqual([now.text, now.headers.get("x-amz-meta-m"), idOf(now)], ["old", "old", idOf(copied)]);
    assert.deepEqual(await listed(b), [`k ${idOf(copied)}*`, `k ${newer}`, `k ${old}`]);
    // Also past a marker, and the source may go afterwards.
    await ask("DELETE", `${b}/k`);
    assert.equal((await ask("PUT", `${b}/k`, { "x-amz-copy-source": `${b}/k?versionId=${newer}` })).status, 200);
    await ask("DELETE", `${b}/k?versionId=${newer}`);
    assert.equal((await ask("GET", `${b}/k`)).text, "new");
  });

  it("take the null version by its name, and no marker by any", async () => {
    const b = await bucketOf("copynull");
    await ask("PUT", `${b}/k`, {}, "null");
    await versioning("copynull", "Enabled");
    await ask("PUT", `${b}/k`, {}, "new");
    const copied = await ask("PUT", `${b}/copy`, { "x-amz-copy-source": `${b}/k?versionId=null` });
    assert.deepEqual([copied.status, copied.headers.get("x-amz-copy-source-version-id")], [200, "null"]);
    assert.equal((await ask("GET", `${b}/copy`)).text, "null");
    const marker = idOf(await ask("DELETE", `${b}/k`));
    const refused = async (query: string) => {
      const { status, code } = await ask("PUT", `${b}/copy2`, { "x-amz-copy-source": `${b}/k${query}` });
      return [status, code];
    };
    assert.deepEqual(await refused(""), [404, "NoSuchKey"]);
    assert.deepEqual(await refused(`?versionId=${marker}`), [400, "InvalidRequest"]);
    assert.deepEqual(await refused("?versionId=1"), [404, "NoSuchVersion"]);
    assert.deepEqual(await refused("?versionId=x"), [400, "InvalidArgument"]);
    const id = xmlChildText((await ask("POST", `${b}/parts?uploads`)).xml(), "UploadId");
    const part = await ask("PUT", `${b}/parts?partNumber=1&uploadId=${id}`, { "x-amz-copy-source": `${b}/k?versionId=null` });
    assert.deepEqual([part.status, part.headers.get("x-amz-copy-source-version-id")], [200, "null"]);
    assert.equal((await ask("PUT", `${b}/parts?partNumber=2&uploadId=${id}`, { "x-amz-copy-source": `${b}/k?versionId=${marker}` })).code, "InvalidRequest");
  });
});

describe("Delete markers", () => {
  it("are put for keys that never were, one each time, and answer by id as S3 does", async () => {
    const b = await bucketOf("markers", "Enabled");
    const first = idOf(await ask("DELETE", `${b}/never`));
    const second = idOf(await ask("DELETE", `${b}/never`));
    assert.deepEqual(await listed(b), [`-never ${second}*`, `-never ${first}`]);
    for (const id of [first, second]) {
      for (const sub of ["", "&acl", "&tagging"]) {
        const answer = await ask("GET", `${b}/never?versionId=${id}${sub}`);
        assert.deepEqual([answer.status, answer.code, answer.headers.get("x-amz-delete-marker"), idOf(answer)], [405, "MethodNotAllowed", "true", id], sub);
      }
      const head = await ask("HEAD", `${b}/never?versionId=${id}`);
      assert.deepEqual([head.status, head.body.length, head.headers.get("x-amz-delete-marker"), head.headers.get("allow")], [405, 0, "true", "DELETE"]);
    }
    const head = await ask("HEAD", `${b}/never`);
    assert.deepEqual([head.status, head.body.length, head.headers.get("x-amz-delete-marker"), idOf(head)], [404, 0, "true", second]);
    // The older one goes, the newest stays; then the newest, and nothing is left.
    const gone = await ask("DELETE", `${b}/never?versionId=${first}`);
    assert.deepEqual([gone.status, gone.headers.get("x-amz-delete-marker"), idOf(gone)], [204, "true", first]);
    assert.deepEqual(await listed(b), [`-never ${second}*`]);
    await ask("DELETE", `${b}/never?versionId=${second}`);
    assert.deepEqual(await listed(b), []);
    assert.notEqual((await ask("HEAD", `${b}/never`)).headers.get("x-amz-delete-marker"), "true");
  });

  it("are made and lifted by DeleteObjects with their ids", async () => {
    const b = await bucketOf("markers2", "Enabled");
    const id = idOf(await ask("PUT", `${b}/k`, {}, "1"));
    const remove = async (object: string) => (await ask("POST", `${b}?delete`, {}, `<Delete><Object><Key>k</Key>${object}</Object></Delete>`)).xml();
    const made = xmlChildren(await remove(""), "Deleted")[0] as XmlNode;
    const marker = xmlChildText(made, "DeleteMarkerVersionId");
    assert.deepEqual([xmlChildText(made, "DeleteMarker"), await listed(b)], ["true", [`-k ${marker}*`, `k ${id}`]]);
    const lifted = xmlChildren(await remove(`<VersionId>${marker}</VersionId>`), "Deleted")[0] as XmlNode;
    assert.deepEqual([xmlChildText(lifted, "VersionId"), xmlChildText(lifted, "DeleteMarker"), xmlChildText(lifted, "DeleteMarkerVersionId")], [marker, "true", marker]);
    assert.equal((await ask("GET", `${b}/k`)).text, "1");
  });
});

describe("Null versions", () => {
  it("of a bucket without versioning answer to their name, and to no other", async () => {
    const b = await bucketOf("plain");
    await ask("PUT", `${b}/k`, {}, "1");
    assert.deepEqual(await listed(b), ["k null*"]);
    assert.equal((await ask("GET", `${b}/k?versionId=null`)).text, "1");
    assert.equal((await ask("GET", `${b}/k?versionId=12345`)).code, "NoSuchVersion");
    assert.equal((await ask("GET", `${b}/k?versionId=`)).code, "InvalidArgument");
    assert.equal((await ask("DELETE", `${b}/k?versionId=12345`)).status, 204);
    assert.deepEqual(await listed(b), ["k null*"]);
    assert.equal((await ask("DELETE", `${b}/k?versionId=null`)).status, 204);
    assert.deepEqual(await listed(b), []);
  });

  it("under suspension there is one a key: writes, copies, uploads and deletes replace it wherever it stands", async () => {
    const b = await bucketOf("suspend");
    await ask("PUT", `${b}/k`, {}, "null");
    await versioning("suspend", "Enabled");
    const kept = idOf(await ask("PUT", `${b}/k`, {}, "kept"));
    assert.deepEqual(await listed(b), [`k ${kept}*`, "k null"]);
    await versioning("suspend", "Suspended");
    // The null version is below the kept one: a delete takes it away and puts a null marker on top.
    const deleted = await ask("DELETE", `${b}/k`);
    assert.deepEqual([deleted.status, deleted.headers.get("x-amz-delete-marker"), idOf(deleted)], [204, "true", "null"]);
    assert.deepEqual(await listed(b), ["-k null*", `k ${kept}`]);
    const named = await ask("GET", `${b}/k?versionId=null`);
    assert.deepEqual([named.status, named.headers.get("x-amz-delete-marker"), idOf(named)], [405, "true", "null"]);
    await ask("DELETE", `${b}/k`);
    assert.deepEqual(await listed(b), ["-k null*", `k ${kept}`], "again: still one");
    for (const write of [
      () => ask("PUT", `${b}/k`, {}, "written"),
      () => ask("PUT", `${b}/k`, { "x-amz-copy-source": `${b}/k?versionId=${kept}` }),
      async () => {
        const id = xmlChildText((await ask("POST", `${b}/k?uploads`)).xml(), "UploadId");
        const etag = (await ask("PUT", `${b}/k?partNumber=1&uploadId=${id}`, {}, "part")).headers.get("etag");
        return ask("POST", `${b}/k?uploadId=${id}`, {}, `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`);
      },
    ]) {
      assert.equal((await write()).status, 200);
      assert.deepEqual(await listed(b), ["k null*", `k ${kept}`]);
      await ask("DELETE", `${b}/k`);
      assert.deepEqual(await listed(b), ["-k null*", `k ${kept}`]);
    }
    // By its name the marker goes for good, and what it hid is current.
    const lifted = await ask("DELETE", `${b}/k?versionId=null`);
    assert.deepEqual([lifted.status, lifted.headers.get("x-amz-delete-marker"), idOf(lifted)], [204, "true", "null"]);
    assert.deepEqual(await listed(b), [`k ${kept}*`]);
    assert.equal((await ask("GET", `${b}/k`)).text, "kept");
    // Enabled again, the null version stays and new ones have ids.
    await ask("PUT", `${b}/k`, {}, "null again");
    await versioning("suspend", "Enabled");
    const last = idOf(await ask("PUT", `${b}/k`, {}, "last"));
    assert.deepEqual(await listed(b), [`k ${last}*`, "k null", `k ${kept}`]);
    const removed = await ask("DELETE", `${b}/k?versionId=null`);
    assert.deepEqual([removed.status, removed.headers.get("x-amz-delete-marker"), idOf(removed)], [204, undefined, "null"]);
    assert.deepEqual(await listed(b), [`k ${last}*`, `k ${kept}`]);
  });
});

describe("Pages of versions", () => {
  before(async () => {
    const b = await bucketOf("pages");
    for (const key of ["a/1", "b", "c/x/1", "d"]) await ask("PUT", `${b}/${key}`, {}, "null");
    await versioning("pages", "Enabled");
    for (const key of ["a/1", "a/1", "a/2", "b", "b", "c/x/1", "c/x/2", "c/y", "e"]) await ask("PUT", `${b}/${key}`, {}, "1");
    for (const key of ["a/2", "b", "e", "z"]) await ask("DELETE", `${b}/${key}`);
    await versioning("pages", "Suspended");
    for (const key of ["b", "d"]) await ask("DELETE", `${b}/${key}`);
  });

  it("of every size give together what one page gives, with prefix and delimiter", async () => {
    for (const query of ["", "&delimiter=/", "&prefix=a/", "&prefix=c/&delimiter=/", "&prefix=b", "&delimiter=x", "&prefix=c/x/&delimiter=/"]) {
      const whole = await listed("/pages", query);
      assert.ok(whole.length > 0, query);
      for (let size = 1; size <= whole.length; size++) {
        // Prefixes stand behind the versions of a page: the order is compared page by page, as sets.
        const seen: string[] = [];
        let markers = "";
        for (let pages = 0; ; pages++) {
          assert.ok(pages <= whole.length, `${query} in pages of ${size} ends`);
          const page = (await ask("GET", `/pages?versions${query}&max-keys=${size}${markers}`)).xml();
          const found = entries(page);
          seen.push(...found);
          if (xmlChildText(page, "IsTruncated") === "false") break;
          assert.equal(found.length, size);
          const version = xmlChildText(page, "NextVersionIdMarker");
          markers = `&key-marker=${encodeURIComponent(xmlChildText(page, "NextKeyMarker") ?? "")}${version === undefined ? "" : `&version-id-marker=${version}`}`;
        }
        assert.deepEqual(seen.toSorted(), whole.toSorted(), `${query} in pages of ${size}`);
      }
    }
  });

  it("begin behind all versions of a key marker, behind one with a version marker, and behind a whole prefix", async () => {
    const all = await listed("/pages");
    const from = (first: string) => all.slice(all.findIndex((entry) => entry.startsWith(first) || entry.startsWith(`-${first}`)));
    assert.deepEqual(await listed("/pages", "&key-marker=b"), from("c/x/1"));
    assert.deepEqual(await listed("/pages", "&key-marker=bb"), from("c/x/1"), "a marker need not be a key");
    assert.deepEqual(
      await listed("/pages", "&key-marker=b&delimiter=/"),
      ["-d null*", "-e", "e", "-z", "c/"].map((head) => all.find((entry) => entry.startsWith(head)) ?? head).map((entry) => (entry.startsWith("c/") ? "c/" : entry)),
    );
    const ofB = all.filter((entry) => /^-?b /.test(entry)).map((entry) => entry.replace("*", "").split(" ")[1] ?? "");
    assert.equal(ofB.length, 4);
    assert.equal(ofB[0], "null", "a null marker is on top");
    for (const [place, id] of ofB.entries()) {
      const at = all.findIndex((entry) => /^-?b /.test(entry)) + place + 1;
      assert.deepEqual(await listed("/pages", `&key-marker=b&version-id-marker=${id}`), all.slice(at), `behind version ${place} of b`);
    }
    // One that is gone: where it would stand.
    const between = String(Number(ofB[1]) - 1);
    assert.deepEqual(await listed("/pages", `&key-marker=b&version-id-marker=${between}`), all.slice(all.findIndex((entry) => /^-?b /.test(entry)) + 2));
    assert.deepEqual(
      await listed("/pages", "&key-marker=a/&delimiter=/"),
      (await listed("/pages", "&delimiter=/")).filter((entry) => entry !== "a/"),
    );
    assert.deepEqual(await listed("/pages", "&key-marker=a/1&delimiter=/&prefix="), await listed("/pages", "&delimiter=/"), "more is behind the marker under the same prefix");
    for (const bad of ["&version-id-marker=1", "&key-marker=b&version-id-marker=", "&key-marker=b&version-id-marker=x"])
      assert.equal((await ask("GET", `/pages?versions${bad}`)).code, "InvalidArgument", bad);
  });
});
