/** What a start says: one line for machines, and, the first time, what a person pastes into the client of their choice. */
import type { Settings } from "../config/settings.ts";
import type { RootCredentials } from "./credentials.ts";

/** The one line that begins with `ready`: every thread listens. */
export const readyLine = ({ address, port, workers }: { address: string; port: number; workers: number }): string =>
  `ready address=${address} port=${port} pid=${process.pid} workers=${workers}\n`;

/** Where a client on this machine reaches the server. */
export function endpointOf(settings: Pick<Settings, "address" | "publicUrl" | "tlsCert">, port: number): string {
  if (settings.publicUrl !== "") return settings.publicUrl.replace(/\/+$/, "");
  const everywhere = settings.address === "0.0.0.0" || settings.address === "::";
  const host = everywhere ? "127.0.0.1" : settings.address;
  return `${settings.tlsCert ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export function firstStartText(settings: Settings, endpoint: string, { accessKeyId, secretAccessKey }: RootCredentials, file: string): string {
  const { region, hcpDomain } = settings;
  const host = endpoint.replace(/^https?:\/\//, "");
  const s3curlHost = hcpDomain === "" ? host.replace(/:\d+$/, "") : hcpDomain;
  return `
Root access key (shown this once; kept in ${file}):
  access key id      ${accessKeyId}
  secret access key  ${secretAccessKey}

oss2 (Python)
  auth = oss2.Auth('${accessKeyId}', '${secretAccessKey}')
  bucket = oss2.Bucket(auth, '${endpoint}', 'my-bucket', is_path_style=True)
boto3 (Python)
  s3 = boto3.client('s3', endpoint_url='${endpoint}', region_name='${region}',
                    aws_access_key_id='${accessKeyId}', aws_secret_access_key='${secretAccessKey}')
aws (shell)
  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region}
  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
  aws s3 mb s3://my-bucket
rclone (~/.config/rclone/rclone.conf)
  [amphora]
  type = s3
  provider = Other
  endpoint = ${endpoint}
  region = ${region}
  access_key_id = ${accessKeyId}
  secret_access_key = ${secretAccessKey}
s3curl (~/.s3curl, and @endpoints in s3curl.pl: '${s3curlHost}')
  %awsSecretAccessKeys = ( root => { id => '${accessKeyId}', key => '${secretAccessKey}' } );
  s3curl.pl --id=root --createBucket -- ${endpoint}/my-bucket

`;
}
