// HTTP/2 in front of an HTTPS server of the sandbox, as the real services speak it: `node http2_front.mjs PEM CA URL`. PEM has the
// key and the certificate. Prints its own URL.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { request } from "node:https";

const [pem, ca, target] = [readFileSync(process.argv[2]), readFileSync(process.argv[3]), new URL(process.argv[4])];

const front = createSecureServer({ key: pem, cert: pem }, (from, to) => {
  const headers = Object.fromEntries(Object.entries(from.headers).filter(([name]) => !name.startsWith(":")));
  headers.host = from.headers[":authority"]; // which is signed
  const options = { host: target.hostname, port: target.port, method: from.method, path: from.url, headers, ca };
  const behind = request(options, (answer) => {
    const kept = Object.entries(answer.headers).filter(([name]) => !["connection", "transfer-encoding", "keep-alive"].includes(name));
    to.writeHead(answer.statusCode, Object.fromEntries(kept));
    answer.pipe(to);
  });
  behind.on("error", () => to.stream.close());
  from.pipe(behind);
});
front.listen(0, "127.0.0.1", () => console.log(`https://127.0.0.1:${front.address().port}`));
