/**
 * The documents that ask for a query: https://help.aliyun.com/zh/oss/developer-reference/selectobject and createselectobjectmeta. Signs come in base64. Every element
 * is optional but the statement, and (for JSON) the type.
 */
import { queryLimits } from "../../core/query/limits.ts";
import type { InputFormat, JsonFormat, OutputFormat, QueryRange, RowFormat, SkipRules } from "../../core/query/model.ts";
import type { XmlNode } from "../../lib/xml-reader.ts";
import { xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { malformedXml, refuse } from "./answers.ts";
import { readDocument } from "./documents.ts";
import { queryAnswer } from "./query-faults.ts";

export type SelectFormat = "csv" | "json";
export type SelectRequest = { statement: string; input: InputFormat; output: OutputFormat; skip: SkipRules; range?: QueryRange; raw: boolean };

const invalid = (code: string, message: string): never => refuse({ status: 400, code, message, ec: "0016-00000801" });

/** `headerRange`: the Range header of the request. */
export function readSelectRequest(bytes: Uint8Array, format: SelectFormat, headerRange: string | undefined): SelectRequest {
  const root = readDocument(bytes, "SelectRequest");
  const statement = readStatement(root);
  const options = xmlChild(root, "Options");
  const outputNode = xmlChild(root, "OutputSerialization");
  const input = readInput(root, format);
  const raw = flag(outputNode, "OutputRawData", false);
  if (flag(outputNode, "EnablePayloadCrc", false) && raw) invalid("InvalidOSSSelectParameters", "EnablePayloadCrc and OutputRawData cannot both be true.");
  const range = readRange(root, format, input, headerRange);
  return {
    statement,
    input,
    output: readOutput(outputNode, input),
    skip: { incomplete: flag(options, "SkipPartialDataRecord", false), skippedMax: readSkippedMax(options) },
    ...(range === undefined ? {} : { range }),
    raw,
  };
}

/** What CreateSelectObjectMeta reads an object as, and whether it does so again. */
export function readMetaRequest(bytes: Uint8Array, format: SelectFormat): { input: InputFormat; again: boolean } {
  const root = readDocument(bytes, format === "csv" ? "CsvMetaRequest" : "JsonMetaRequest");
  const input = readInput(root, format);
  if (input.gzip) invalid("UnsupportedCompressionFormat", "Only objects that are not compressed have select meta.");
  if ("json" in input && input.json.form !== "lines") malformedXml("Type must be LINES.");
  return { input, again: flag(root, "OverwriteIfExists", false) };
}

function readStatement(root: XmlNode): string {
  const statement = decoded(xmlChildText(root, "Expression") ?? "")?.toString("utf8");
  if (statement === undefined || statement.trim() === "" || Buffer.byteLength(statement) > queryLimits.statementBytesMax)
    return invalid("InvalidSqlParameter", `The SQL must be base64 of 1 to ${queryLimits.statementBytesMax} bytes.`);
  return statement;
}

/** undefined: not base64. */
function decoded(text: string): Buffer | undefined {
  const bare = text.replace(/\s+/g, "");
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(bare) ? Buffer.from(bare, "base64") : undefined;
}

function sign(node: XmlNode | undefined, name: string, byDefault: string, { code, bytesMax }: { code: string; bytesMax: number }): Buffer {
  const text = node && xmlChildText(node, name);
  if (text === undefined || text.trim() === "") return Buffer.from(byDefault);
  const bytes = decoded(text);
  // Deviation, 2026-11-28: signs beyond ASCII are refused; where the data is UTF-8 no byte of theirs stands alone.
  return bytes === undefined || bytes.length === 0 || bytes.length > bytesMax || bytes.some((byte) => byte > 0x7f)
    ? invalid(code, `${name} must be base64 of 1 to ${bytesMax} ASCII characters.`)
    : bytes;
}

function flag(node: XmlNode | undefined, name: string, byDefault: boolean): boolean {
  const text = (node && xmlChildText(node, name))?.trim().toLowerCase();
  if (text === undefined || text === "") return byDefault;
  return text === "true" || (text === "false" ? false : malformedXml(`${name} must be true or false.`));
}

/** Some SDKs send the name of the compression in base64 (oss2 with CreateSelectObjectMeta). */
function isGzip(node: XmlNode | undefined): boolean {
  const text = (node && xmlChildText(node, "CompressionType"))?.trim() ?? "";
  const word = [text, decoded(text)?.toString("latin1") ?? text].map((one) => one.toLowerCase()).find((one) => one === "gzip" || one === "none" || one === "");
  return word === undefined ? invalid("UnsupportedCompressionFormat", "CompressionType must be None or GZIP.") : word === "gzip";
}

function readInput(root: XmlNode, format: SelectFormat): InputFormat {
  const node = xmlChild(root, "InputSerialization");
  const gzip = isGzip(node);
  if (format === "csv") return { gzip, rows: readRows(node, node && xmlChild(node, "CSV")) };
  return { gzip, json: readJson(node && xmlChild(node, "JSON")) };
}

function readRows(outer: XmlNode | undefined, node: XmlNode | undefined): RowFormat {
  const record = sign(node, "RecordDelimiter", "\n", { code: "InvalidInputRecordDelimiter", bytesMax: 2 });
  const field = sign(node, "FieldDelimiter", ",", { code: "InvalidInputFieldDelimiter", bytesMax: 1 });
  const quote = sign(node, "QuoteCharacter", '"', { code: "InvalidInputQuote", bytesMax: 1 });
  const comment = sign(node, "CommentCharacter", "", { code: "InvalidCommentCharacter", bytesMax: 1 });
  const header = (node && xmlChildText(node, "FileHeaderInfo"))?.trim().toLowerCase() ?? "";
  if (header !== "" && header !== "none" && header !== "ignore" && header !== "use") return malformedXml("FileHeaderInfo must be None, Ignore or Use.");
  return {
    record,
    field: field[0] as number,
    quote: quote[0] as number,
    ...(comment.length === 0 ? {} : { comment: comment[0] as number }),
    header: header === "" ? "none" : header,
    quotedRecords: flag(node, "AllowQuotedRecordDelimiter", flag(outer, "AllowQuotedRecordDelimiter", true)),
  };
}

function readJson(node: XmlNode | undefined): JsonFormat {
  const type = (node && xmlChildText(node, "Type"))?.trim().toLowerCase();
  const form = type === "document" || type === "lines" ? type : malformedXml("Type must be DOCUMENT or LINES.");
  return { form, numbersAsText: flag(node, "ParseJsonNumberAsString", false) };
}

function readOutput(node: XmlNode | undefined, input: InputFormat): OutputFormat {
  const record = (part: XmlNode | undefined): Buffer => sign(part, "RecordDelimiter", "\n", { code: "InvalidOutputRecordDelimiter", bytesMax: 2 });
  if (!("rows" in input)) return { json: { record: record(node && xmlChild(node, "JSON")) } };
  const csv = node && xmlChild(node, "CSV");
  const field = sign(csv, "FieldDelimiter", ",", { code: "InvalidOutputFieldDelimiter", bytesMax: 1 });
  const mark = String.fromCharCode(input.rows.quote);
  const quote = sign(csv, "QuoteCharacter", mark, { code: "InvalidOutputQuote", bytesMax: 1 })[0] as number;
  return { rows: { record: record(csv), field, quote, quoting: "asNeeded", keepColumns: flag(node, "KeepAllColumns", false), header: flag(node, "OutputHeader", false) } };
}

function readSkippedMax(options: XmlNode | undefined): number {
  const text = (options && xmlChildText(options, "MaxSkippedRecordsAllowed"))?.trim() ?? "";
  return /^\d{0,15}$/.test(text) ? Number(text) : invalid("InvalidMaxSkippedRecordsAllowed", "MaxSkippedRecordsAllowed must be a whole number.");
}

function readRange(root: XmlNode, format: SelectFormat, input: InputFormat, headerRange: string | undefined): QueryRange | undefined {
  const serialization = xmlChild(root, "InputSerialization");
  const node = serialization && xmlChild(serialization, format === "csv" ? "CSV" : "JSON");
  const text = (node && xmlChildText(node, "Range"))?.trim() ?? "";
  if (headerRange !== undefined) {
    if (text !== "") refuse({ ...queryAnswer("range", "A range stands in the header and in the document."), ec: "0016-00000816" });
    if (!("rows" in input) || input.rows.quotedRecords)
      refuse({ ...queryAnswer("range", "The Range header needs a CSV object without quoted record delimiters."), ec: "0016-00000815" });
    return spanOf("bytes", headerRange.trim());
  }
  if (text === "") return undefined;
  if ("json" in input && input.json.form === "document") refuse(queryAnswer("range", "A document is read whole."));
  return spanOf(text.startsWith("split-range") ? "splits" : "records", text);
}

const rangeNames = { records: "line-range", splits: "split-range", bytes: "bytes" } as const;
function spanOf(of: QueryRange["of"], text: string): QueryRange {
  const match = new RegExp(`^${rangeNames[of]}\\s*=\\s*(\\d{0,15})\\s*-\\s*(\\d{0,15})$`).exec(text);
  const [, start = "", end = ""] = match ?? [];
  if (start === "" && end === "") return refuse(queryAnswer("range", `${text.slice(0, 100)} is no range.`));
  if (start === "") return { of, suffix: Number(end) };
  if (end === "") return { of, start: Number(start) };
  return Number(end) < Number(start) ? refuse(queryAnswer("range", "A range ends before it begins.")) : { of, start: Number(start), end: Number(end) };
}

/** The language of statements: https://help.aliyun.com/zh/oss/developer-reference/selectobject */
export const selectLanguage = { table: "ossobject", any: "%*", one: "?", computed: false, records: false, strayQuote: true } as const;

/** The value of `x-oss-process`: `csv/select`, `json/meta` and so on. */
export const formatAsked = (process: string | undefined): SelectFormat => (process?.startsWith("json/") ? "json" : "csv");
