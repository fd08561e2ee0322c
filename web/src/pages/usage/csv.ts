/** A decimal number that a float could not carry to the last digit, such as dollars: `{ digits: '-0.0043' }`. */
export interface CsvDecimal {
  readonly digits: string;
}

/** A cell of an export: text is guarded and quoted, numbers are written as they are, null is empty. */
export type CsvCell = string | number | CsvDecimal | null;

/** A line of `# …` comments, then the head, then the rows; lines end with CR LF as RFC 4180 has it. */
export function writeCsv(
  comments: readonly string[],
  head: readonly string[],
  rows: readonly (readonly CsvCell[])[],
): string {
  const lines = [
    ...comments.map((comment) => `# ${comment.replaceAll(/[\r\n]+/g, ' ')}`),
    head.join(','),
    ...rows.map((row) => row.map(writeCell).join(',')),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Hands a file to the browser's download. */
export function downloadCsv(fileName: string, csv: string): void {
  const address = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // Browsers read the address after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function writeCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  if (typeof cell === 'object') return cell.digits;
  const guarded = guardFormula(cell);
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Spreadsheets run cells that begin like a formula; names are chosen by people, so they may. */
function guardFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
