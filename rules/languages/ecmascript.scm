; What JavaScript, TypeScript and TSX have in common. The captures are the vocabulary of
; detectors/purpose: @call, @bind.*, @function.*, @scope, @class, @import, @export.

(call_expression) @call
(new_expression) @call

(variable_declarator name: (_) @bind.target value: (_) @bind.value)
(assignment_expression left: (_) @assign.target right: (_) @assign.value)

(function_declaration name: (identifier) @function.name) @function
(generator_function_declaration name: (identifier) @function.name) @function
(method_definition name: (property_identifier) @function.name) @function
(variable_declarator name: (identifier) @function.name value: (arrow_function) @function)
(variable_declarator name: (identifier) @function.name value: (function_expression) @function)
(assignment_expression left: (member_expression property: (property_identifier) @function.name)
  right: [(arrow_function) (function_expression)] @function)
(pair key: (property_identifier) @function.name value: [(arrow_function) (function_expression)] @function)
(arrow_function) @scope
(function_expression) @scope

(class_declaration name: (_) @class.name) @class

(return_statement (_) @return)
(arrow_function body: (new_expression) @return)

(import_statement) @import
(export_statement value: (_) @export.default)
(export_specifier name: (identifier) @export.local alias: (identifier) @export.name)
