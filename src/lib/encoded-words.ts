/** Text for a header that takes ASCII alone: https://www.rfc-editor.org/rfc/rfc2047 (section 2: a word has at most 75 characters, and whole characters). */
const wordBytesMax = 45;

/** `=?UTF-8?B?...?=`, as many as the text needs, blanks between them. */
export function encodedWords(text: string): string {
  const words: string[] = [];
  let word = "";
  let size = 0;
  const end = (): void => {
    if (word !== "") words.push(`=?UTF-8?B?${Buffer.from(word, "utf8").toString("base64")}?=`);
  };
  for (const character of text) {
    const bytes = Buffer.byteLength(character, "utf8");
    if (size + bytes > wordBytesMax) {
      end();
      word = "";
      size = 0;
    }
    word += character;
    size += bytes;
  }
  end();
  return words.join(" ");
}
