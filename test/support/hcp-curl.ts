/** An HCP request the way the manual's readers make it: curl, and a SigV2 signature made by openssl. */
import { must, run } from "./run.ts";
import { lgreen } from "./server.ts";

export type Curl = { status: number; headers: string; body: string };
export type HcpRequest = {
  method: string;
  port: number;
  /** As sent: `sales-mktg.europe.hcp.example.com` or `europe.hcp.example.com`. */
  host: string;
  /** As sent, with a query if there is one. */
  path: string;
  /** What is signed: `/bucket/…` whatever the addressing. */
  resource: string;
  key?: { accessKeyId: string; secretAccessKey: string };
  body?: string;
  /** Default: now, as `date -uR` writes it (+0000). */
  date?: string;
  authorization?: string;
};

const rfcDate = (): string => new Date().toUTCString().replace("GMT", "+0000");

export async function hcpCurl(request: HcpRequest): Promise<Curl> {
  const { accessKeyId, secretAccessKey } = request.key ?? lgreen;
  const date = request.date ?? rfcDate();
  const toSign = `${request.method}\n\n\n${date}\n${request.resource}`;
  const signature = (await must("sh", ["-c", `openssl dgst -sha1 -hmac "$SECRET" -binary | openssl base64`], { input: toSign, env: { SECRET: secretAccessKey } })).trim();
  const authorization = request.authorization ?? `AWS ${accessKeyId}:${signature}`;
  const args = ["-sS", "-i", "--max-time", "30", "-X", request.method, "-H", `Host: ${request.host}`, "-H", `Date: ${date}`, "-H", `Authorization: ${authorization}`];
  if (request.body !== undefined) args.push("--data-binary", "@-", "-H", "Content-Type:", "-H", "Expect:");
  if (request.method === "HEAD") args.splice(args.indexOf("-X"), 2, "-I");
  args.push("--path-as-is", `http://127.0.0.1:${request.port}${request.path}`);
  const ran = await run("curl", args, request.body === undefined ? {} : { input: request.body });
  if (ran.code !== 0) throw new Error(`curl exited with ${ran.code}: ${ran.stderr}`);
  const cut = ran.stdout.lastIndexOf("\r\n\r\n") >= 0 ? ran.stdout.indexOf("\r\n\r\n") : ran.stdout.length;
  const headers = ran.stdout.slice(0, cut);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1]), headers, body: ran.stdout.slice(cut + 4) };
}
