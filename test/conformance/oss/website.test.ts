// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keys in rules
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, main, openWorld, type World } from "./helper.ts";

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

const rules = (...list: string[]): string =>
  `<RoutingRules>${list.map((rule, i) => `<RoutingRule><RuleNumber>${i + 1}</RuleNumber>${rule}</RoutingRule>`).join("")}</RoutingRules>`;
const when = (prefix: string, more = "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"): string =>
  `<Condition><KeyPrefixEquals>${prefix}</KeyPrefixEquals>${more}</Condition>`;
const to = (type: string, more: string): string => `<Redirect><RedirectType>${type}</RedirectType>${more}</Redirect>`;

test("routing rules send who asks for what is missing elsewhere, or show another key, in the order of their numbers", async () => {
  const header = "<IncludeHeader><Key>X-From</Key><Equals>app</Equals></IncludeHeader>";
  const content =
    index() +
    rules(
      when("old/") +
        to(
          "External",
          "<PassQueryString>true</PassQueryString><Protocol>https</Protocol><HostName>new.test</HostName><HttpRedirectCode>301</HttpRedirectCode><ReplaceKeyPrefixWith>now/</ReplaceKeyPrefixWith>",
        ),
      when("h/", `<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>${header}`) + to("AliCDN", "<ReplaceKeyWith>x/${key}.gz</ReplaceKeyWith>"),
      when("h/") + to("Internal", "<ReplaceKeyWith>oops.html</ReplaceKeyWith>"),
      when("in/") + to("Internal", "<ReplaceKeyPrefixWith>sub/</ReplaceKeyPrefixWith>"),
    );
  assert.deepEqual(await configure(content), [200, undefined]);
  assert.equal((await website("GET")).text, `<WebsiteConfiguration>${content}</WebsiteConfiguration>`);
  const ask = async (key: string, more: Partial<Ask> = {}) => {
    const { status, headers, text } = await world.ask({ method: "GET", path: `/web/${key}`, as: null, ...more });
    return [status, headers.get("location") ?? text];
  };
  assert.deepEqual(await ask("old/a%20b", { query: { page: "1 2" } }), [301, "https://new.test/now/a%20b?page=1%202"]);
  assert.deepEqual(await ask("old/c", { as: main, scheme: "v4-url", query: { page: "1" } }), [301, "https://new.test/now/c?page=1"], "no signature goes along");
  assert.deepEqual(await ask("h/1", { headers: { "x-from": "app" } }), [302, "http://127.0.0.1:9000/web/x/h/1.gz"]);
  assert.deepEqual(await ask("h/1"), [200, "oops"], "the next rule that fits");
  assert.deepEqual(await ask("in/index.html"), [200, "sub"]);
  assert.deepEqual((await ask("in/none"))[0], 404, "what it leads to may be missing too");
  assert.deepEqual(await ask("sub/index.html"), [200, "sub"], "what is there is no matter of rules");
  assert.deepEqual(await configure(content.replace(">true<", ">True<")), [200, undefined]);
  assert.match((await website("GET")).text, /<PassQueryString>true</);
});

test("routing rules that would not be acted upon, or cannot be meant, are refused", async () => {
  await configure(index());
  const one = when("a/") + to("External", "<HostName>new.test</HostName>");
  for (const [content, status, code] of [
    [rules(when("a/") + to("Mirror", "<MirrorURL>http://www.test/</MirrorURL>")), 501, "NotImplemented"],
    [rules(when("a/", "") + to("External", "")), 501, "NotImplemented"],
    [rules(when("a/", "<HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals>") + to("External", "")), 501, "NotImplemented"],
    [rules(when("a/") + to("Elsewhere", "")), 400, "InvalidArgument"],
    [rules(when("a/") + to("External", "<HostName>new test</HostName>")), 400, "InvalidArgument"],
    [rules(when("a/") + to("External", "<HttpRedirectCode>200</HttpRedirectCode>")), 400, "InvalidArgument"],
    [rules(when("a/") + to("External", "<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>")), 400, "MalformedXML"],
    [rules(when("a/") + to("External", "<Lua>x</Lua>")), 400, "MalformedXML"],
    [rules(to("External", "")), 400, "MalformedXML"],
    [rules(one).replace("<RuleNumber>1<", "<RuleNumber>-1<"), 400, "InvalidArgument"],
    [rules(one, one).replace("<RuleNumber>2<", "<RuleNumber>1<"), 400, "MalformedXML"],
    [rules(...Array.from({ length: 21 }, () => one)), 400, "InvalidArgument"],
  ] as const)
    assert.deepEqual([...(await configure(index() + content)), content], [status, code, content]);
  assert.equal((await website("GET")).text, `<WebsiteConfiguration>${index()}</WebsiteConfiguration>`);
});
