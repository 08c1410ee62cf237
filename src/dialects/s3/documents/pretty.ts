/** Line breaks and two blanks a level between elements. Only for documents of ours: every `<` in them begins a tag. */
export function prettyXml(document: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const piece of document.split(/(?=<)/)) {
    const closes = piece.startsWith("</");
    if (closes) depth--;
    const last = lines.length - 1;
    const opener = lines[last];
    const tag = piece.slice(2, piece.indexOf(">"));
    // An element without elements inside stays on its line.
    if (closes && opener !== undefined && new RegExp(`^ *<${tag}[ >]`).test(opener) && !opener.includes("</")) lines[last] = opener + piece.trim();
    else lines.push("  ".repeat(depth) + (closes ? piece.trim() : piece.replace(/\s+$/, (blank) => (blank.includes("\n") ? "" : blank))));
    if (!closes && !piece.startsWith("<?") && !piece.trimEnd().endsWith("/>")) depth++;
  }
  return `${lines.join("\n")}\n`;
}
