// How exported documents are written as YAML: long texts stay on their line, multi-line ones become blocks.
import { Document, visit } from "yaml";

export function yamlOf(content: object): string {
  const document = new Document(content, { version: "1.2" });
  visit(document, {
    Scalar(_, scalar) {
      // yaml 2.9.1 writes blank lines as a block that reads back as fewer of them, or not at all.
      if (typeof scalar.value === "string" && scalar.value.trim() === "")
        scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
