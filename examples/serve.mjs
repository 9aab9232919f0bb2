// A static server for the pages here, with the two headers that make a page cross-origin isolated: with them packets pass
// over shared memory, without them by messages. Any other server that sends them does as well.
// usage: node examples/serve.mjs [PORT]
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What makes a page cross-origin isolated. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
};

/** Serves the files below `folder` at localhost; resolves with the address and a function that ends it. */
export async function serve({ folder = root, port = 0, headers = isolation } = {}) {
  const server = createServer((request, response) => {
    // Normalised from the root on, a path cannot climb out of the folder.
    const path = join(folder, normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname)));
    try {
      const file = statSync(path).isDirectory() ? join(path, 'index.html') : path;
      statSync(file);
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', ...headers });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain', ...headers }).end('not found');
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { address: `http://localhost:${server.address().port}`, close: () => server.close() };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { address } = await serve({ port: Number(process.argv[2] ?? 8080) });
  console.log(`${address}/examples/live/`);
}
