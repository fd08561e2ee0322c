/** U+202F, the narrow no-break space between a number and its unit. */
export const noBreakSpace = '\u202f';

/** U+2212, the minus sign that is as wide as the digits. */
export const minusSign = '\u2212';
