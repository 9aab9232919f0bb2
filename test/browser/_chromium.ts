/** Debian's Chromium under playwright-core. Where it is missing, tests that want it say so and are skipped. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

export const hasChromium = existsSync(EXECUTABLE);

if (!hasChromium) {
  const advice = 'Chromium is missing: apt-get install chromium';
  // On a build machine a skipped test would pass for a green one.
  if (process.env.CI === 'true') throw new Error(advice);
  console.warn(`${advice}; the tests in a browser are skipped`);
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
    ignoreDefaultArgs: ['--mute-audio'],
  });
}
