/** S3's words for annotations that cannot be: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAnnotation.html */
import { annotationLimits } from "../../core/annotations/rows.ts";
import type { DomainErrors } from "../../core/errors.ts";
import type { VendorAnswer } from "../error-table.ts";

/** Words for what no annotation can be. S3 names the codes; what it says of bodies that are empty or too large is not known. */
export function annotationAnswer(what: DomainErrors["annotationInvalid"]["what"], value: string): VendorAnswer {
  const named: [string, string][] = [["AnnotationName", value.slice(0, 1024)]];
  switch (what) {
    case "nameTooLong":
      return { status: 400, code: "AnnotationNameTooLong", message: "The annotation name exceeds 512 bytes.", elements: named };
    case "name":
      return { status: 400, code: "InvalidAnnotationName", message: "The annotation name you provided is invalid.", elements: named };
    case "prefix":
      return { status: 400, code: "InvalidPrefix", message: "The annotation prefix you provided is invalid." };
    case "text":
      return { status: 415, code: "UnsupportedMediaType", message: "The annotation payload is not valid UTF-8 encoded text." };
    case "empty":
      return { status: 400, code: "InvalidRequest", message: "The annotation payload must not be empty." };
    case "customerKey":
      return { status: 400, code: "InvalidRequest", message: "Objects encrypted with SSE-C cannot have annotations." };
    case "tooLarge":
      return {
        status: 400,
        code: "EntityTooLarge",
        message: "Your proposed upload exceeds the maximum allowed size",
        elements: [
          ["ProposedSize", value],
          ["MaxSizeAllowed", String(annotationLimits.bytesMax)],
        ],
      };
  }
}
