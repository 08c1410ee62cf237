"""Callbacks as Alibaba Cloud's own sample of a receiver verifies them: the key from x-oss-pub-key-url, MD5 with RSA over path, query and body."""
import base64
import hashlib
import http.server
import json
import sys
import threading
import urllib.parse
import urllib.request

import oss2
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

endpoint, key_id, secret = sys.argv[1:4]
bodies = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        address = base64.b64decode(self.headers["x-oss-pub-key-url"]).decode()
        public = serialization.load_pem_public_key(urllib.request.urlopen(address).read())
        path, mark, query = self.path.partition("?")
        text = urllib.parse.unquote(path).encode() + (mark + query).encode() + b"\n" + body
        public.verify(base64.b64decode(self.headers["authorization"]), text, padding.PKCS1v15(), hashes.MD5())
        bodies.append(urllib.parse.parse_qs(body.decode()))
        answer = json.dumps({"seen": len(bodies)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
encode = lambda value: base64.b64encode(json.dumps(value).encode()).decode()
told = {"callbackUrl": f"http://127.0.0.1:{receiver.server_port}/in%20here?a=b", "callbackBody": "object=${object}&etag=${etag}&size=${size}&mine=${x:mine}"}
headers = {"x-oss-callback": encode(told), "x-oss-callback-var": encode({"x:mine": "wert ü"})}

bucket = oss2.Bucket(oss2.AuthV4(key_id, secret), endpoint, "callbacks-oss2", region="cn-hangzhou")
bucket.create_bucket()
result = bucket.put_object("a/ü.txt", b"hello", headers=headers)
assert json.loads(result.resp.read()) == {"seen": 1}, "put"
assert bodies[-1] == {"object": ["a/ü.txt"], "etag": [hashlib.md5(b"hello").hexdigest().upper()], "size": ["5"], "mine": ["wert ü"]}, bodies[-1]

upload = bucket.init_multipart_upload("parts").upload_id
part = bucket.upload_part("parts", upload, 1, b"x" * 200_000)
result = bucket.complete_multipart_upload("parts", upload, [oss2.models.PartInfo(1, part.etag)], headers=headers)
assert json.loads(result.resp.read()) == {"seen": 2}, "complete"
assert bodies[-1]["size"] == ["200000"]

for auth in (oss2.Auth(key_id, secret), oss2.AuthV2(key_id, secret), oss2.AuthV4(key_id, secret)):
    signing = oss2.Bucket(auth, endpoint, "callbacks-oss2", region="cn-hangzhou")
    url = signing.sign_url("PUT", "signed", 60, params={"callback": encode(told), "callback-var": encode({"x:mine": "signed"})})
    answer = requests.put(url, data=b"by url")
    assert answer.status_code == 200 and bodies[-1]["mine"] == ["signed"], answer.text
    closed = {**told, "callbackUrl": "http://nobody.invalid/"}
    answer = requests.put(signing.sign_url("PUT", "signed", 60, params={"callback": encode(closed)}), data=b"by url")
    assert answer.status_code == 203 and "<Code>CallbackFailed</Code>" in answer.text, answer.text

for name in ("a/ü.txt", "parts", "signed"):
    bucket.delete_object(name)
bucket.delete_bucket()
receiver.shutdown()
print("flow complete")
