/** Every bound of a query, by name. Those of statements and data are the strictest vendor's (https://help.aliyun.com/zh/oss/developer-reference/selectobject). */
export const queryLimits = {
  statementBytesMax: 16 * 1024,
  /** Of the tree of an expression, parentheses included. */
  expressionDepthMax: 32,
  /** Comparisons and the like in a condition, and how deep `and`, `or`, `not` nest. */
  conditionsMax: 20,
  conditionDepthMax: 10,
  projectionsMax: 1000,
  aggregatesMax: 100,
  valuesInListMax: 1024,
  wildcardsMax: 5,
  patternCharactersMax: 1024,
  columnsMax: 1000,
  nameBytesMax: 1024,
  pathStepsMax: 32,
  /** One record as it stands in the object, and one as it is given out. */
  rowBytesMax: 256 * 1024,
  outputRowBytesMax: 1024 * 1024,
  headerBytesMax: 256 * 1024,
  /** What a path names in a JSON document. */
  nodeBytesMax: 512 * 1024,
  nodeDepthMax: 10,
  nodeElementsMax: 5000,
  /** How deep a document may be where nothing of it is kept. */
  documentDepthMax: 512,
  /** Digits of one number. */
  numberBytesMax: 512,
  /** Results are handed on when this much has been gathered. */
  outputBytes: 64 * 1024,
  /** Input is worked on in pieces of this, and others have their turn in between. */
  sliceBytes: 64 * 1024,
  /** Rows that were skipped and are named. */
  skippedNamedMax: 100,
  /** Places in an object where reading can begin, and how far apart they are at least. */
  splitsMax: 128,
  splitBytesMin: 4 * 1024 * 1024,
  /** Queries that run at the same time on one thread. */
  runningMax: 32,
} as const;
