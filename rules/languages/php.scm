; PHP: the same captures as for the other languages.

(function_call_expression) @call
(member_call_expression) @call
(nullsafe_member_call_expression) @call
(scoped_call_expression) @call
(object_creation_expression) @call
(shell_command_expression) @call

(assignment_expression left: (_) @bind.target right: (_) @bind.value)
(augmented_assignment_expression left: (_) @bind.target right: (_) @bind.value)

(function_definition) @function
(method_declaration) @function
(anonymous_function) @scope
(arrow_function) @scope

(class_declaration) @class
(trait_declaration) @class
(interface_declaration) @class
(enum_declaration) @class

(property_declaration) @field
(const_declaration) @field

(namespace_use_declaration) @import
(require_once_expression) @require
(require_expression) @require
(include_expression) @require
(include_once_expression) @require
(return_statement (array_creation_expression) @config)
(name) @constant
