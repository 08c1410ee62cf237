/** SelectObjectContentRequest: https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html. Signs stand as they are. */
import { queryLimits } from "../../../core/query/limits.ts";
import type { InputFormat, JsonFormat, OutputFormat, QueryRange, RowFormat } from "../../../core/query/model.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildText } from "../../../lib/xml-reader.ts";
import { VendorError } from "../../error-table.ts";
import { malformedXml, notImplemented } from "../refusals.ts";

export const selectDocument = { bytesMax: 300 * 1024, elementsMax: 100 } as const;
export type SelectRequest = { statement: string; input: InputFormat; output: OutputFormat; range?: QueryRange; progress: boolean };

const invalid = (code: string, message: string): never => {
  throw new VendorError({ status: 400, code, message });
};

export function readSelectRequest(bytes: Uint8Array): SelectRequest {
  const root = parseXml(bytes, selectDocument);
  if (root.name !== "SelectObjectContentRequest" && root.name !== "SelectRequest") malformedXml();
  const statement = xmlChildText(root, "Expression") ?? "";
  if (statement.trim() === "") invalid("MissingRequiredParameter", "The SelectRequest entity is missing a required parameter: Expression.");
  if (Buffer.byteLength(statement) > queryLimits.statementBytesMax)
    invalid("ExpressionTooLong", `The SQL expression is too long: the maximum is ${queryLimits.statementBytesMax} bytes.`);
  if (text(root, "ExpressionType") !== "SQL") invalid("InvalidExpressionType", "The ExpressionType is invalid. Only SQL expressions are supported.");
  const input = readInput(xmlChild(root, "InputSerialization"));
  const range = readRange(xmlChild(root, "ScanRange"), input);
  const progress = xmlChild(root, "RequestProgress");
  return {
    statement,
    input,
    output: readOutput(xmlChild(root, "OutputSerialization")),
    ...(range === undefined ? {} : { range }),
    progress: flag(progress, "Enabled", false),
  };
}

/** An element that is not there, and one that is empty, are the same. */
const text = (node: XmlNode | undefined, name: string): string | undefined => (node && xmlChildText(node, name)) || undefined;

function flag(node: XmlNode | undefined, name: string, byDefault: boolean): boolean {
  const value = text(node, name)?.trim().toLowerCase();
  if (value === undefined) return byDefault;
  return value === "true" || (value === "false" ? false : malformedXml());
}

/** Signs of one byte each: where the data is UTF-8, no byte of another stands alone. */
function sign(node: XmlNode | undefined, name: string, byDefault: string, charactersMax = 1): Buffer {
  const bytes = Buffer.from(text(node, name) ?? byDefault);
  if (bytes.length > charactersMax || bytes.some((byte) => byte > 0x7f))
    invalid("InvalidRequestParameter", `The value of ${name} must be of 1 to ${charactersMax} ASCII characters.`);
  return bytes;
}

/** Quotes inside quotes are doubled, or have another sign before them. */
function quoteSigns(node: XmlNode | undefined): { quote: number; escape?: number } {
  const quote = sign(node, "QuoteCharacter", '"')[0] as number;
  const before = sign(node, "QuoteEscapeCharacter", "")[0];
  return before === undefined || before === quote ? { quote } : { quote, escape: before };
}

function readInput(node: XmlNode | undefined): InputFormat {
  const compression = text(node, "CompressionType") ?? "NONE";
  if (compression === "BZIP2") notImplemented("CompressionType BZIP2");
  if (compression !== "NONE" && compression !== "GZIP")
    invalid("InvalidCompressionFormat", "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.");
  const [csv, json, parquet] = ["CSV", "JSON", "Parquet"].map((name) => node && xmlChild(node, name));
  if (parquet) notImplemented("InputSerialization Parquet");
  if ((csv === undefined) === (json === undefined)) invalid("InvalidDataSource", "Invalid data source type. Only CSV, JSON, and Parquet are supported, one of them.");
  const gzip = compression === "GZIP";
  return json === undefined ? { gzip, rows: readRows(csv) } : { gzip, json: readJson(json) };
}

function readRows(node: XmlNode | undefined): RowFormat {
  const header = text(node, "FileHeaderInfo") ?? "NONE";
  const headers = { NONE: "none", IGNORE: "ignore", USE: "use" } as const;
  if (!Object.hasOwn(headers, header)) invalid("InvalidFileHeaderInfo", "The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.");
  return {
    record: sign(node, "RecordDelimiter", "\n", 2),
    field: sign(node, "FieldDelimiter", ",")[0] as number,
    ...quoteSigns(node),
    comment: sign(node, "Comments", "#")[0] as number,
    header: headers[header as keyof typeof headers],
    quotedRecords: flag(node, "AllowQuotedRecordDelimiter", false),
  };
}

function readJson(node: XmlNode): JsonFormat {
  const type = text(node, "Type");
  if (type !== "DOCUMENT" && type !== "LINES") return invalid("InvalidJsonType", "The JsonType is invalid. Only DOCUMENT and LINES are supported.");
  return { form: type === "LINES" ? "lines" : "document", numbersAsText: false };
}

function readOutput(node: XmlNode | undefined): OutputFormat {
  const [csv, json] = ["CSV", "JSON"].map((name) => node && xmlChild(node, name));
  if ((csv === undefined) === (json === undefined)) invalid("InvalidRequestParameter", "OutputSerialization must be CSV or JSON.");
  const record = sign(csv ?? json, "RecordDelimiter", "\n", 2);
  if (csv === undefined) return { json: { record } };
  const fields = text(csv, "QuoteFields") ?? "ASNEEDED";
  if (fields !== "ASNEEDED" && fields !== "ALWAYS") invalid("InvalidQuoteFields", "The QuoteFields is invalid. Only ALWAYS and ASNEEDED are supported.");
  const quoting = fields === "ALWAYS" ? "always" : "asNeeded";
  return { rows: { record, field: sign(csv, "FieldDelimiter", ","), ...quoteSigns(csv), quoting, keepColumns: false, header: false } };
}

function readRange(node: XmlNode | undefined, { gzip }: InputFormat): QueryRange | undefined {
  const [start, end] = ["Start", "End"].map((name) => text(node, name)?.trim());
  if (start === undefined && end === undefined) return undefined;
  if (gzip || ![start ?? "0", end ?? "0"].every((value) => /^\d{1,15}$/.test(value))) return invalid("InvalidScanRange", "The provided scan range is not valid.");
  if (start === undefined) return { of: "bytes", suffix: Number(end) };
  if (end === undefined) return { of: "bytes", start: Number(start) };
  return Number(end) < Number(start) ? invalid("InvalidScanRange", "A scan range must not end before it begins.") : { of: "bytes", start: Number(start), end: Number(end) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html */
export const selectLanguage = { table: "s3object", any: "%", one: "_", computed: true, records: true, strayQuote: false } as const;
