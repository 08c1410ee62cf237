/** What can be wrong with a query and with the data it meets, once; dialects have the words. */
import { fail } from "../errors.ts";

/** Of the statement: found before a byte is read. */
export type StatementFault =
  | "syntax"
  | "tooManyValues"
  | "nameTooLong"
  | "columnIndex"
  | "aggregateType"
  | "aggregateTimestamp"
  | "valueTypes"
  | "escapeCharacter"
  | "escapeLength"
  | "escapeEnd"
  | "rowLimit"
  | "tooManyWildcards"
  | "tooManyConditions"
  | "tooDeep"
  | "castTwice"
  | "unknownColumn"
  | "timestampFormat"
  | "timestampMismatch"
  | "timestampValue"
  | "likeOperand"
  | "mixOfAggregates"
  | "tooManyAggregates"
  | "mixOfStar"
  | "keepWithAggregates"
  | "keepTwice"
  | "arithmeticOperand"
  | "andOperand"
  | "orOperand"
  | "notOperand"
  | "isNullOperand"
  | "comparison"
  | "concatOperand"
  | "nestedInRows"
  | "rootInRows"
  | "wildcardPath"
  | "negativeIndex"
  | "pathDepth";
/** Of the data, or of what is known about it. */
export type DataFault =
  | "range"
  | "indexMissing"
  | "indexOther"
  | "row"
  | "skippedRows"
  | "json"
  | "jsonSize"
  | "jsonDepth"
  | "jsonArray"
  | "jsonSkipped"
  | "encoding"
  | "inflate"
  | "outputSize"
  | "headerSize";
export type QueryFault = StatementFault | DataFault;

export const refuse = (fault: QueryFault, why: string): never => fail("queryFault", { fault, why });
