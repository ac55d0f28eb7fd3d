import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Generated packages are beside this one: what they import is installed here.
  resolve: { dedupe: ['react', 'react-dom'], alias: { react: new URL('./node_modules/react', import.meta.url).pathname } },
  server: { fs: { allow: ['../..'] } },
  // Long enough for a machine that has other things to do: nothing waits for it unless something is wrong.
  test: {
    reporters: ['default'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
