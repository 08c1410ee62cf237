import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/tele/" });
});
after(() => world.close());

const live = (method: string, channel: string, more: { query?: Record<string, string>; body?: string; as?: never } = {}) =>
  world.ask({ method, path: `/tele/${channel}`, ...more, query: { live: "", ...more.query } });
const configuration = (target = "<Type>HLS</Type>", more = ""): string => `<LiveChannelConfiguration>${more}<Target>${target}</Target></LiveChannelConfiguration>`;
const make = (channel: string, body = configuration()) => live("PUT", channel, { body });

test("a channel is made, told, changed, switched off and deleted", async () => {
  const missing = await live("GET", "one");
  assert.deepEqual([missing.status, missing.code], [404, "NoSuchLiveChannel"]);
  const made = await make(
    "one",
    configuration("<Type>HLS</Type><FragDuration>10</FragDuration><FragCount>7</FragCount><PlaylistName>my.m3u8</PlaylistName>", "<Description>d</Description>"),
  );
  assert.equal(made.status, 200);
  assert.match(
    made.text,
    /<CreateLiveChannelResult><PublishUrls><Url>rtmp:\/\/tele\.[^<]+\/live\/one<\/Url><\/PublishUrls><PlayUrls><Url>http:\/\/tele\.[^<]+\/one\/my\.m3u8<\/Url><\/PlayUrls>/,
  );
  const target = "<Target><Type>HLS</Type><FragDuration>10</FragDuration><FragCount>7</FragCount><PlaylistName>my.m3u8</PlaylistName></Target>";
  assert.ok((await live("GET", "one")).text.includes(`<LiveChannelConfiguration><Description>d</Description><Status>enabled</Status>${target}</LiveChannelConfiguration>`));
  assert.match((await live("GET", "one", { query: { comp: "stat" } })).text, /<LiveChannelStat><Status>Idle<\/Status><\/LiveChannelStat>/);
  assert.match((await live("GET", "one", { query: { comp: "history" } })).text, /<LiveChannelHistory><\/LiveChannelHistory>/);
  assert.equal((await live("PUT", "one", { query: { status: "disabled" } })).status, 200);
  assert.match((await live("GET", "one", { query: { comp: "stat" } })).text, /<Status>Disabled</);
  assert.match((await live("GET", "one")).text, /<Status>disabled<.*<FragDuration>10</);
  assert.equal((await make("one")).status, 200);
  assert.match((await live("GET", "one")).text, /<Description><\/Description><Status>enabled<.*<FragDuration>5<.*<FragCount>3<.*<PlaylistName>playlist\.m3u8</);
  assert.equal((await live("DELETE", "one")).status, 204);
  assert.equal((await live("DELETE", "one")).code, "NoSuchLiveChannel");
  assert.equal((await live("PUT", "one", { query: { status: "enabled" } })).code, "NoSuchLiveChannel");
});

test("what no channel can be is refused, and nothing is made", async () => {
  for (const [body, code] of [
    ["<Other/>", "MalformedXML"],
    ["<LiveChannelConfiguration/>", "MalformedXML"],
    [configuration("<Type>DASH</Type>"), "InvalidArgument"],
    [configuration("<Type>HLS</Type><FragDuration>5</FragDuration>"), "MalformedXML"],
    [configuration("<Type>HLS</Type><FragDuration>0</FragDuration><FragCount>3</FragCount>"), "InvalidArgument"],
    [configuration("<Type>HLS</Type><FragDuration>101</FragDuration><FragCount>3</FragCount>"), "InvalidArgument"],
    [configuration("<Type>HLS</Type><PlaylistName>a.txt</PlaylistName>"), "InvalidArgument"],
    [configuration("<Type>HLS</Type>", `<Description>${"d".repeat(129)}</Description>`), "InvalidArgument"],
    [configuration("<Type>HLS</Type>", "<Status>on</Status>"), "InvalidArgument"],
    [configuration("<Type>HLS</Type>", "<Snapshot><RoleName>r</RoleName></Snapshot>"), "MalformedXML"],
  ] as const)
    assert.deepEqual([(await make("two", body)).code, body], [code, body]);
  assert.equal((await make("a/b")).code, "InvalidChannelName");
  assert.equal((await live("GET", "two", { query: { comp: "else" } })).code, "InvalidArgument");
  assert.match(
    (await live("GET", "")).text,
    /<ListLiveChannelResult><Prefix><\/Prefix><Marker><\/Marker><MaxKeys>100<\/MaxKeys><IsTruncated>false<\/IsTruncated><NextMarker><\/NextMarker><\/List/,
  );
});

