/** What can have been done to a thing. */
export const auditActions = [
  'created',
  'updated',
  'deleted',
  'blocked',
  'unblocked',
  'accepted',
  'signed-in',
  'signed-out',
  'reset',
  'regenerated',
] as const;
