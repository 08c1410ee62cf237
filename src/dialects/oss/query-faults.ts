/** What is wrong with a query, in OSS's codes: https://help.aliyun.com/zh/oss/developer-reference/selectobject and the pages of the ECs. */
import type { QueryFault } from "../../core/query/faults.ts";
import type { VendorAnswer } from "../error-table.ts";

const statementEc = "0016-00000803";
const dataEc = "0016-00000801";

const codes: Record<QueryFault, [code: string, ec: string]> = {
  syntax: ["SqlSyntaxError", statementEc],
  tooManyValues: ["SqlExceedsMaxInCount", statementEc],
  nameTooLong: ["SqlExceedsMaxColumnNameLength", statementEc],
  columnIndex: ["SqlInvalidColumnIndex", statementEc],
  aggregateType: ["SqlAggregationOnNonNumericType", statementEc],
  aggregateTimestamp: ["SqlInvalidAggregationOnTimestamp", statementEc],
  valueTypes: ["SqlValueTypeOfInMustBeSame", statementEc],
  escapeCharacter: ["SqlInvalidEscapeChar", statementEc],
  escapeLength: ["SqlOnlyOneEscapeCharIsAllowed", statementEc],
  escapeEnd: ["SqlNoCharAfterEscapeChar", statementEc],
  rowLimit: ["SqlInvalidLimitValue", statementEc],
  tooManyWildcards: ["SqlExceedsMaxWildCardCount", statementEc],
  tooManyConditions: ["SqlExceedsMaxConditionCount", statementEc],
  tooDeep: ["SqlExceedsMaxConditionDepth", statementEc],
  castTwice: ["SqlOneColumnCastToDifferentTypes", statementEc],
  unknownColumn: ["SqlInvalidColumnName", statementEc],
  timestampFormat: ["SqlNotSupportedTimestampFormat", statementEc],
  timestampMismatch: ["SqlNotMatchTimestampFormat", statementEc],
  timestampValue: ["SqlInvalidTimestampValue", statementEc],
  likeOperand: ["SqlInvalidLikeOperand", statementEc],
  mixOfAggregates: ["SqlInvalidMixOfAggregationAndColumn", statementEc],
  tooManyAggregates: ["SqlExceedsMaxAggregationCount", statementEc],
  mixOfStar: ["SqlInvalidMixOfStarAndColumn", statementEc],
  keepWithAggregates: ["SqlInvalidKeepAllColumnsWithAggregation", statementEc],
  keepTwice: ["SqlInvalidKeepAllColumnsWithDuplicateColumn", statementEc],
  arithmeticOperand: ["InvalidArithmeticOperand", statementEc],
  andOperand: ["SqlInvalidAndOperand", statementEc],
  orOperand: ["SqlInvalidOrOperand", statementEc],
  notOperand: ["SqlInvalidNotOperand", statementEc],
  isNullOperand: ["SqlInvalidIsNullOperand", statementEc],
  comparison: ["SqlComparerOperandTypeMismatch", statementEc],
  concatOperand: ["SqlInvalidConcatOperand", statementEc],
  nestedInRows: ["NestedColumnNotSupportInCsv", statementEc],
  rootInRows: ["TableRootNodeOnlySupportInJson", statementEc],
  wildcardPath: ["WildCardNotAllowed", statementEc],
  negativeIndex: ["NegativeRowIndex", statementEc],
  pathDepth: ["ExceedsMaxNestedColumnDepth", statementEc],
  range: ["InvalidRange", "0016-00000817"],
  indexMissing: ["SelectCsvMetaUnavailable", "0016-00000820"],
  indexOther: ["SelectCsvMetaUnavailable", "0016-00000836"],
  row: ["InvalidCsvLine", dataEc],
  skippedRows: ["InvalidCsvLine", dataEc],
  json: ["InvalidJsonData", dataEc],
  jsonSize: ["JsonNodeExceedsMaxSize", dataEc],
  jsonDepth: ["JsonNodeExceedsMaxDepth", dataEc],
  jsonArray: ["ExceedsMaxJsonArraySize", dataEc],
  jsonSkipped: ["InvalidJsonData", dataEc],
  encoding: ["InvalidTextEncoding", dataEc],
  inflate: ["DecompressFailure", dataEc],
  outputSize: ["OutputExceedsMaxSize", dataEc],
  headerSize: ["HeaderInfoExceedsMaxSize", dataEc],
};

export function queryAnswer(fault: QueryFault, why: string): VendorAnswer {
  const [code, ec] = codes[fault];
  return { status: 400, code, message: why, ec };
}
