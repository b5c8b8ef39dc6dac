; Go: the same captures as for the other languages.

(call_expression) @call

(short_var_declaration left: (_) @bind.target right: (_) @bind.value)
(var_spec) @variable
(const_spec) @variable
(assignment_statement left: (_) @assign.target right: (_) @assign.value)
(return_statement (expression_list) @return)

(function_declaration name: (identifier) @function.name) @function
(method_declaration name: (field_identifier) @function.name) @function
(func_literal) @scope

(type_spec name: (type_identifier) @class.name type: (struct_type)) @class

(import_spec) @import
(selector_expression operand: (identifier) @qualifier)
(qualified_type package: (package_identifier) @qualifier)
