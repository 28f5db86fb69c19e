using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace ServerlessMme.Architecture.Tests.Checking;

/// <summary>
/// Reads every use of a type from a compiled assembly: base types, interfaces, constraints, attributes, signatures and
/// method bodies. Constants and <c>nameof</c> leave no trace in a compiled assembly, so they don't count as uses.
/// </summary>
internal static partial class AssemblyUses
{
    public static IReadOnlyList<TypeUse> Read(ModuleDefinition module)
    {
        var uses = new List<TypeUse>();
        foreach (var type in module.GetTypes())
        {
            var user = Outermost(type);
            Add(user, null, OfType(type));
            foreach (var field in type.Fields)
            {
                Add(user, MemberOf(type, field), [field.FieldType, .. OfAttributes(field)]);
            }

            foreach (var property in type.Properties)
            {
                Add(user, MemberOf(type, property), [property.PropertyType, .. OfAttributes(property)]);
            }

            foreach (var method in type.Methods)
            {
                Add(user, MemberOf(type, method), [.. OfSignature(method), .. OfBody(method)]);
            }
        }

        return [.. uses.DistinctBy(use => (use.User.FullName, use.Member, use.Used.FullName))];

        void Add(TypeReference user, string? member, IEnumerable<TypeReference?> used) =>
            uses.AddRange(used.SelectMany(Named)
                .Select(Outermost)
                .Where(type => type.FullName != user.FullName)
                .Select(type => new TypeUse(user, member, type)));
    }

    /// <summary>The outermost types that the public and protected signatures of a type need.</summary>
    public static IEnumerable<TypeReference> ReadSignatures(TypeDefinition type) =>
        OfVisible(type).SelectMany(Named).Select(Outermost).DistinctBy(used => used.FullName);

    private static IEnumerable<TypeReference?> OfVisible(TypeDefinition type) =>
    [
        .. OfType(type),
        .. type.Fields.Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)
            .SelectMany(field => OfAttributes(field).Prepend(field.FieldType)),
        .. type.Properties.SelectMany(OfAttributes),
        .. type.Methods.Where(method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            .SelectMany(OfSignature),
        .. type.NestedTypes.Where(nested => nested.IsNestedPublic || nested.IsNestedFamily)
            .SelectMany(OfVisible),
    ];

    private static IEnumerable<TypeReference?> OfType(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.Select(implemented => implemented.InterfaceType),
        .. type.Events.Select(raised => raised.EventType),
        .. OfConstraints(type),
        .. OfAttributes(type),
    ];

    private static IEnumerable<TypeReference?> OfSignature(MethodDefinition method) =>
    [
        .. OfMethod(method),
        .. method.Overrides.Select(overridden => overridden.DeclaringType),
        .. OfConstraints(method),
        .. OfAttributes(method),
        .. OfAttributes(method.MethodReturnType),
        .. method.Parameters.SelectMany(OfAttributes),
    ];

    private static IEnumerable<TypeReference?> OfBody(MethodDefinition method) => !method.HasBody
        ? []
        :
        [
            .. method.Body.Variables.Select(variable => variable.VariableType),
            .. method.Body.ExceptionHandlers.Select(handler => handler.CatchType),
            .. method.Body.Instructions.SelectMany(OfInstruction),
        ];

    private static IEnumerable<TypeReference?> OfInstruction(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference called => OfMethod(called),
        _ => [],
    };

    private static IEnumerable<TypeReference?> OfMethod(MethodReference method) =>
    [
        method.DeclaringType,
        method.ReturnType,
        .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. method is GenericInstanceMethod generic ? generic.GenericArguments : Enumerable.Empty<TypeReference>(),
    ];

    private static IEnumerable<TypeReference?> OfConstraints(IGenericParameterProvider provider) =>
        provider.GenericParameters.SelectMany(parameter => parameter.Constraints)
            .Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference?> OfAttributes(Mono.Cecil.ICustomAttributeProvider provider) =>
        provider.CustomAttributes.SelectMany(attribute => attribute.ConstructorArguments
            .Concat(attribute.Properties.Select(property => property.Argument))
            .SelectMany(argument => new[] { argument.Type, argument.Value as TypeReference })
            .Append(attribute.AttributeType));

    // The types that have names of their own: a list of images is both a list and an image.
    private static IEnumerable<TypeReference> Named(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Named)],
        FunctionPointerType pointer =>
        [
            .. Named(pointer.ReturnType),
            .. pointer.Parameters.SelectMany(parameter => Named(parameter.ParameterType)),
        ],
        IModifierType modified => [.. Named(modified.ModifierType), .. Named(modified.ElementType)],
        TypeSpecification specification => Named(specification.ElementType),
        _ => [type],
    };

    private static TypeReference Outermost(TypeReference type) =>
        type.DeclaringType is { } outer ? Outermost(outer) : type;

    // The compiler keeps the body of an async method or a lambda in a type or method named <Method>….
    private static string MemberOf(TypeDefinition type, IMemberDefinition member)
    {
        for (var written = member; written is not null; written = written.DeclaringType)
        {
            if (MethodOfGenerated().Match(written.Name) is { Success: true } generated)
            {
                return generated.Groups[1].Value;
            }
        }

        return type.DeclaringType is null ? member.Name : $"{type.Name}.{member.Name}";
    }

    [GeneratedRegex("^<([^<>]+)>")]
    private static partial Regex MethodOfGenerated();
}
