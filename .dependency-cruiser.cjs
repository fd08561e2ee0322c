/**
 * The arrows of ARCHITECTURE.md. server/src/testing/architecture.test.ts plants a violation of each rule and sees
 * it caught.
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Files that need each other are one file, or there is a third that both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'management-knows-no-gateway',
      comment: 'The data plane uses the control plane, never the other way round.',
      severity: 'error',
      from: { path: '^server/src/management/', pathNot: '[.]test[.]ts$' },
      to: { path: '^server/src/gateway/' },
    },
    {
      name: 'foundations-know-no-plane',
      comment: 'Providers and foundations stand below both planes: they import neither, nor the app, nor main.',
      severity: 'error',
      from: {
        path: '^server/src/(access|audit|config|counters|feed|http|ledger|mail|money|observe|prices|providers|storage)/',
        pathNot: '[.]test[.]ts$',
      },
      to: { path: '^server/src/(gateway/|management/|app[.]ts$|main[.]ts$)', pathNot: '[.](table|migrations)[.]ts$' },
    },
    {
      name: 'foundations-know-no-provider',
      comment: 'Only the planes, the app and the reading of the configuration know that there are providers.',
      severity: 'error',
      from: {
        path: '^server/src/(access|audit|counters|feed|http|ledger|mail|money|observe|prices|storage)/',
        pathNot: '[.]test[.]ts$',
      },
      to: { path: '^server/src/providers/' },
    },
    {
      name: 'planes-know-no-app',
      comment: 'The app mounts the planes; the planes do not know it.',
      severity: 'error',
      from: { path: '^server/src/(gateway|management)/', pathNot: '[.]test[.]ts$' },
      to: { path: '^server/src/(app|main)[.]ts$' },
    },
    {
      name: 'contracts-are-only-declarations',
      comment: 'Contract files run in the browser too: they import zod/mini and each other, nothing else.',
      severity: 'error',
      from: { path: '^server/src/.+[.]contract[.]ts$' },
      to: { pathNot: ['^server/src/.+[.]contract[.]ts$', '(^|/)node_modules/zod/mini/'] },
    },
    {
      name: 'the-door-opens-on-contracts',
      comment: 'contract.ts re-exports the contract files, nothing else.',
      severity: 'error',
      from: { path: '^server/src/contract[.]ts$' },
      to: { pathNot: '^server/src/.+[.]contract[.]ts$' },
    },
    {
      name: 'the-console-has-one-door',
      comment: "The console imports exactly one thing from the server package: '@latchkey/server/contract'.",
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^server/', pathNot: '^server/src/contract[.]ts$' },
    },
    {
      name: 'the-server-knows-no-console',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^web/' },
    },
    {
      name: 'a-feature-has-one-door',
      comment:
        'Outside management, a feature is used through its index.ts (or its declarations, tables, migrations, mails).',
      severity: 'error',
      from: { path: '^server/src/', pathNot: ['^server/src/management/', '^server/src/testing/', '[.]test[.]ts$'] },
      to: {
        path: '^server/src/management/[^/]+/',
        pathNot: ['^server/src/management/[^/]+/index[.]ts$', '[.](contract|table|migrations|email)[.]ts$'],
      },
    },
    {
      name: 'nothing-ships-the-tests',
      comment: 'Tests and what serves them are used by tests only.',
      severity: 'error',
      from: { path: '^(server|web)/src/', pathNot: ['^server/src/testing/', '[.]test[.]tsx?$'] },
      to: { path: ['^server/src/testing/', '[.]test[.]tsx?$'] },
    },
    {
      name: 'only-declared-packages',
      comment: 'A package that is used stands in the package.json beside the code, and not only for development.',
      severity: 'error',
      from: { path: '^(server|web)/src/', pathNot: ['^server/src/testing/', '[.]test[.]tsx?$'] },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        pathNot: '^server/src/contract[.]ts$',
      },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^web/dist/' },
    // Types count: an arrow is an arrow when it carries a type.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.css'],
    },
  },
};
