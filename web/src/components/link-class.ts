/** The classes of a link in running text. */
export const linkClass =
  'rounded-control text-accent underline decoration-accent/40 underline-offset-3 hover:decoration-accent';

/** The classes of the link that names a row or thing: ink until one comes near. */
export const nameLinkClass =
  'rounded-control font-medium text-ink underline decoration-transparent underline-offset-3 hover:decoration-current';
