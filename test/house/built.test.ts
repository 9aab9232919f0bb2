import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const scripts = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));

it('what is built has no line that would fill the screen', () => {
  expect(scripts.length).toBeGreaterThan(10);
  for (const name of scripts) {
    const longest = Math.max(
      ...readFileSync(join('dist', name), 'utf8')
        .split('\n')
        .map(({ length }) => length),
    );
    expect(longest, `dist/${name}`).toBeLessThan(1000);
  }
});

it('an error nobody catches is told by a line of the script, its message and where it was thrown', () => {
  const script = `import { Engine, Fwht } from './dist/index.js'; new Fwht(await Engine.load(), { size: 3 });`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^RangeError: size expected a power of two.*, got 3$/m);
  expect(stderr).toMatch(/^ {4}at new Fwht /m);
  expect(stderr.length).toBeLessThan(1500);
});
