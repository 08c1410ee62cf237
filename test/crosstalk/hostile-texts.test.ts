/**
 * Texts that have broken other stores, as keys, metadata, tags, prefixes and names in policies: through every door they are kept and given back to
 * the byte, or refused with 400, and seen alike through the others.
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { escapeXml } from "../../src/lib/xml.ts";
import { parseXml, xmlChild, xmlChildren, xmlChildText } from "../../src/lib/xml-reader.ts";
import { type DoorAnswer, doorNames, element } from "../support/doors.ts";
import { hostileTexts } from "../support/hostile.ts";
import { servedDoors } from "../support/served-doors.ts";

const bucket = "hostile-texts";
/** What a header of ASCII holds and every signature reads alike (blanks in a row are one to some); other scripts: test/conformance/s3/wire.test.ts. */
const headerOf = (text: string): string | undefined => (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text) ? text : undefined);
const tagged = (name: string, value: string): string => `<Tagging><TagSet><Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag></TagSet></Tagging>`;
const listLimits = { bytesMax: 4_000_000, elementsMax: 50_000 };

describe("hostile texts across dialects", () => {
  const { doors } = servedDoors();
  before(async () => {
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
  });

  /** Kept, or refused as the client's fault; never the server's. */
  function wasKept(answer: DoorAnswer, what: string): boolean {
    assert.ok(answer.status < 300 || (answer.status >= 400 && answer.status < 500), `${what}: ${answer.status} ${answer.body}`);
    if (answer.status >= 400) assert.notEqual(element(answer.body, "Code"), undefined, `${what}: ${answer.body}`);
    return answer.status < 300;
  }

  for (const writer of doorNames) {
    it(`${writer} keeps keys and metadata to the byte, and every other door reads them so`, async () => {
      const kept: string[] = [];
      await Promise.all(
        hostileTexts.map(async (text) => {
          const key = `${writer}/${text}`;
          const value = headerOf(text);
          const put = await doors[writer].send({ method: "PUT", bucket, key, body: text, headers: value === undefined ? {} : { [`${doors[writer].metaPrefix}text`]: value } });
          if (!wasKept(put, `${writer} ${JSON.stringify(key)}`)) return;
          kept.push(key);
          for (const reader of doorNames) {
            const got = await doors[reader].send({ method: "GET", bucket, key });
            assert.deepEqual([got.status, got.body.toString()], [200, text], `${reader} ${JSON.stringify(key)}`);
            assert.equal(got.headers[`${doors[reader].metaPrefix}text`], value, `${reader} ${JSON.stringify(key)}`);
          }
        }),
      );
      assert.ok(kept.length > 0.9 * hostileTexts.length, `${writer} took only ${kept.length}`);
      for (const reader of doorNames) {
        const page = await doors[reader].send({ method: "GET", bucket, query: { prefix: `${writer}/`, "max-keys": "1000" } });
        const listed = xmlChildren(parseXml(page.body, listLimits), "Contents").map((node) => xmlChildText(node, "Key"));
        assert.deepEqual(
          listed,
          [...kept].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
          reader,
        );
      }
    });
  }

  for (const name of doorNames) {
    it(`${name} takes them for prefixes and delimiters, and tells what it was asked`, async () => {
      await Promise.all(
        hostileTexts.map(async (text) => {
          const prefix = `s3/${text}`;
          const page = await doors[name].send({ method: "GET", bucket, query: { "list-type": "2", prefix, delimiter: text, "encoding-type": "url" } });
          const what = `${name} ${JSON.stringify(text)}`;
          assert.equal(page.status, 200, `${what}: ${page.body}`);
          const root = parseXml(page.body, listLimits);
          const decoded = (value = "") => decodeURIComponent(value.replaceAll("+", "%20"));
          assert.equal(decoded(xmlChildText(root, "Prefix")), prefix, what);
          const found = [
            ...xmlChildren(root, "Contents").map((node) => xmlChildText(node, "Key")),
            ...xmlChildren(root, "CommonPrefixes").map((node) => xmlChildText(node, "Prefix")),
          ];
          assert.ok(found.length > 0 && found.every((key) => decoded(key).startsWith(prefix)), what);
        }),
      );
    });

    it(`${name} keeps them as tags or refuses them, and the others read the same`, async () => {
      let kept = 0;
      await Promise.all(
        hostileTexts.map(async (text, place) => {
          const key = `tags/${name}/${place}`;
          assert.equal((await doors[name].send({ method: "PUT", bucket, key, body: "x" })).status, 200);
          const put = await doors[name].send({ method: "PUT", bucket, key, query: { tagging: "" }, body: tagged(text, text) });
          const isKept = wasKept(put, `${name} ${JSON.stringify(text)}`);
          if (isKept) kept++;
          for (const reader of doorNames) {
            const read = parseXml((await doors[reader].send({ method: "GET", bucket, key, query: { tagging: "" } })).body, listLimits);
            const set = xmlChild(read, "TagSet");
            const pairs = (set === undefined ? [] : xmlChildren(set, "Tag")).map((tag) => [xmlChildText(tag, "Key"), xmlChildText(tag, "Value")]);
            assert.deepEqual(pairs, isKept ? [[text, text]] : [], `${reader} ${JSON.stringify(text)}`);
          }
        }),
      );
      assert.ok(kept > 20 && kept < hostileTexts.length, `${name} took ${kept}`);
    });
  }

  it("policies name them in resources and conditions, and they bind at every door", async () => {
    const read = async (): Promise<string> => (await doors.s3.send({ method: "GET", bucket, query: { policy: "" } })).body.toString();
    for (const text of hostileTexts.filter((one) => !/[*?$]/.test(one)).filter((_, place) => place % 6 === 0)) {
      const document = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "x",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:GetObject",
            Resource: `arn:aws:s3:::${bucket}/s3/${text}`,
            Condition: { StringNotEquals: { "aws:UserAgent": text } },
          },
        ],
      });
      const put = await doors.s3.send({ method: "PUT", bucket, query: { policy: "" }, body: document });
      if (!wasKept(put, JSON.stringify(text))) continue;
      assert.equal(await read(), document);
      for (const name of doorNames) assert.equal((await doors[name].send({ method: "GET", bucket, key: `s3/${text}` })).status, 403, `${name} ${JSON.stringify(text)}`);
    }
    assert.equal((await doors.s3.send({ method: "DELETE", bucket, query: { policy: "" } })).status, 204);
  });
});
