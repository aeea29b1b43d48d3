/** What a place of state is given where it is made. */
import type * as ESTree from "estree";
import { type ClassNode, parentOf, propertyName } from "./syntax.ts";
import type { Place } from "./value.ts";

/** The expressions that are assigned to a place. */
export function initialValues(place: Place): ESTree.Node[] {
  const { variable, declaration, owner, name, given } = place;
  if (given) return [...given];
  if (variable) {
    return variable.references.flatMap(({ writeExpr }) => (writeExpr ? [writeExpr] : []));
  }
  const values: ESTree.Node[] = [];
  const assignment = parentOf(declaration);
  if (assignment?.type === "AssignmentExpression") values.push(assignment.right);
  if (assignment?.type === "Property") values.push(assignment.value);
  if (declaration.type === "PropertyDefinition" && declaration.value)
    values.push(declaration.value);
  if (owner) values.push(...assignedInConstructor(owner, name));
  return values;
}

function assignedInConstructor(owner: ClassNode, name: string): ESTree.Node[] {
  const found: ESTree.Node[] = [];
  for (const element of owner.body.body) {
    if (element.type !== "MethodDefinition" || element.kind !== "constructor") continue;
    for (const statement of element.value.body?.body ?? []) {
      if (statement.type !== "ExpressionStatement") continue;
      const { expression } = statement;
      if (expression.type !== "AssignmentExpression") continue;
      const { left } = expression;
      if (left.type === "MemberExpression" && `this.${propertyName(left)}` === name) {
        found.push(expression.right);
      }
    }
  }
  return found;
}
