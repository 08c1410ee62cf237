import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/web/", headers: { "x-oss-acl": "public-read" } });
  await put("index.html", "root");
  await put("sub/index.html", "sub");
  await put("oops.html", "oops");
});
after(() => world.close());

const put = (key: string, body: string) => world.ask({ method: "PUT", path: `/web/${key}`, body, headers: { "content-type": "text/html" } });
const website = (method: string, body?: string) => world.ask({ method, path: "/web/", query: { website: "" }, ...(body === undefined ? {} : { body }) });
const configure = async (content: string) => {
  const { status, code } = await website("PUT", `<WebsiteConfiguration>${content}</WebsiteConfiguration>`);
  return [status, code];
};
const index = (more = ""): string => `<IndexDocument><Suffix>index.html</Suffix>${more}</IndexDocument>`;
const error = (more = ""): string => `<ErrorDocument><Key>oops.html</Key>${more}</ErrorDocument>`;
const shown = async (key: string, more: Partial<Ask> = { as: null }) => {
  const { status, text, code } = await world.ask({ method: "GET", path: `/web/${key}`, ...more });
  return [status, code ?? text];
};

test("websites are absent, put, read back as written, and removed", async () => {
  assert.deepEqual([(await website("GET")).status, (await website("GET")).code], [404, "NoSuchWebsiteConfiguration"]);
  assert.deepEqual(await configure(index() + error()), [200, undefined]);
  assert.equal((await website("GET")).text, `<WebsiteConfiguration>${index()}${error()}</WebsiteConfiguration>`);
  assert.deepEqual([(await website("DELETE")).status, (await website("DELETE")).status], [204, 204]);
  assert.equal((await website("GET")).code, "NoSuchWebsiteConfiguration");
});

test("websites that cannot be meant, or that would not be acted upon, are refused", async () => {
  for (const [content, status, code] of [
    ["", 400, "MalformedXML"],
    ["<Other/>", 400, "MalformedXML"],
    ["<IndexDocument><Suffix></Suffix></IndexDocument>", 400, "InvalidArgument"],
    ["<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", 400, "InvalidArgument"],
    [index("<SupportSubDir>maybe</SupportSubDir>"), 400, "MalformedXML"],
    [index("<Type>3</Type>"), 400, "MalformedXML"],
    [index("<Type>2</Type>"), 501, "NotImplemented"],
    [error("<HttpStatus>500</HttpStatus>"), 400, "InvalidArgument"],
    [`${index()}<RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>Mirror</RedirectType></Redirect></RoutingRule></RoutingRules>`, 501, "NotImplemented"],
  ] as const)
    assert.deepEqual([...(await configure(content)), content], [status, code, content]);
  assert.equal((await website("GET")).code, "NoSuchWebsiteConfiguration");
});

test("pages stand for what is missing on the usual host: the index for folders, the error page for strangers", async () => {
  assert.deepEqual(await shown("none/"), [404, "NoSuchKey"]);
  await configure(index() + error());
  assert.deepEqual(await shown("sub/"), [200, "root"]);
  assert.deepEqual(await shown("none/", {}), [200, "root"], "signed too");
  assert.deepEqual(await shown("none"), [404, "oops"]);
  assert.deepEqual(await shown("none", {}), [404, "NoSuchKey"], "a program is told as such");
  assert.deepEqual(await shown("sub/index.html"), [200, "sub"]);
  await configure(index("<SupportSubDir>true</SupportSubDir>") + error("<HttpStatus>200</HttpStatus>"));
  assert.deepEqual(await shown("sub/"), [200, "sub"]);
  assert.deepEqual(await shown("none/"), [200, "oops"]);
  await website("DELETE");
  assert.deepEqual(await shown("none/"), [404, "NoSuchKey"]);
});
