/**
 * Every table, by name. Features add theirs beside their queries with
 * `declare module '…/storage/database.ts' { interface Database { … } }`, so this file knows no feature.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging.
export interface Database {}