test("channels are listed in pages, by prefix, in the order of their names", async () => {
  for (const name of ["p1", "p2", "p3", "q1"]) await make(name);
  const names = (text: string): string[] => [...text.matchAll(/<Name>([^<]+)</g)].map((match) => match[1] as string);
  const first = await live("GET", "", { query: { "max-keys": "2" } });
  assert.deepEqual(names(first.text), ["p1", "p2"]);
  assert.match(first.text, /<IsTruncated>true<\/IsTruncated><NextMarker>p2</);
  const second = await live("GET", "", { query: { "max-keys": "2", marker: "p2" } });
  assert.deepEqual(names(second.text), ["p3", "q1"]);
  assert.match(second.text, /<IsTruncated>false</);
  assert.match(second.text, /<LiveChannel><Name>p3<\/Name><Description><\/Description><Status>enabled<\/Status><LastModified>[^<]+Z<\/LastModified><PublishUrls>/);
  assert.deepEqual(names((await live("GET", "", { query: { prefix: "q" } })).text), ["q1"]);
  assert.deepEqual(names((await live("GET", "", { query: { prefix: "p", marker: "q" } })).text), []);
  for (const bad of ["0", "1001", "x"]) assert.equal((await live("GET", "", { query: { "max-keys": bad } })).code, "InvalidArgument");
});

test("only who owns the bucket has to do with its channels", async () => {
  assert.equal((await world.ask({ method: "DELETE", path: "/tele/p1", query: { live: "" }, as: null })).code, "AccessDenied");
  assert.equal((await world.ask({ method: "PUT", path: "/tele/p1", query: { live: "", status: "disabled" }, as: other })).code, "AccessDenied");
  assert.match((await live("GET", "p1")).text, /enabled/);
});

test("channels are counted and keep a bucket from being deleted through OSS", async () => {
  assert.match((await world.ask({ method: "GET", path: "/tele/", query: { stat: "" } })).text, /<LiveChannelCount>4</);
  const refused = await world.ask({ method: "DELETE", path: "/tele/" });
  assert.deepEqual([refused.status, refused.code], [409, "BucketNotEmpty"]);
  assert.match(refused.text, /The bucket has live channels/);
  for (const name of ["p1", "p2", "p3", "q1"]) assert.equal((await live("DELETE", name)).status, 204);
  assert.match((await world.ask({ method: "GET", path: "/tele/", query: { stat: "" } })).text, /<LiveChannelCount>0</);
});

test("a playlist of what was recorded is told and written; a stream that paused begins anew in it", async () => {
  await make("show");
  const vod = (method: string, path: string, startTime: number | string, endTime: number | string) =>
    world.ask({ method, path: `/tele/${path}`, query: { vod: "", startTime: String(startTime), endTime: String(endTime) } });
  const start = 1_790_000_000;
  const none = await vod("GET", "show", start, start + 60);
  assert.deepEqual([none.status, none.code, none.headers.get("x-oss-ec")], [400, "InvalidArgument", "0044-00000308"]);
  for (const at of [-10, 0, 5, 9.5, 60, 66, 4000]) await world.ask({ method: "PUT", path: `/tele/show/${(start + at) * 1000}.ts`, body: "ts" });
  await world.ask({ method: "PUT", path: "/tele/show/notes.txt", body: "x" });
  const expected = [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-TARGETDURATION:6",
    ...["#EXTINF:5.000,", `${start}000.ts`, "#EXTINF:4.500,", `${start + 5}000.ts`, "#EXTINF:5.000,", `${start + 9}500.ts`, "#EXT-X-DISCONTINUITY"],
    ...["#EXTINF:6.000,", `${start + 60}000.ts`, "#EXTINF:5.000,", `${start + 66}000.ts`],
    "#EXT-X-ENDLIST\n",
  ].join("\n");
  const told = await vod("GET", "show", start, start + 100);
  assert.equal(told.text, expected);
  assert.equal(told.headers.get("content-type"), "application/x-mpegURL");
  const written = await vod("POST", "show/vod.m3u8", start, start + 100);
  assert.equal(written.status, 200);
  const read = await world.ask({ method: "GET", path: "/tele/show/vod.m3u8" });
  assert.deepEqual([read.text, read.headers.get("etag")], [expected, written.headers.get("etag")]);
  assert.equal((await vod("POST", "show/vod.txt", start, start + 100)).code, "InvalidArgument");
  assert.equal((await vod("GET", "show", start + 100, start)).code, "InvalidArgument");
  assert.equal((await vod("POST", "show/vod.m3u8", start + 30, start + 30)).headers.get("x-oss-ec"), "0044-00000308");
  assert.equal((await vod("GET", "show", start, start + 86_400)).code, "InvalidArgument");
  assert.equal((await vod("GET", "show", "soon", start)).code, "InvalidArgument");
  assert.equal((await vod("GET", "nobody", start, start + 100)).code, "NoSuchLiveChannel");
});
