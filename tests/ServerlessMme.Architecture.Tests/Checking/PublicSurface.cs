using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests.Checking;

/// <summary>
/// Finds public types that no other project needs. Nobody references our assemblies as libraries, so a type is public
/// only if another project uses it or if it appears in the signature of such a type.
/// </summary>
internal static class PublicSurface
{
    /// <summary>The full names of the types that could be internal.</summary>
    /// <param name="types">The types of one assembly.</param>
    /// <param name="outside">How other projects use types, of this assembly or of others.</param>
    public static IReadOnlyList<string> FindUnused(
        IEnumerable<TypeDefinition> types, IEnumerable<TypeUse> outside)
    {
        var exposed = types.Where(type => type.IsPublic).ToDictionary(type => type.FullName);
        var pending = new Queue<string>(outside.Select(use => use.Used.FullName));
        foreach (var (name, type) in exposed)
        {
            if (HasConstants(type) || IsCalledByFunctionsHost(type))
            {
                pending.Enqueue(name);
            }
        }

        while (pending.TryDequeue(out var name))
        {
            if (exposed.Remove(name, out var type))
            {
                AssemblyUses.ReadSignatures(type).ToList().ForEach(used => pending.Enqueue(used.FullName));
            }
        }

        return [.. exposed.Keys.Order(StringComparer.Ordinal)];
    }

    // The compiler copies constants into the assembly that uses them, which leaves no trace of the use.
    private static bool HasConstants(TypeDefinition type) =>
        !type.IsEnum && type.Fields.Any(field => field.IsPublic && field.IsLiteral);

    // The host creates the classes of functions by reflection.
    private static bool IsCalledByFunctionsHost(TypeDefinition type) => type.Methods.Any(method =>
        method.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "FunctionAttribute"));
}
