import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Generated packages are beside this one: what they import is installed here.
  resolve: { dedupe: ['react', 'react-dom'], alias: { react: new URL('./node_modules/react', import.meta.url).pathname } },
  server: { fs: { allow: ['../..'] } },
  test: { reporters: ['default'], testTimeout: 60_000, hookTimeout: 60_000 },
});
